import VectorCore
import VectorKernels

/// Reads rows as precise distances compare them: as they are, or normalised for cosine.
///
/// Normalised rows lie in memory of its own, so one thread alone uses it.
@safe
final class PreciseRows {
    private let vectors: FloatMatrix
    private let kernel: DistanceKernel
    /// Room for normalised rows; nil where rows are compared as they are.
    private let normalized: UnsafeMutablePointer<Float>?

    /// Prepares to read rows.
    ///
    /// - Parameter capacity: how many rows can be read at once.
    init(_ vectors: FloatMatrix, kernel: DistanceKernel, capacity: Int = 1) {
        self.vectors = vectors
        self.kernel = kernel
        guard kernel.expectsNormalized else {
            unsafe normalized = nil
            return
        }
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: max(64, 4 * capacity * vectors.stride), alignment: 64)
        unsafe normalized = memory.bindMemory(to: Float.self, capacity: capacity * vectors.stride)
    }

    deinit { unsafe normalized?.deallocate() }

    /// Reads a row to a place below the capacity, where it stays until another is read to it.
    ///
    /// - Parameter factor: what brings it to length 1, where that is known.
    /// - Returns: its numbers, which live as long as this object.
    /// - Complexity: O(columns) for cosine, else O(1)
    @unsafe
    func read(_ row: UInt32, to place: Int = 0, factor: Double? = nil) -> UnsafePointer<Float> {
        let source = unsafe vectors.pointer(row: Int(row))
        guard let normalized = unsafe normalized else { return unsafe source }
        let target = unsafe normalized + place * vectors.stride
        if let factor {
            unsafe kernel.scale(source, by: factor, into: target, dimension: vectors.columns)
        } else {
            unsafe normalize(source, into: target, dimension: vectors.columns, kernel: kernel)
        }
        return unsafe UnsafePointer(target)
    }

    /// A row that was read to a place.
    @unsafe
    func pointer(_ row: UInt32, at place: Int) -> UnsafePointer<Float> {
        guard let normalized = unsafe normalized else {
            return unsafe vectors.pointer(row: Int(row))
        }
        return unsafe UnsafePointer(normalized + place * vectors.stride)
    }

    /// The distance of a row from a query that is normalised where the metric needs it.
    ///
    /// - Complexity: O(columns)
    @unsafe
    func distance(_ query: UnsafePointer<Float>, _ row: UInt32) -> Double {
        unsafe kernel.preciseNormalized(query, read(row), dimension: vectors.columns)
    }
}
