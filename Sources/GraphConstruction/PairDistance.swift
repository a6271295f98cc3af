public import VectorCore
public import VectorKernels

/// Raw distances between rows of one matrix.
@safe
public struct PairDistance: Sendable {
    @usableFromInline let kernel: DistanceKernel
    @usableFromInline let vectors: FloatMatrix

    /// Measures between rows of `vectors`.
    public init(_ kernel: DistanceKernel, _ vectors: FloatMatrix) {
        self.kernel = kernel
        self.vectors = vectors
    }

    /// The raw distance of two rows.
    ///
    /// - Complexity: O(dimension)
    @inlinable
    public func callAsFunction(_ left: UInt32, _ right: UInt32) -> Float {
        unsafe kernel.raw(
            vectors.pointer(row: Int(left)), vectors.pointer(row: Int(right)),
            dimension: vectors.columns)
    }
}
