/// Rows of floats, 64-byte aligned, each row padded with zeros to a multiple of 16 numbers.
///
/// Immutable once made. It either owns its memory or keeps the owner of borrowed memory alive.
///
/// Unchecked: the memory is written only by the initialisers, before the matrix can be shared.
@safe
public final class FloatMatrix: @unchecked Sendable {
    /// How many vectors.
    public let rows: Int
    /// How many numbers a vector has.
    public let columns: Int
    /// How many floats lie between the starts of two rows.
    public let stride: Int
    /// The first number of the first row.
    public let baseAddress: UnsafePointer<Float>

    private let owner: AnyObject?

    /// How many floats a row of `columns` numbers takes.
    @inlinable
    public static func stride(columns: Int) -> Int {
        (columns + 15) & ~15
    }

    /// Makes a matrix and fills it row by row.
    ///
    /// - Parameters:
    ///   - rows: how many vectors.
    ///   - columns: how many numbers each.
    ///   - fill: called once a row, in order, with `columns` zeros to overwrite.
    public init<E: Error>(
        rows: Int, columns: Int,
        fill: (_ row: Int, _ vector: UnsafeMutableBufferPointer<Float>) throws(E) -> Void
    ) throws(E) {
        let stride = Self.stride(columns: columns)
        let count = max(1, rows * stride)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: count * 4, alignment: 64)
        let floats = unsafe memory.bindMemory(to: Float.self, capacity: count)
        unsafe floats.initialize(repeating: 0, count: count)
        self.rows = rows
        self.columns = columns
        self.stride = stride
        unsafe self.baseAddress = UnsafePointer(floats)
        self.owner = nil
        for row in 0..<rows {
            unsafe try fill(
                row, UnsafeMutableBufferPointer(start: floats + row * stride, count: columns))
        }
    }

    /// Makes a matrix of equally long vectors.
    public convenience init(_ vectors: [[Float]], columns: Int) {
        precondition(vectors.allSatisfy { $0.count == columns })
        unsafe self.init(rows: vectors.count, columns: columns) { row, target in
            for (column, value) in vectors[row].enumerated() { unsafe target[column] = value }
        }
    }

    /// Borrows rows that are laid out as this type lays them out, such as a mapped file's section.
    ///
    /// - Parameters:
    ///   - baseAddress: 64-byte aligned, `rows` × `stride(columns:)` floats, padding zero.
    ///   - rows: how many rows there are.
    ///   - columns: how many numbers a row has, without its padding.
    ///   - owner: kept alive as long as the matrix.
    @unsafe
    public init(
        borrowing baseAddress: UnsafePointer<Float>, rows: Int, columns: Int, owner: AnyObject
    ) {
        self.rows = rows
        self.columns = columns
        self.stride = Self.stride(columns: columns)
        unsafe self.baseAddress = baseAddress
        self.owner = owner
    }

    deinit {
        if owner == nil { unsafe UnsafeMutablePointer(mutating: baseAddress).deallocate() }
    }

    /// The numbers of one row, without its padding.
    @inlinable
    public subscript(row: Int) -> Span<Float> {
        @_lifetime(borrow self)
        get {
            precondition(row >= 0 && row < rows)
            let span = unsafe Span(_unsafeStart: baseAddress + row * stride, count: columns)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The first number of one row, 64-byte aligned and zero-padded to `stride`.
    @unsafe
    @inlinable
    public func pointer(row: Int) -> UnsafePointer<Float> {
        unsafe baseAddress + row * stride
    }

    /// A copy of one row.
    public func vector(_ row: Int) -> [Float] {
        let span = self[row]
        return span.indices.map { span[$0] }
    }

    /// Where the first NaN or infinity is, or nil.
    ///
    /// - Complexity: O(rows · columns)
    public var firstNonFinite: (row: Int, column: Int)? {
        for row in 0..<rows where self[row].reaches(.infinity) {
            return (row, firstNonFinite(inRow: row))
        }
        return nil
    }

    private func firstNonFinite(inRow row: Int) -> Int {
        let span = self[row]
        return span.indices.first { !span[$0].isFinite } ?? 0
    }

    /// Checks that an index can be built of these vectors, whatever its kind.
    ///
    /// - Throws: ``IndexError`` with `notFinite` naming the first number that is not,
    ///   `invalidParameter` where there are too many vectors, they have no numbers, or the numbers
    ///   of one are so large that `Float` may not hold its distances, or `unsupportedMetric`.
    /// - Complexity: O(rows · columns)
    public func validate(for metric: DistanceMetric) throws(IndexError) {
        try metric.validate()
        guard columns >= 1 else {
            throw IndexError(
                .invalidParameter, "The vectors have no numbers; an index needs at least 1 each.")
        }
        guard rows <= Int(Int32.max) else {
            throw IndexError(
                .invalidParameter, "An index holds at most \(Int32.max) vectors, not \(rows).")
        }
        for row in 0..<rows where self[row].reaches(DistanceMetric.smallNumbers) {
            guard !self[row].reaches(.infinity) else {
                throw IndexError(
                    .notFinite,
                    "Number \(firstNonFinite(inRow: row)) of vector \(row) is not finite; vectors "
                        + "must be finite.")
            }
            guard metric.holdsDistances(ofVectorsLike: self[row]) else {
                throw IndexError(
                    .invalidParameter,
                    "Vector \(row) has numbers so large that its \(metric) distances may exceed what a "
                        + "32-bit float holds; scale all vectors down, for example by 1e-10.")
            }
        }
    }
}
