import IndexCatalog
import IndexDefinitions
import Likeness
import SearchService
import TestSupport
import Testing
import VectorCore

/// Searches of some of an index's vectors, and of all up to a distance, held to a scan.
@Suite struct AllowedVectorsTests {
    private static func isSame(
        _ found: [IndexMatch], _ expected: [(id: UInt64, distance: Double)], _ what: String
    ) {
        #expect(found.count == expected.count, "\(what)")
        #expect(found.map(\.distance) == found.map(\.distance).sorted(), "\(what)")
        #expect(Set(found.map(\.id)) == Set(expected.map(\.id)), "\(what)")
        for (match, expected) in zip(found, expected) {
            #expect(abs(Double(match.distance) - expected.distance) < 1e-4, "\(what)")
        }
    }

    @Test(arguments: IndexCatalog.kinds, [DistanceMetric.l2, .cosine, .innerProduct, .l1])
    func givesOnlyWhatIsAllowed(kind: IndexKind, metric: DistanceMetric) throws {
        try withEverySeed(0..<2) { generator, seed in
            var vectors = randomVectors(120, dimension: 9, using: &generator)
            var ids = (0..<120).map { UInt64($0 * 7 + 3) }
            let index = try StandaloneIndex.build(
                FloatMatrix(vectors, columns: 9), ids: ids, kind: kind, metric: metric)
            if kind == .flat {
                // Some are gone, and some have come: places are those of the vectors that are there.
                try index.remove([ids[0], ids[50], ids[119]])
                for place in [119, 50, 0] {
                    vectors.remove(at: place)
                    ids.remove(at: place)
                }
                let added = randomVectors(10, dimension: 9, using: &generator)
                try index.add(FloatMatrix(added, columns: 9), ids: (0..<10).map { 5000 + $0 })
                vectors += added
                ids += (0..<10).map { 5000 + $0 }
            }
            #expect(index.ids == ids)
            let queries = randomVectors(15, dimension: 9, using: &generator)
            for share in [0, 0.05, 0.5, 1] {
                let mask = ids.map { _ in Double.random(in: 0..<1, using: &generator) < share }
                let chosen = zip(ids, mask).filter(\.1).map(\.0)
                for allowed: AllowedVectors in [
                    .mask(mask), .places(RowSet(mask), of: mask.count), .ids(chosen),
                    .ids([999_999] + chosen.reversed()),
                ] {
                    for k in [1, 8, 500] {
                        let found = try index.searchBatch(
                            FloatMatrix(queries, columns: 9), k: k, among: allowed, threads: 2)
                        for (query, found) in zip(queries, found) {
                            let all = zip(ids, vectors).filter { chosen.contains($0.0) }
                                .map { ($0.0, ReferenceSearch.distance(metric, query, $0.1)) }
                                .sorted { $0.1 < $1.1 }
                            Self.isSame(
                                found, Array(all.prefix(k)), "seed \(seed), \(share), k \(k)")
                        }
                    }
                }
            }
            let all = zip(ids, vectors)
                .map { ($0.0, ReferenceSearch.distance(metric, queries[0], $0.1)) }
                .sorted { $0.1 < $1.1 }
            let within = Float((all[30].1 + all[31].1) / 2)
            let near = try index.searchBatch(
                FloatMatrix([queries[0]], columns: 9), k: 1000, among: nil, within: within)
            Self.isSame(near[0], Array(all.prefix(31)), "seed \(seed), within \(within)")
        }
    }

    @Test func refusesAMaskOfAnotherLength() throws {
        let index = try StandaloneIndex.build(
            FloatMatrix([[1], [2]], columns: 1), kind: .flat, metric: .l2)
        let query = FloatMatrix([[0]], columns: 1)
        for (allowed, within): (AllowedVectors?, Float?) in [
            (.mask([true]), nil), (.mask([true, true, true]), nil), (nil, .nan),
        ] {
            let error = #expect(throws: ServiceError.self) {
                try index.searchBatch(query, k: 1, among: allowed, within: within)
            }
            #expect(error?.code == .invalidRequest)
        }
        #expect(try index.searchBatch(query, k: 5, among: .ids([])) == [[]])
    }
}
