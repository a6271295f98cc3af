import Flat
import HNSW
import IndexCatalog
import TestSupport
import Testing
import VectorCore

/// A graph reports the distances that an exact scan reports, to the bit, at every magnitude.
@Suite struct GraphDistanceTests {
    private static let codes: [VectorCodes?] = [nil, .f32, .f16]

    private func graph(
        _ set: VectorSet, _ metric: DistanceMetric, _ codes: VectorCodes?
    ) throws -> HNSWIndex {
        try HNSWIndex.build(
            set.matrix, metric: metric, parameters: HNSWParameters(codes: codes), threads: 2)
    }

    /// All rows are asked for, so that a graph can miss none.
    private func expectSame(
        _ set: VectorSet, _ metric: DistanceMetric, _ codes: VectorCodes?
    ) throws {
        let graph = try graph(set, metric, codes)
        let flat = try FlatIndex.build(set.matrix, metric: metric)
        let parameters = SearchLimits.Effort.setting(graph.count)
        let count = graph.count
        let queries = set.queryMatrix
        let expected = try flat.searchBatch(
            queries, k: count, threads: 1)
        let ways: [(String, [[Neighbor]])] = [
            ("walk", try graph.searchBatch(queries, k: count, effort: parameters, threads: 2)),
            ("exact", try graph.searchBatch(queries, k: count, effort: .exact, threads: 2)),
            (
                "some",
                try graph.searchBatch(
                    queries, k: count, effort: parameters, among: RowSet(all: count), threads: 2
                )
            ),
        ]
        for (way, answers) in ways {
            for (query, pair) in zip(answers, expected).enumerated() {
                #expect(
                    areIdentical(pair.0, pair.1),
                    "\(set), \(metric), \(String(describing: codes)), \(way), query \(query)")
            }
        }
        // What was reported is within reach of itself.
        for (query, answer) in expected.enumerated() {
            let within = answer[count / 3].distance
            let found = try graph.searchBatch(
                FloatMatrix([set.queries[query]], columns: set.dimension), k: count,
                effort: .exact, within: within, among: RowSet(all: count), threads: 1)
            #expect(found[0].count >= count / 3 + 1, "\(set), \(metric), query \(query)")
        }
    }

    @Test(arguments: allMetrics, codes)
    func distancesAreThoseOfAScan(metric: DistanceMetric, codes: VectorCodes?) throws {
        for set in [
            VectorSet.gaussian(200, dimension: 37), .grid(200, dimension: 34),
            .zeros(20, of: 150, dimension: 36),
        ] {
            try expectSame(set, metric, codes)
        }
    }

    /// Vectors that are nearly parallel: their cosines all round to 1.
    @Test(arguments: codes) func nearlyParallelVectorsKeepTheirOrder(codes: VectorCodes?) throws {
        let plain = VectorSet.gaussian(300, dimension: 40)
        let axis = plain.vectors[0]
        func near(_ vectors: [[Float]]) -> [[Float]] {
            vectors.map { zip(axis, $0).map { $0 + 1e-3 * $1 } }
        }
        let set = VectorSet(
            "nearly parallel", near(plain.vectors), queries: near(plain.queries), dimension: 40)
        try expectSame(set, .cosine, codes)
    }

    @Test(arguments: allMetrics)
    func everyMagnitudeIsRightOrRefused(metric: DistanceMetric) throws {
        for dimension in [9, 40] {
            let set = VectorSet.gaussian(260, dimension: dimension)
            for exponent in stride(from: -126, through: 120, by: 41) {
                let factor = Float(sign: .plus, exponent: exponent, significand: 1)
                let scaled = set.mapped("times 2^\(exponent)") { $1 * factor }
                guard scaled.matrix.holdsDistances(metric) else {
                    let error = #expect(throws: IndexError.self) { try graph(scaled, metric, nil) }
                    #expect(error?.code == .invalidParameter)
                    continue
                }
                try expectSame(scaled, metric, nil)
            }
        }
    }

    /// Lengths from which single precision can make no graph are refused, with what to do.
    @Test func lengthsThatDifferTooMuchAreRefused() throws {
        let set = VectorSet.gaussian(300, dimension: 8).mapped("of two sizes") { row, number in
            row % 2 == 0 ? number * 1e-12 : number * 1e12
        }
        let error = #expect(throws: IndexError.self) { try graph(set, .l2, nil) }
        #expect(error?.code == .invalidParameter)
        #expect(error?.message.contains("kind flat") == true)
        _ = try FlatIndex.build(set.matrix, metric: .l2)
    }

    /// A query may be as long or as short as it likes.
    @Test(arguments: allMetrics, [1e-30, 1e-15, 1e15, 1e18] as [Float])
    func queriesOfAnyLengthAreAnswered(metric: DistanceMetric, factor: Float) throws {
        let set = VectorSet.gaussian(300, dimension: 36)
        let queries = set.queries.map { $0.map { $0 * factor } }
        let long = VectorSet("long queries", set.vectors, queries: queries, dimension: 36)
        if metric == .l2Squared, factor > 1e17 { return }
        try expectSame(long, metric, nil)
    }
}
