import Flat
import HNSW
import IndexCatalog
import MappedStorage
import Matrix
import SearchService
import VectorCore

/// What searches of one moment see: vectors, however they are indexed, and their ids.
///
/// It never changes. A change makes another, and whoever searches in this one keeps it alive.
final class IndexVersion: Sendable {
    enum Contents: Sendable {
        case flat(FlatVersion)
        case matrix(MatrixIndex)
        case hnsw(HNSWIndex)
    }

    let contents: Contents
    /// The id of every row, hidden ones included.
    let ids: RowIDs

    init(_ contents: Contents, ids: RowIDs) {
        self.contents = contents
        self.ids = ids
    }

    init(_ index: AnyVectorIndex, ids: RowIDs) {
        contents =
            switch index {
            case .flat(let index): .flat(FlatVersion(index))
            case .matrix(let index): .matrix(index)
            case .hnsw(let index): .hnsw(index)
            }
        self.ids = ids
    }

    var kind: IndexKind {
        switch contents {
        case .flat: .flat
        case .matrix: .matrix
        case .hnsw: .hnsw
        }
    }

    /// How many vectors can be found.
    var count: Int {
        switch contents {
        case .flat(let version): version.count
        case .matrix(let index): index.count
        case .hnsw(let index): index.count
        }
    }

    var memoryBytes: Int {
        let index =
            switch contents {
            case .flat(let version): version.memoryBytes
            case .matrix(let index): index.memoryBytes
            case .hnsw(let index): index.memoryBytes
            }
        return index + ids.byteCount
    }

    /// The rows that can be found, ascending.
    var rows: some Sequence<UInt32> {
        let hidden =
            switch contents {
            case .flat(let version): version.hidden
            case .matrix: RowSet()
            case .hnsw(let index): index.hidden
            }
        return (0..<UInt32(ids.count)).lazy.filter { !hidden.contains($0) }
    }

    /// The `min(k, count)` nearest rows, nearest first, ties by row.
    func search(
        _ query: Span<Float>, k: Int, _ effort: SearchEffort, threads: Int?
    ) throws(ServiceError) -> [Neighbor] {
        switch contents {
        case .flat(let version):
            return try indexing { () throws(IndexError) in try version.search(query, k: k) }
        case .matrix(let index):
            return try indexing { () throws(IndexError) in
                try index.search(query, k: k, parameters: SearchParameters())
            }
        case .hnsw(let index):
            guard effort != .exact else {
                return try indexing { () throws(IndexError) in
                    try index.searchExactly(query, k: k)
                }
            }
            let parameters = try effort.parameters(of: index, k: k)
            return try indexing { () throws(IndexError) in
                try index.search(query, k: k, parameters: parameters)
            }
        }
    }

    /// The answers to many queries, in their order.
    func searchBatch(
        _ queries: FloatMatrix, k: Int, _ effort: SearchEffort, threads: Int?
    ) throws(ServiceError) -> [[Neighbor]] {
        let count = Engine.threads(threads)
        switch contents {
        case .flat(let version):
            return try indexing { () throws(IndexError) in
                try version.searchBatch(queries, k: k, threads: count)
            }
        case .matrix(let index):
            return try indexing { () throws(IndexError) in
                try index.searchBatch(
                    queries, k: k, parameters: SearchParameters(), threads: count)
            }
        case .hnsw(let index):
            guard effort != .exact else {
                return try indexing { () throws(IndexError) in
                    try index.searchBatchExactly(queries, k: k, threads: count)
                }
            }
            let parameters = try effort.parameters(of: index, k: k)
            return try indexing { () throws(IndexError) in
                try index.searchBatch(queries, k: k, parameters: parameters, threads: count)
            }
        }
    }
}
