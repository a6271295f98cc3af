import IndexCatalog
public import IndexDefinitions
import MappedStorage
public import SearchService
public import VectorCore

/// An index over vectors in memory, each under an id, without a store.
///
/// It is built of vectors or opened from a file, searched from any number of threads, and saved. It takes in
/// and gives up vectors while it is searched: every search sees the index as it was before a change or as it
/// is after, and none waits.
///
/// ```swift
/// let index = try StandaloneIndex.build(vectors, kind: .hnsw, metric: .cosine)
/// let nearest = try index.search(query, k: 10)
/// ```
public final class StandaloneIndex: Sendable {
    /// Which kind of index it is.
    public let kind: IndexKind
    /// The metric that distances are in.
    public let metric: DistanceMetric
    /// How many numbers a vector has.
    public let dimension: Int
    /// What takes in changes, and what searches see.
    let living: LivingOnDemand
    private let built: IndexParameters

    init(_ index: any FileBackedIndex, ids: RowIDs) {
        kind = index.kind
        metric = index.metric
        dimension = index.dimension
        built = index.builtWith
        living = LivingOnDemand(index, ids: ids)
    }

    /// What a search that begins now sees.
    package var version: IndexVersion { living.version }

    /// What it was built with, such as `m` of a graph; of what was left to be measured, what was chosen.
    public var parameters: IndexParameters {
        (version.index as? any FileBackedIndex)?.builtWith ?? built
    }

    /// How many vectors can be found.
    public var count: Int { version.count }

    /// Bytes of memory, anonymous and mapped, that the index occupies.
    ///
    /// What is kept to find the rows of ids counts once vectors have been added or removed.
    public var memoryBytes: Int { version.memoryBytes + living.byteCount }

    /// What whoever searches should know, in one sentence; nil where there is nothing.
    ///
    /// After vectors of another model came, the codes of a graph may not tell its vectors apart any more; then
    /// answers are exact and slow until it has been built anew in the background. ``settle(threads:)`` does it at
    /// once.
    public var warning: String? { version.index.warning }

    /// Why the last work in the background failed; nil where it did not, or there has been none.
    ///
    /// Answers are right all the same, but vectors that are not in the graph are scanned, so searches
    /// become slower. Later changes begin the work again, and ``settle(threads:)`` does it at once.
    public var fault: ServiceError? { living.fault.map { ServiceError($0) } }

    /// How often the index was built anew in the background since it was built or opened, by reason.
    ///
    /// Nothing needs to be done about it: searches go on meanwhile and afterwards. Many rebuilds because codes do
    /// not fit say that the vectors change in kind again and again; build with codes `f16` or `f32` then.
    public var rebuilds: [RebuildReason: Int] { living.rebuilds }

    /// The ids of all vectors, in the order of their places: that in which they were given, but that a
    /// graph gives the places of removed vectors to others.
    ///
    /// - Complexity: O(count)
    public var ids: [UInt64] {
        let version = version
        return version.index.shown.rows.map { version.ids[$0] }
    }
}
