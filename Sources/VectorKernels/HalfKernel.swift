import CVectorKernels
public import VectorCore

/// The kernels on rows of 16-bit numbers, as IEEE 754 defines them, of one metric and one
/// instruction set.
///
/// A row is `width` halves, a multiple of 32, of which those behind the vector's are zero. They are
/// widened as they are read and compared with queries of 32 bits a number, so that a raw distance
/// is that of the rounded vector.
@safe
public struct HalfKernel: Sendable {
    private let halves: vk_halves
    private let forms: vk_narrow
    private let power: Float

    /// How many halves a row has for vectors of `dimension` numbers.
    public static func width(dimension: Int) -> Int { (dimension + 31) & ~31 }

    /// Resolves the kernels of a metric; for cosine, rows and queries are normalised before.
    ///
    /// - Precondition: the CPU has `instructionSet`; all in ``InstructionSet/available`` qualify.
    public init(_ metric: DistanceMetric, instructionSet: InstructionSet = .best) {
        guard let table = unsafe instructionSet.kernels else {
            preconditionFailure("This CPU has no \(instructionSet.rawValue).")
        }
        unsafe halves = table.pointee.halves
        switch metric {
        case .l2, .l2Squared:
            unsafe forms = table.pointee.halves.l2sq
            power = 0
        case .cosine, .innerProduct:
            unsafe forms = table.pointee.halves.dot
            power = 0
        case .l1:
            unsafe forms = table.pointee.halves.l1
            power = 0
        case .minkowski(let p):
            unsafe forms = table.pointee.halves.minkowski
            power = p
        }
    }

    /// Writes numbers as the nearest halves, of two equally near ones the even one.
    ///
    /// Numbers from 65,520 on become infinite.
    ///
    /// - Complexity: O(count)
    @unsafe
    public func encode(
        _ numbers: UnsafePointer<Float>, count: Int, into row: UnsafeMutablePointer<UInt16>
    ) {
        unsafe halves.encode(numbers, count, row)
    }

    /// Writes the numbers that halves are.
    ///
    /// - Complexity: O(count)
    @unsafe
    public func decode(
        _ row: UnsafePointer<UInt16>, count: Int, into numbers: UnsafeMutablePointer<Float>
    ) {
        unsafe halves.decode(row, count, numbers)
    }

    /// The raw distances of rows of `width` halves.
    public func pairs(width: Int) -> PairKernel {
        unsafe PairKernel(.narrow(forms.pair, scale: 1), width: width, power: power)
    }

    /// Prepares to score rows against a query.
    ///
    /// - Parameters:
    ///   - query: `width` numbers, zeros behind the vector's; the scorer borrows them.
    ///   - base: row 0.
    ///   - stride: bytes between the starts of two rows.
    ///   - width: halves of a row.
    @unsafe
    public func scorer(
        _ query: UnsafePointer<Float>, base: UnsafePointer<UInt16>, stride: Int, width: Int
    ) -> DistanceScorer {
        unsafe DistanceScorer(
            vk_scorer(
                rows: forms.rows, block: forms.block, query: query, base: base, stride: stride,
                d: width, p: power, scale: 1, shift: 0),
            rowBytes: 2 * width)
    }
}
