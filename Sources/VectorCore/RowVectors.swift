/// Reads the vectors of an index's rows from where the index does not keep them.
///
/// What is read is what the index was given: whoever implements it answers for that.
public protocol RowVectors: Sendable {
    /// Calls `body` with the vector of each of some rows, in the order given.
    ///
    /// All are read as they were at one moment.
    ///
    /// - Parameters:
    ///   - rows: rows of the index.
    ///   - body: gets the place of a row in `rows`, and its vector: as many numbers as the index's
    ///     dimension, until it returns. It must not read vectors itself.
    /// - Throws: ``IndexError`` with `outdated` where a vector is another one by now, `damagedFile` where
    ///   it is damaged, `system` where it cannot be read.
    func forEach(
        _ rows: [UInt32], _ body: (_ place: Int, _ vector: UnsafePointer<Float>) -> Void
    ) throws(IndexError)

    /// The same vectors without those that are others by now, which ``forEach(_:_:)`` then leaves out.
    var unchanged: any RowVectors { get }
}
