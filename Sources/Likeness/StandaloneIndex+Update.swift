import IndexDefinitions
public import SearchService
public import VectorCore

extension StandaloneIndex {
    /// Adds vectors under new ids: all of them or, on failure, none.
    ///
    /// Searches go on meanwhile.
    ///
    /// - Parameters:
    ///   - vectors: shape (added, dimension), finite.
    ///   - ids: one a vector, each once and none that the index has; nil to go on after the largest.
    /// - Throws: ``ServiceError`` with `invalidRequest`
    ///   naming the position of the first id that cannot be, `invalidData` where vectors have another
    ///   length or are not finite, `inputOutput` where there is no memory.
    /// - Complexity: O(added · dimension) on average
    public func add(_ vectors: FloatMatrix, ids: [UInt64]? = nil) throws(ServiceError) {
        try change(.add(vectors, ids: ids))
    }

    /// Puts vectors in the place of those that have the same ids, and adds those whose ids are new: all of
    /// them or, on failure, none.
    ///
    /// Searches go on meanwhile; each finds the old vector of an id or the new one, never both or none.
    ///
    /// - Parameters:
    ///   - vectors: shape (vectors, dimension), finite.
    ///   - ids: one a vector, each once.
    /// - Throws: ``ServiceError`` as ``add(_:ids:)`` does.
    /// - Complexity: O(vectors · dimension + count / 64) on average
    public func upsert(_ vectors: FloatMatrix, ids: [UInt64]) throws(ServiceError) {
        try change(.upsert(vectors, ids: ids))
    }

    /// Removes vectors: all of them or, where one of the ids is unknown, none.
    ///
    /// Searches go on meanwhile. The memory of removed vectors is given up
    /// when there are many, or used for others.
    ///
    /// - Parameter ids: ids that the index has, each once.
    /// - Throws: ``ServiceError`` with `notFound` naming
    ///   the position of the first id that is unknown, `invalidRequest` where one stands twice,
    ///   `inputOutput` where there is no memory.
    /// - Complexity: O(removed · dimension + count / 64) on average
    public func remove(_ ids: [UInt64]) throws(ServiceError) {
        try change(.remove(ids))
    }

    private func change(_ change: IndexChange) throws(ServiceError) {
        try changing { () throws(ChangeError) in try living.change(change) }
    }

    /// Does at once what changes have left for later.
    ///
    /// Added vectors are put into a graph, and removed ones taken out of it; an index of another kind that has
    /// changed much is built anew. Else that is done in the background.
    ///
    /// - Parameter threads: how many threads work; nil for all cores.
    /// - Throws: ``ServiceError`` with `inputOutput` where there is no memory.
    public func settle(threads: Int? = nil) throws(ServiceError) {
        try indexing { () throws(IndexError) in
            try living.settle(threads: Engine.threads(threads))
        }
    }
}

/// Runs `body` with the errors of changes as the service has them.
func changing<R>(_ body: () throws(ChangeError) -> R) throws(ServiceError) -> R {
    do {
        return try body()
    } catch {
        throw ServiceError(error)
    }
}
