import Flat
import IndexDefinitions
import LinearAlgebra
import Matrix
import TestSupport
import Testing
import VectorCore
import VectorKernels

/// Exact kinds over vectors of every length that a metric takes.
@Suite struct MagnitudeTests {
    private static let metrics = allMetrics + [.minkowski(p: 32)]

    /// A power of two changes no order, so the rows that are found are the same; or it is refused.
    @Test(arguments: metrics)
    func ordersAreRightAtEveryMagnitude(metric: DistanceMetric) throws {
        let set = VectorSet.gaussian(200, dimension: 9)
        let expected = try FlatIndex.build(set.matrix, metric: metric)
            .searchBatch(set.queryMatrix, k: 200, threads: 1)
            .map { $0.map(\.row) }
        for exponent in stride(from: -100, through: 122, by: 6) {
            let scaled = set.mapped("times 2^\(exponent)") { _, number in
                number * Float(sign: .plus, exponent: exponent, significand: 1)
            }
            let place: Comment = "\(metric), \(scaled)"
            guard scaled.matrix.holdsDistances(metric) else {
                expectRefusal(scaled, metric, place)
                continue
            }
            for answers in try everyWay(scaled, metric) {
                #expect(answers.map { $0.map(\.row) } == expected, place)
                #expect(answers.joined().allSatisfy { $0.distance.isFinite }, place)
            }
        }
    }

    /// What of numbers this small is left are few bits, which have an order too.
    @Test(arguments: metrics, [Float(1e-30), 0x1p-127, 0x1p-143])
    func tinyVectorsHaveTheOrderOfDoublePrecision(metric: DistanceMetric, size: Float) throws {
        let set = VectorSet.gaussian(200, dimension: 9).mapped("times \(size)") { $1 * size }
        let kernel = DistanceKernel(metric)
        let queries = set.queryMatrix
        let vectors = set.matrix
        let expected = (0..<queries.rows).map { query in
            (0..<vectors.rows).map { row in
                (
                    distance: unsafe kernel.precise(
                        queries.pointer(row: query), vectors.pointer(row: row), dimension: 9),
                    row: row
                )
            }
            .sorted { ($0.distance, $0.row) < ($1.distance, $1.row) }
            .map { Neighbor(row: RowID($0.row), distance: Float($0.distance)) }
        }
        for answers in try everyWay(set, metric) {
            #expect(
                zip(answers, expected).allSatisfy { areIdentical($0, $1) }, "\(metric), \(set)")
        }
    }

    @Test(arguments: metrics.filter { $0 != .cosine })
    func queriesWhoseDistancesAreTooLongAreRefused(metric: DistanceMetric) throws {
        let set = VectorSet.gaussian(50, dimension: 9)
        let flat = try FlatIndex.build(set.matrix, metric: metric)
        let version = ScannedVectors(ExactSearch(set.matrix, metric: metric))
        let matrix = try MatrixIndex.build(
            set.matrix, metric: metric, byteLimit: .max, threads: 1)
        let long = [Float](repeating: .greatestFiniteMagnitude, count: 9)
        let rows = RowSet(all: 50)
        for count in [2, 40] {
            let queries = FloatMatrix(
                [set.queries[0]] + .init(repeating: long, count: count - 1), columns: 9)
            let ways: [() throws -> [[Neighbor]]] = [
                { [try flat.search(long.span, k: 3)] },
                { try flat.searchBatch(queries, k: 3, threads: 1) },
                { try flat.searchBatch(queries, k: 3, among: rows, threads: 1) },
                { try flat.searchBatch(queries, k: 3, within: .infinity, among: rows, threads: 1) },
                { [try version.search(long.span, k: 3)] },
                { try version.searchBatch(queries, k: 3, threads: 1) },
                { try version.searchBatch(queries, k: 3, among: rows, threads: 1) },
                {
                    try version.searchBatch(
                        queries, k: 3, within: .infinity, among: rows, threads: 1)
                },
                { [try matrix.search(long.span, k: 3)] },
                { try matrix.searchBatch(queries, k: 3, threads: 1) },
                { try matrix.searchBatch(queries, k: 3, among: rows, threads: 1) },
                {
                    try matrix.searchBatch(
                        queries, k: 3, within: .infinity, among: rows, threads: 1)
                },
            ]
            for (way, search) in ways.enumerated() {
                let error = #expect(throws: IndexError.self, "way \(way)") { _ = try search() }
                #expect(error?.code == .invalidParameter)
                #expect(error?.message.contains("scale the vectors and the queries down") == true)
            }
        }
    }

    private func expectRefusal(
        _ set: VectorSet, _ metric: DistanceMetric, _ place: Comment
    ) {
        let few = VectorSet.gaussian(3, dimension: set.dimension).matrix
        let ways: [() throws -> Void] = [
            { _ = try FlatIndex.build(set.matrix, metric: metric) },
            { _ = try ScannedVectors(checking: few, metric: metric).adding(set.matrix) },
            { _ = try MatrixIndex.build(set.matrix, metric: metric, byteLimit: .max, threads: 1) },
        ]
        for way in ways {
            let error = #expect(throws: IndexError.self, place) { try way() }
            #expect(error?.code == .invalidParameter, place)
        }
    }

    /// All neighbours of the queries, by each way of each exact kind.
    private func everyWay(_ set: VectorSet, _ metric: DistanceMetric) throws -> [[[Neighbor]]] {
        let count = set.vectors.count
        let rows = RowSet(all: count)
        let queries = set.queryMatrix
        let flat = try FlatIndex.build(set.matrix, metric: metric)
        let matrix = try MatrixIndex.build(
            set.matrix, metric: metric, byteLimit: .max, threads: 2)
        // The rows' own lists are those of queries that are rows.
        let all = try flat.searchBatch(
            set.matrix, k: count, threads: 2)
        for (row, neighbors) in all.enumerated() {
            #expect(areIdentical(matrix.list(of: row), neighbors), "\(metric), \(set), row \(row)")
        }
        return try [
            set.queries.map {
                try flat.search($0.span, k: count)
            },
            flat.searchBatch(queries, k: count, threads: 1),
            flat.searchBatch(queries, k: count, among: rows, threads: 1),
            flat.searchBatch(queries, k: count, within: .infinity, among: rows, threads: 1),
            matrix.searchBatch(queries, k: count, threads: 1),
            matrix.searchBatch(queries, k: count, within: .infinity, among: rows, threads: 1),
        ]
    }
}
