import IndexCatalog
import TestSupport
import Testing
import VectorCore

/// Every kind under every metric, over vectors of every usual and awkward form.
@Suite struct ConformanceTests {
    private static let dimensions = [1, 2, 3, 17, 100, 784]

    @Test(arguments: TestedKind.allCases, allMetrics)
    func fewVectors(kind: TestedKind, metric: DistanceMetric) throws {
        for dimension in Self.dimensions {
            for count in [1, 2, 10] {
                // A search that keeps as many candidates as there are rows misses none.
                try check(kind, .gaussian(count, dimension: dimension), metric, recall: 1)
            }
        }
    }

    @Test(arguments: TestedKind.allCases, allMetrics)
    func aThousandVectors(kind: TestedKind, metric: DistanceMetric) throws {
        try check(kind, .gaussian(1000, dimension: 1), metric, recall: 0.99)
        try check(kind, .clustered(1000, dimension: 2), metric, recall: 0.99)
        try check(kind, .gaussian(1000, dimension: 3), metric, recall: 0.99)
        try check(kind, .clustered(1000, dimension: 17), metric, recall: 0.99)
        try check(kind, .gaussian(1000, dimension: 100), metric, recall: 0.97)
    }

    @Test(arguments: TestedKind.allCases, allMetrics)
    func manyEqualDistances(kind: TestedKind, metric: DistanceMetric) throws {
        try check(kind, .grid(1000, dimension: 1), metric, recall: 0.99)
        try check(kind, .grid(1000, dimension: 3), metric, recall: 0.99)
        try check(kind, .grid(500, dimension: 17), metric, recall: 0.99)
    }

    @Test(arguments: TestedKind.allCases, [DistanceMetric.l2, .cosine, .innerProduct, .l1])
    func threeThousandVectors(kind: TestedKind, metric: DistanceMetric) throws {
        try check(kind, .clustered(3000, dimension: 17), metric, recall: 0.99)
        try check(kind, .gaussian(3000, dimension: 100), metric, recall: 0.95, efSearch: 200)
    }

    @Test(arguments: TestedKind.allCases, [DistanceMetric.l2Squared, .cosine, .innerProduct])
    func threeThousandLongVectors(kind: TestedKind, metric: DistanceMetric) throws {
        try check(kind, .clustered(3000, dimension: 784), metric, recall: 0.99)
    }

    @Test(arguments: TestedKind.allCases, allMetrics)
    func equalVectors(kind: TestedKind, metric: DistanceMetric) throws {
        try check(kind, .allEqual(700, dimension: 5), metric, recall: 1)
        try check(kind, .copies(dimension: 17), metric, recall: 0.99)
    }

    @Test(arguments: TestedKind.allCases, allMetrics)
    func zeroVectors(kind: TestedKind, metric: DistanceMetric) throws {
        try check(kind, .zeros(30, of: 200, dimension: 9), metric, recall: 0.99)
        try check(kind, .zeros(199, of: 200, dimension: 9), metric, recall: 1)
        try check(kind, .zeros(50, of: 50, dimension: 4), metric, recall: 1)
        try check(kind, .zeros(1, of: 1, dimension: 1), metric, recall: 1)
    }

    @Test(arguments: IndexCatalog.kinds)
    func aZeroVectorIsAtCosineDistanceOne(kind: IndexKind) throws {
        let set = VectorSet(
            "two and a zero", [[0, 0], [1, 0], [-1, 0]], queries: [[2, 0], [0, 0]], dimension: 2)
        let index = try build(kind, set, .cosine)
        let found = try index.search(set.queries[0], k: 3)
        #expect(found.map(\.row.position) == [1, 0, 2])
        #expect(found.map(\.distance) == [0, 1, 2])
        let ofZero = try index.search(set.queries[1], k: 3)
        #expect(ofZero.map(\.row.position) == [0, 1, 2])
        #expect(ofZero.map(\.distance) == [1, 1, 1])
    }

    // Which codes suit norms that differ so much is measured; what is asked for is taken as it is.
    @Test(arguments: TestedKind.allCases.filter(\.keepsNumbers), allMetrics)
    func growingNorms(kind: TestedKind, metric: DistanceMetric) throws {
        try check(kind, .growingNorms(1000, dimension: 20), metric, recall: 0.95)
    }

    @Test(arguments: IndexCatalog.kinds)
    func theLargestProductComesFirst(kind: IndexKind) throws {
        let set = VectorSet(
            "three", [[1, 0], [0, 5], [3, 0]], queries: [[2, 1]], dimension: 2)
        let found = try build(kind, set, .innerProduct)
            .search(set.queries[0], k: 3)
        #expect(found.map(\.row.position) == [2, 1, 0])
        #expect(found.map(\.distance) == [-6, -5, -2])
    }

    @Test(arguments: TestedKind.allCases.filter(\.keepsNumbers), allMetrics)
    func outliers(kind: TestedKind, metric: DistanceMetric) throws {
        // Next to vectors a thousand times as long, all others are one point to the inner product.
        let floor = metric == .innerProduct ? 0.7 : 0.95
        try check(kind, .outliers(1000, dimension: 10), metric, recall: floor)
    }

    /// Distances whose squares leave the range of `f32`, or that are far smaller than the vectors; the
    /// metrics that square them refuse the huge ones.
    @Test(arguments: TestedKind.exact, allMetrics)
    func extremeMagnitudesAreExact(kind: TestedKind, metric: DistanceMetric) throws {
        for set in [
            VectorSet.gaussian(300, dimension: 17).mapped("far from zero") { _, x in x + 10_000 },
            .gaussian(300, dimension: 17).mapped("huge") { _, x in x * 1e25 },
            .gaussian(300, dimension: 17).mapped("tiny") { _, x in x * 1e-25 },
            .gaussian(300, dimension: 17).mapped("subnormal") { _, x in x * 0x1p-140 },
            .gaussian(300, dimension: 5).mapped("of all sizes") { row, x in
                x * Float(sign: .plus, exponent: row % 120 - 60, significand: 1)
            },
        ] {
            try check(kind, set, metric, recall: 1)
        }
    }
}
