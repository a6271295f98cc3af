public import IndexCatalog
import SearchService
import Synchronization
public import VectorCore

/// An index over vectors in memory, each under an id, without a store.
///
/// It is built of vectors or opened from a file, searched from any number of threads, and saved. A
/// `flat` index also takes in and gives up vectors while it is searched: every search sees it as it
/// was before a change or as it is after, and none waits. The other kinds are built whole.
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

    /// What searches see.
    private let current: Mutex<IndexVersion>
    /// Held by whoever makes the next version; it knows the row of every id.
    let rows = Mutex(RowTable())

    init(_ version: IndexVersion, metric: DistanceMetric, dimension: Int) {
        kind = version.kind
        self.metric = metric
        self.dimension = dimension
        current = Mutex(version)
    }

    /// The present version.
    var version: IndexVersion { current.withLock { $0 } }

    /// Puts a version in the place of the present one; only by whoever holds `rows`.
    func publish(_ version: IndexVersion) {
        // The old one may be large, and is let go of outside the lock.
        _ = current.withLock { current in
            let old = current
            current = version
            return old
        }
    }

    /// How many vectors can be found.
    public var count: Int { version.count }

    /// Bytes of memory, anonymous and mapped, that the index occupies.
    ///
    /// What is kept to find the rows of ids counts once vectors have been added or removed.
    public var memoryBytes: Int {
        let table = rows.withLock { $0.byteCount }
        return version.memoryBytes + table
    }

    /// The ids of all vectors, in the order in which they were given.
    ///
    /// - Complexity: O(count)
    public var ids: [UInt64] {
        let version = version
        return version.rows.map { version.ids[$0] }
    }
}
