import IndexCatalog
import Likeness
import SearchService
import TestSupport
import VectorCore

/// The recall@k of an index, ties counted, against the exact answers over the vectors that it should have.
func recall(
    of index: StandaloneIndex, _ queries: [[Float]], k: Int = 10, effort: SearchEffort = .usual
) throws -> Double {
    let queries = FloatMatrix(queries, columns: index.dimension)
    let found = try index.searchBatch(queries, k: k, effort: effort)
    let exact = try index.searchBatch(queries, k: k, effort: .exact)
    let hits = zip(found, exact).map { found, exact in
        let worst = exact.last?.distance ?? -.infinity
        return found.count { $0.distance <= worst }
    }
    return Double(hits.reduce(0, +)) / Double(exact.map(\.count).reduce(0, +))
}

/// An `hnsw` index of vectors, with the usual parameters but for those given.
func graph(
    of vectors: [[Float]], _ metric: DistanceMetric,
    _ parameters: HNSWParameters = HNSWParameters(measuresRecall: false)
) throws -> StandaloneIndex {
    try StandaloneIndex.build(
        FloatMatrix(vectors, columns: vectors[0].count), kind: .hnsw, metric: metric,
        options: BuildOptions(hnsw: parameters, threads: 2))
}
