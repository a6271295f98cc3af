import VectorCore
import VectorKernels

extension DistanceScorer {
    /// Scores the rows of a matrix against a query of its `columns` numbers.
    @unsafe
    init(_ kernel: DistanceKernel, query: UnsafePointer<Float>, vectors: FloatMatrix) {
        unsafe self.init(
            kernel, query: query, base: vectors.baseAddress, stride: vectors.stride,
            dimension: vectors.columns)
    }

    /// The raw distance of one row.
    func distance(to row: UInt32) -> Float {
        unsafe score(row: row)
    }
}
