public import HNSW
import IndexCatalog
public import SearchService
public import VectorCore

extension StandaloneIndex {
    /// How large a share of the true neighbours searches find, by efSearch, as
    /// ``SearchEffort/recall(_:)`` reads it; nil for the kinds that are exact, and where nothing has been measured:
    /// of an index that was built without the measuring, or of few vectors.
    ///
    /// It is measured while the index is built, with a sample that is not in the graph yet, and in the background
    /// once a quarter of the vectors has changed, with a sample of those that are there; or else with the queries that
    /// ``tune(_:threads:)`` got.
    public var operatingPoints: RecallTable? {
        guard case .hnsw(let index) = version.contents else { return nil }
        return index.recallTable
    }

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
        guard let keyed else { throw Engine.nothingToTune(kind) }
        try indexing { () throws(IndexError) in
            try keyed.tune(queries, threads: Engine.threads(threads))
        }
    }

    /// How often the index was built anew in the background since it was built or opened, by reason.
    ///
    /// Nothing needs to be done about it: searches go on meanwhile and afterwards. Many rebuilds because codes do
    /// not fit say that the vectors change in kind again and again; build with codes `f16` or `f32` then.
    public var rebuilds: [RebuildReason: Int] { keyedIfChanged?.rebuilds ?? [:] }

    /// Whether the codes that the graph compares still tell near vectors from far ones; true where there are no
    /// codes.
    ///
    /// Where they do not, as after vectors of another model came, answers are exact and slow until the index has been
    /// built anew in the background; ``settle(threads:)`` does it at once.
    public var codesFit: Bool {
        guard case .hnsw(let index) = version.contents else { return true }
        return index.codesFit
    }
}
