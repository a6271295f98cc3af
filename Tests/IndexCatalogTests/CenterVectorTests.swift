import HNSW
import TestSupport
import Testing
import VectorCore

/// A vector in the middle of the others, as the zero vector is, is nearer to each of them than they are to
/// each other, so that they may lead to nothing else.
@Suite struct CenterVectorTests {
    private static let metrics: [DistanceMetric] = [.l2, .l2Squared, .innerProduct, .l1, .cosine]

    private func index(
        _ set: VectorSet, _ metric: DistanceMetric, codes: VectorCodes?
    ) throws -> HNSWIndex {
        try HNSWIndex.build(
            set.matrix, metric: metric, parameters: HNSWParameters(codes: codes), threads: 2)
    }

    @Test(arguments: metrics, [VectorCodes?.none, .f32])
    func doesNotKeepSearchesFromTheOthers(metric: DistanceMetric, codes: VectorCodes?) throws {
        let set = VectorSet.zeros(4, of: 800, dimension: 36)
        let index = try index(set, metric, codes: codes)
        let exact = try index.searchBatch(set.matrix, k: 10, effort: .exact, threads: 2)
        let found = try index.searchBatch(
            set.matrix, k: 10, effort: .setting(64), threads: 2)
        var hits = 0
        for (found, exact) in zip(found, exact) {
            let bound = exact[9].distance
            hits += found.count { $0.distance <= bound + abs(bound) * 1e-5 }
        }
        let recall = Double(hits) / Double(10 * exact.count)
        #expect(recall >= 0.98, "\(recall)")
    }

    /// A search that may keep all vertices reaches them all, wherever its descent ends.
    @Test(arguments: metrics, [2, 4, 16])
    func aSearchThatKeepsAllFindsAll(metric: DistanceMetric, m: Int) throws {
        for set in [
            VectorSet.zeros(4, of: 600, dimension: 36), .clustered(600, dimension: 8),
            .outliers(600, dimension: 6),
        ] {
            let index = try HNSWIndex.build(
                set.matrix, metric: metric,
                parameters: HNSWParameters(m: m, efConstruction: 20, codes: .f32), threads: 2)
            let found = try index.searchBatch(
                set.queryMatrix, k: index.count,
                effort: .setting(index.count), threads: 2)
            for (query, found) in found.enumerated() {
                #expect(
                    Set(found.map(\.row)).count == index.count, "\(set), m \(m), query \(query)")
            }
        }
    }
}
