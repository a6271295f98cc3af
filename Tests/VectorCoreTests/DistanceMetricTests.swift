import Testing
import VectorCore

@Suite struct DistanceMetricTests {
    static let metrics: [DistanceMetric] = [
        .l2, .l2Squared, .cosine, .innerProduct, .l1, .minkowski(p: 1), .minkowski(p: 1.5),
        .minkowski(p: 3), .minkowski(p: 32),
    ]

    @Test(arguments: metrics)
    func itsNameNamesIt(metric: DistanceMetric) {
        #expect(DistanceMetric(name: metric.description) == metric)
        #expect(DistanceMetric(name: metric.description.uppercased()) == metric)
    }

    @Test(arguments: metrics)
    func itsCodeCodesIt(metric: DistanceMetric) {
        let (tag, parameter) = metric.encoded
        #expect(DistanceMetric(tag: tag, parameter: parameter) == metric)
    }

    @Test(arguments: [
        ("euclidean", DistanceMetric.l2), ("sqeuclidean", .l2Squared), ("dot", .innerProduct),
        ("manhattan", .l1), ("minkowski:3", .minkowski(p: 3)), ("Cosine", .cosine),
    ])
    func usualNamesAreUnderstood(name: String, metric: DistanceMetric) {
        #expect(DistanceMetric(name: name) == metric)
    }

    @Test(arguments: [
        "", "l3", "l2 ", "cosine:2", "minkowski", "minkowski:", "minkowski:0.5", "minkowski:-3",
        "minkowski:nan", "minkowski:inf", "minkowski:1e40", "minkowski:33", "minkowski:32.001",
        "minkowski:3:4", "minkowski:x", ":3",
    ])
    func otherNamesAreNot(name: String) {
        #expect(DistanceMetric(name: name) == nil)
    }

    @Test func unknownCodesAreNotRead() {
        for tag: UInt32 in [0, 7, .max] { #expect(DistanceMetric(tag: tag, parameter: 2) == nil) }
        for power: Float in [0, 0.999, -1, 32.001, 1e20, .nan, .infinity] {
            #expect(DistanceMetric(tag: 6, parameter: power) == nil)
        }
    }

    @Test(arguments: metrics)
    func theseMetricsAreValid(metric: DistanceMetric) throws {
        try metric.validate()
    }

    @Test(arguments: [Float(0.999), 0, -1, 32.001, 1e20, .nan, .infinity])
    func otherPowersAreNot(power: Float) {
        let error = #expect(throws: IndexError.self) {
            try DistanceMetric.minkowski(p: power).validate()
        }
        #expect(error?.code == .unsupportedMetric)
    }
}
