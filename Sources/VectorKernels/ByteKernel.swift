import CVectorKernels
import Glibc
public import VectorCore

/// The kernels on rows of bytes that stand for numbers with one step between them, for L1 and
/// Minkowski distances.
///
/// A byte *b* at place *i* stands for `least[i] + b · step`, so that a difference of two numbers is
/// the step times that of their bytes. A row is `width` bytes, a multiple of 64, of which those behind
/// the vector's are zero.
@safe
public struct ByteKernel: Sendable {
    private let bytes: vk_bytes
    private let forms: vk_narrow
    private let power: Float
    /// Whether queries are bytes too, whose differences are summed without being widened.
    private let sumsDifferences: Bool
    /// What a number is multiplied by to count steps.
    private let levels: Float
    private let step: Float
    /// The step to the metric's power, which sums are multiplied by.
    private let scale: Float

    /// How many bytes a row has for vectors of `dimension` numbers.
    public static func width(dimension: Int) -> Int { (dimension + 63) & ~63 }

    /// Resolves the kernels, or gives nil where the metric is another one, or the step or its power
    /// is not a normal number.
    ///
    /// - Precondition: the CPU has `instructionSet`; all in ``InstructionSet/available`` qualify.
    public init?(
        _ metric: DistanceMetric, step: Float, instructionSet: InstructionSet = .best
    ) {
        guard let table = unsafe instructionSet.kernels else {
            preconditionFailure("This CPU has no \(instructionSet.rawValue).")
        }
        unsafe bytes = table.pointee.bytes
        switch metric {
        case .l2, .l2Squared, .cosine, .innerProduct: return nil
        case .l1: power = 1
        case .minkowski(let p): power = p
        }
        sumsDifferences = power == 1
        unsafe forms = sumsDifferences ? table.pointee.bytes.l1 : table.pointee.bytes.minkowski
        self.step = step
        levels = 1 / step
        scale = powf(step, power)
        guard step > 0, levels.isNormal, scale.isNormal else { return nil }
    }

    /// Writes the nearest bytes of numbers; those outside of what bytes reach become 0 or 255.
    ///
    /// - Complexity: O(count)
    @unsafe
    public func encode(
        _ numbers: UnsafePointer<Float>, least: UnsafePointer<Float>, count: Int,
        into row: UnsafeMutablePointer<UInt8>
    ) {
        unsafe bytes.encode(numbers, least, levels, count, row)
    }

    /// The raw distances of rows of `width` bytes.
    public func pairs(width: Int) -> PairKernel {
        unsafe PairKernel(.narrow(forms.pair, scale: scale), width: width, power: power)
    }

    /// Prepares to score rows against a vector, wherever its numbers lie.
    ///
    /// - Parameters:
    ///   - vector: `width` numbers, zeros behind its own.
    ///   - least: what byte 0 stands for, likewise.
    ///   - places: room for `width` numbers, which the scorer borrows.
    ///   - codes: room for `width` bytes, which the scorer borrows.
    ///   - base: row 0.
    ///   - stride: bytes between the starts of two rows.
    ///   - width: bytes of a row.
    /// - Complexity: O(width)
    @unsafe
    public func scorer(
        _ vector: UnsafePointer<Float>, least: UnsafePointer<Float>,
        places: UnsafeMutablePointer<Float>, codes: UnsafeMutablePointer<UInt8>,
        base: UnsafePointer<UInt8>, stride: Int, width: Int
    ) -> DistanceScorer {
        if sumsDifferences {
            // What lies outside adds to the distance from every row alike.
            let outside = unsafe bytes.prepare(vector, least, levels, width, codes)
            return unsafe scorer(
                codes, shift: scale * outside, base: base, stride: stride, width: width)
        }
        unsafe bytes.place(vector, least, levels, width, places)
        return unsafe scorer(places, shift: 0, base: base, stride: stride, width: width)
    }

    /// Prepares to score rows against one of them.
    ///
    /// - Parameters:
    ///   - row: the row that asks.
    ///   - places: room for `width` numbers, which the scorer borrows.
    ///   - base: row 0.
    ///   - stride: bytes between the starts of two rows.
    ///   - width: bytes of a row.
    /// - Complexity: O(width)
    @unsafe
    public func scorer(
        row: UInt32, places: UnsafeMutablePointer<Float>, base: UnsafePointer<UInt8>, stride: Int,
        width: Int
    ) -> DistanceScorer {
        let start = unsafe base + Int(row) * stride
        if sumsDifferences {
            return unsafe scorer(start, shift: 0, base: base, stride: stride, width: width)
        }
        unsafe bytes.decode(start, width, places)
        return unsafe scorer(places, shift: 0, base: base, stride: stride, width: width)
    }

    @unsafe
    private func scorer(
        _ query: UnsafeRawPointer, shift: Float, base: UnsafePointer<UInt8>, stride: Int, width: Int
    ) -> DistanceScorer {
        unsafe DistanceScorer(
            vk_scorer(
                rows: forms.rows, block: forms.block, query: query, base: base, stride: stride,
                d: width, p: power, scale: scale, shift: shift),
            rowBytes: width)
    }
}
