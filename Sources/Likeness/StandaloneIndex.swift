package import HNSW
public import IndexCatalog
import Locks
import MappedStorage
public import SearchService
public import VectorCore

/// An index over vectors in memory, each under an id, without a store.
///
/// It is built of vectors or opened from a file, searched from any number of threads, and saved. All
/// kinds but `matrix` also take in and give up vectors while they are searched: every search sees the
/// index as it was before a change or as it is after, and none waits.
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

    /// Where searches find what they see.
    private enum Source: Sendable {
        /// A version that whoever holds `rows` puts another in the place of.
        case version(IndexVersion)
        /// A graph that has been changed, and makes its versions itself.
        case keyed(KeyedHNSW)
    }
    private let source: Lock<Source>
    /// Held by whoever makes the next version of a `flat` index, of which it knows the row of every id, or
    /// makes a graph one that changes.
    let rows = Lock(RowTable())

    init(_ version: IndexVersion, metric: DistanceMetric, dimension: Int) {
        kind = version.kind
        self.metric = metric
        self.dimension = dimension
        source = Lock(.version(version))
    }

    /// The present version.
    var version: IndexVersion {
        switch source.withLock({ $0 }) {
        case .version(let version):
            return version
        case .keyed(let keyed):
            let now = keyed.version
            return IndexVersion(IndexVersion.Contents.hnsw(now.index), ids: now.ids)
        }
    }

    /// Puts a version in the place of the present one; only by whoever holds `rows`.
    func publish(_ version: IndexVersion) {
        // The old one may be large, and is let go of outside the lock.
        _ = source.withLock { source in
            let old = source
            source = .version(version)
            return old
        }
    }

    /// What changes the graph, made where it is needed for the first time; nil for other kinds.
    ///
    /// - Complexity: O(count · dimension) for the first time
    var keyed: KeyedHNSW? {
        if let keyed = keyedIfChanged { return keyed }
        // Searches, which look at the source, do not wait for it to be made.
        return rows.withLock { _ in
            if let keyed = keyedIfChanged { return keyed }
            guard case .version(let version) = source.withLock({ $0 }),
                case .hnsw(let index) = version.contents
            else { return nil }
            let keyed = KeyedHNSW(index, ids: version.ids)
            source.withLock { $0 = .keyed(keyed) }
            return keyed
        }
    }

    /// What changes the graph, where it has been changed.
    var keyedIfChanged: KeyedHNSW? {
        guard case .keyed(let keyed) = source.withLock({ $0 }) else { return nil }
        return keyed
    }

    /// How many vectors can be found.
    public var count: Int { version.count }

    /// Bytes of memory, anonymous and mapped, that the index occupies.
    ///
    /// What is kept to find the rows of ids counts once vectors have been added or removed.
    public var memoryBytes: Int {
        let table = keyedIfChanged?.byteCount ?? rows.withLock { $0.byteCount }
        return version.memoryBytes + table
    }

    /// What the graph compares: the vectors' numbers, or codes of them; nil for kinds without a graph.
    public var codes: VectorCodes? {
        guard case .hnsw(let index) = version.contents else { return nil }
        return index.codesKind
    }

    /// The graph that searches of this moment see; nil for kinds without one.
    package var graph: HNSWIndex? {
        guard case .hnsw(let index) = version.contents else { return nil }
        return index
    }

    /// Why the last work in the background failed; nil where it did not, or there has been none.
    ///
    /// Answers are right all the same, but vectors that are not in the graph are scanned, so searches
    /// become slower. Later changes begin the work again, and ``settle(threads:)`` does it at once.
    public var fault: ServiceError? { keyedIfChanged?.fault.map { ServiceError($0) } }

    /// The ids of all vectors, in the order of their places: that in which they were given, but that a
    /// graph gives the places of removed vectors to others.
    ///
    /// - Complexity: O(count)
    public var ids: [UInt64] {
        let version = version
        return version.rows.map { version.ids[$0] }
    }
}
