import IndexDefinitions
public import SearchService
public import VectorCore

extension StandaloneIndex {
    /// The vectors with some ids, in their order, as they came; a graph has normalised them under cosine.
    ///
    /// - Parameter ids: ids that the index has; one may be given more than once.
    /// - Returns: shape (ids, dimension).
    /// - Throws: ``ServiceError`` with `notFound` naming the position of the first id that is unknown, `invalidData` where the
    ///   file of an opened index turns out to be damaged.
    /// - Complexity: O(ids · dimension), and O(count) where ids are not 0, 1, 2, …
    public func vectors(_ ids: [UInt64]) throws(ServiceError) -> FloatMatrix {
        try changing { () throws(ChangeError) in try version.vectors(ids) }
    }
}
