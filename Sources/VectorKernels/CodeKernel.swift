package import CVectorKernels

/// The kernels on 8-bit codes of one instruction set.
///
/// A row is `width` codes, a multiple of 32, and behind them sixteen bytes of factors. The codes stand
/// for whole numbers from −127 to 127 that point in the direction of the vector; the factors make
/// inner products with them unbiased estimates of those with the vector (Gao and Long, "RaBitQ",
/// SIGMOD 2024, with 8 bits a number and one step for all of them). All levels give the same bits.
@safe
public struct CodeKernel: Sendable {
    package let forms: vk_codes

    /// Bytes of a row's factors.
    public static let factorBytes = MemoryLayout<vk_factors>.size

    /// How many codes a vector of `dimension` numbers has.
    public static func width(dimension: Int) -> Int { (dimension + 31) & ~31 }

    /// Resolves the kernels.
    ///
    /// - Precondition: the CPU has `instructionSet`; all in ``InstructionSet/available`` qualify.
    public init(instructionSet: InstructionSet = .best) {
        guard let table = unsafe instructionSet.kernels else {
            preconditionFailure("This CPU has no \(instructionSet.rawValue).")
        }
        unsafe forms = table.pointee.codes
    }

    /// Turns a vector of `width` numbers about 0 by what `signs` say, in place; lengths and
    /// distances stay.
    ///
    /// Four rounds of sign flips, Walsh–Hadamard transforms and Kac steps.
    ///
    /// - Parameter signs: `width / 8` words.
    /// - Complexity: O(width · log width)
    @unsafe
    public func rotate(
        _ vector: UnsafeMutablePointer<Float>, width: Int, signs: UnsafePointer<UInt32>
    ) {
        unsafe forms.rotate(vector, width, signs)
    }

    /// Writes the codes and factors of a vector of `width` numbers.
    ///
    /// - Complexity: O(width)
    @unsafe
    public func encode(
        _ vector: UnsafePointer<Float>, width: Int, into row: UnsafeMutablePointer<UInt8>
    ) {
        unsafe forms.encode(vector, width, row)
    }

    /// The estimated squared L2 distances of rows of `width` codes.
    public func pairs(width: Int) -> PairKernel {
        unsafe PairKernel(.codes(forms.pair), width: width)
    }

    /// Prepares to score encoded rows against a vector of `width` numbers.
    ///
    /// - Parameters:
    ///   - vector: the query, turned as the rows were.
    ///   - codes: gets the query's `width` integers, which the scorer borrows.
    ///   - base: row 0.
    ///   - stride: bytes between the starts of two rows.
    /// - Returns: a scorer of estimated squared L2 distances less the query's squared norm, and
    ///   that norm.
    /// - Complexity: O(width)
    @unsafe
    public func scorer(
        _ vector: UnsafePointer<Float>, width: Int, codes: UnsafeMutablePointer<Int8>,
        base: UnsafePointer<UInt8>, stride: Int
    ) -> (scorer: DistanceScorer, squaredNorm: Float) {
        var factors = vk_factors()
        unsafe forms.prepare(vector, width, codes, &factors)
        return unsafe (
            scorer(factors, width: width, codes: codes, base: base, stride: stride), factors.add
        )
    }

    /// Prepares to score encoded rows against one of them.
    ///
    /// - Parameters:
    ///   - row: the row that asks.
    ///   - codes: gets its `width` integers, which the scorer borrows.
    ///   - base: row 0.
    ///   - stride: bytes between the starts of two rows.
    /// - Returns: as for a vector.
    /// - Complexity: O(width)
    @unsafe
    public func scorer(
        row: UInt32, width: Int, codes: UnsafeMutablePointer<Int8>, base: UnsafePointer<UInt8>,
        stride: Int
    ) -> (scorer: DistanceScorer, squaredNorm: Float) {
        let start = unsafe base + Int(row) * stride
        for place in 0..<width {
            unsafe codes[place] = Int8(bitPattern: start[place] ^ 0x80)
        }
        let factors = unsafe UnsafeRawPointer(start + width).loadUnaligned(as: vk_factors.self)
        return unsafe (
            scorer(factors, width: width, codes: codes, base: base, stride: stride), factors.add
        )
    }

    private func scorer(
        _ factors: vk_factors, width: Int, codes: UnsafeMutablePointer<Int8>,
        base: UnsafePointer<UInt8>, stride: Int
    ) -> DistanceScorer {
        unsafe DistanceScorer(
            vk_scorer(
                rows: forms.rows, block: forms.block, query: codes, base: base, stride: stride,
                d: width, p: 0, scale: factors.scale, shift: factors.shift),
            rowBytes: width + Self.factorBytes)
    }
}
