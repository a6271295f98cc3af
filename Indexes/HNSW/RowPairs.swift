import Quantization
import VectorCore
import VectorKernels

/// The raw distances of pairs of a graph's rows.
///
/// It borrows the rows, which outlive it, and holds no references: lists of links are chosen by millions of calls.
///
/// Unchecked: it reads memory that nobody writes.
@safe
struct RowPairs: @unchecked Sendable {
    private let kernel: PairKernel
    private let base: UnsafeRawPointer
    private let stride: Int
    /// Added to a distance for each of the two rows, or nil.
    private let addends: UnsafePointer<Float>?

    init(_ codes: CodeRows, adding addends: FloatMatrix? = nil) {
        unsafe self.addends = addends.map { unsafe $0.baseAddress }
        kernel = codes.pairs
        unsafe base = codes.base
        stride = codes.stride
    }

    init(_ matrix: FloatMatrix, _ kernel: DistanceKernel) {
        unsafe addends = nil
        self.kernel = kernel.pairs(dimension: matrix.columns)
        unsafe base = UnsafeRawPointer(matrix.pointer(row: 0))
        stride = matrix.stride * 4
    }

    /// The raw distance of two rows.
    ///
    /// - Complexity: O(dimension)
    func distance(_ left: UInt32, _ right: UInt32) -> Float {
        let distance = unsafe kernel.distance(
            base + Int(left) &* stride, base + Int(right) &* stride)
        guard let addends = unsafe addends else { return distance }
        return unsafe distance + addends[Int(left)] + addends[Int(right)]
    }
}
