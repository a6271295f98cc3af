internal import VectorCore

/// Memory for the rows of a matrix that are filled while a cursor walks over the store.
@safe
final class RowMemory {
    private let rows: Int
    private let columns: Int
    private let stride: Int
    private let base: UnsafeMutablePointer<Float>

    /// - Throws: ``StorageError`` with `system` where there is no memory for them.
    init(rows: Int, columns: Int) throws(StorageError) {
        self.rows = rows
        self.columns = columns
        stride = FloatMatrix.stride(columns: columns)
        let count = max(1, rows * stride)
        if let refusal = AvailableMemory.refusal(count * 4, for: "the vectors of a field") {
            throw StorageError(.system, refusal)
        }
        let memory = UnsafeMutableRawPointer.allocate(byteCount: count * 4, alignment: 64)
        unsafe base = memory.bindMemory(to: Float.self, capacity: count)
        unsafe base.initialize(repeating: 0, count: count)
    }

    deinit {
        unsafe base.deallocate()
    }

    /// The numbers of one row, without its padding.
    @unsafe
    subscript(row: Int) -> UnsafeMutableBufferPointer<Float> {
        precondition(row >= 0 && row < rows)
        return unsafe UnsafeMutableBufferPointer(start: base + row * stride, count: columns)
    }

    /// The rows as a matrix, which keeps the memory; it is not written to any more.
    var matrix: FloatMatrix {
        unsafe FloatMatrix(borrowing: base, rows: rows, columns: columns, owner: self)
    }
}
