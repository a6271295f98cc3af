import IndexCatalog
import IndexDefinitions
public import SearchService
public import VectorCore

extension StandaloneIndex {
    /// How large a share of the true neighbours searches find, by setting, as
    /// ``SearchEffort/recall(_:)`` reads it; nil for the kinds that are exact, and where nothing has been measured:
    /// of an index that was built without the measuring, or of few vectors.
    ///
    /// It is measured while the index is built, with a sample that is not in the graph yet, and in the background
    /// once a quarter of the vectors has changed, with a sample of those that are there; or else with the queries that
    /// ``tune(_:threads:)`` got.
    public var operatingPoints: RecallTable? { version.index.recallTable }

    /// Measures with queries like those that will be asked how well searches find; from then on searches that ask
    /// for a recall go by those alone.
    ///
    /// They are kept with the index, in its file too, and asked again once a quarter of the vectors has changed.
    /// Searches and changes go on meanwhile.
    ///
    /// - Parameters:
    ///   - queries: shape (queries, dimension), finite, at least 1 and not among the vectors, which are easier to
    ///     find. Of more than 1,000 so many are taken, evenly.
    ///   - threads: how many threads work; nil for all cores.
    /// - Throws: ``ServiceError`` with `unsupported` for the kinds that are exact; `invalidData` where queries have
    ///   another length or are not finite; `invalidRequest` where there are none; `inputOutput` where there is no
    ///   memory.
    /// - Complexity: O(queries · count · dimension / threads)
    public func tune(_ queries: FloatMatrix, threads: Int? = nil) throws(ServiceError) {
        try Engine.requireTunable(kind)
        try indexing { () throws(IndexError) in
            try living.tune(queries, threads: Engine.threads(threads))
        }
    }
}
