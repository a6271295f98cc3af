public import Evaluation
public import MappedStorage
public import VectorCore

/// An index whose vectors have ids, and that takes in and gives up vectors while it is searched.
///
/// A search sees the version that was there when it began, so it waits for nobody. What a change leaves for
/// later is done in the background.
public protocol LivingIndex: AnyObject, Sendable {
    /// What the next search sees.
    var version: IndexVersion { get }
    /// Bytes of what versions do not count, such as the table of ids.
    var byteCount: Int { get }
    /// Why the last work in the background failed; nil where it did not, or there has been none.
    var fault: IndexError? { get }
    /// How often the index was built anew in the background, by reason.
    var rebuilds: [RebuildReason: Int] { get }

    /// Makes a change: all of it or, where this throws, nothing.
    ///
    /// - Throws: ``ChangeError``.
    /// - Complexity: O(vectors · dimension + count / 64) on average
    func change(_ change: IndexChange) throws(ChangeError)

    /// Does at once what changes have left for later; when it returns, all that came before is done.
    ///
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    func settle(threads: Int) throws(IndexError)

    /// Measures with queries of the user's how well searches find, and changes nothing.
    ///
    /// What waits is put where it belongs before.
    ///
    /// - Parameters:
    ///   - queries: shape (queries, dimension), not among the vectors.
    ///   - source: gives the vectors of rows with some ids, where the index does not keep them.
    /// - Throws: ``IndexError`` as ``TunableIndex/measuringRecall(_:threads:)`` does.
    func measuringRecall(
        _ queries: FloatMatrix, threads: Int, reading source: (RowIDs) -> any RowVectors
    ) throws(IndexError) -> MeasuredRecall

    /// Measures with queries of the user's how well searches find, and from then on goes by those alone.
    ///
    /// - Parameter queries: shape (queries, dimension), not among the vectors.
    /// - Throws: ``IndexError`` as a search does; with `invalidParameter` where there are no queries.
    func tune(_ queries: FloatMatrix, threads: Int) throws(IndexError)

    /// An index of the newest vectors without hidden rows, to be saved, and the id of each of its rows.
    ///
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    func dense(threads: Int) throws(IndexError) -> (index: any FileBackedIndex, ids: [UInt64])
}

/// Why an index was built anew in the background.
public struct RebuildReason: RawRepresentable, Hashable, Sendable {
    /// In camel case.
    public let rawValue: String

    /// Names a reason.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// So much has come and gone that it is better built of what is there.
    public static let changes = RebuildReason(rawValue: "changes")
}
