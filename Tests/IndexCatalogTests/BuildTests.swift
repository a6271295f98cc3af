import HNSW
import IndexCatalog
import IndexDefinitions
import TestSupport
import Testing
import VectorCore

/// What building promises whatever the kind.
@Suite struct BuildTests {
    private func expectRefusal(
        _ code: IndexError.Code, _ what: String, _ body: () throws -> Void
    ) {
        let error = #expect(throws: IndexError.self, "\(what)") { try body() }
        #expect(error?.code == code, "\(what): \(error?.message ?? "")")
        #expect(error?.message.hasSuffix(".") == true, "\(what): \(error?.message ?? "")")
    }

    @Test(arguments: IndexCatalog.kinds, allMetrics)
    func vectorsThatAreNotFiniteAreRefused(kind: IndexKind, metric: DistanceMetric) {
        for value in [Float.nan, .infinity, -.infinity] {
            for (row, column) in [(0, 0), (3, 16), (19, 2)] {
                var vectors = VectorSet.gaussian(20, dimension: 17).vectors
                vectors[row][column] = value
                let matrix = FloatMatrix(vectors, columns: 17)
                expectRefusal(.notFinite, "\(value) in row \(row)") {
                    _ = try build(kind, matrix, metric: metric)
                }
            }
        }
    }

    @Test(arguments: IndexCatalog.kinds, [Float(0.5), 0, -1, 33, .nan, .infinity])
    func powersThatGiveNoMetricAreRefused(kind: IndexKind, power: Float) {
        expectRefusal(.unsupportedMetric, "p = \(power)") {
            _ = try build(kind, .gaussian(20, dimension: 3), .minkowski(p: power))
        }
    }

    @Test(arguments: IndexCatalog.kinds)
    func vectorsOfNoNumbersAreRefused(kind: IndexKind) {
        let set = VectorSet("3 × 0", [[], [], []], queries: [], dimension: 0)
        expectRefusal(.invalidParameter, "dimension 0") { _ = try build(kind, set, .l2) }
    }

    @Test(arguments: IndexCatalog.kinds, allMetrics)
    func anIndexOfNothingAnswersNothing(kind: IndexKind, metric: DistanceMetric) throws {
        let set = VectorSet("nothing", [], queries: [[1, 2, 3]], dimension: 3)
        let index = try build(kind, set, metric)
        #expect(index.count == 0)
        #expect(index.dimension == 3)
        let parameters = SearchLimits.Effort.usual
        #expect(try index.search(set.queries[0], k: 4, parameters).isEmpty)
        let batch = try index.searchBatch(
            set.queryMatrix, k: 4, effort: parameters, threads: 2)
        #expect(batch == [[]])
    }

    @Test func aMatrixThatDoesNotFitIsRefused() throws {
        var options = testOptions()
        options.parameters["byteLimit"] = .number(10_000)
        let set = VectorSet.gaussian(200, dimension: 3)
        expectRefusal(.invalidParameter, "200 × 200 in 10,000 bytes") {
            _ = try build(.matrix, set, .l2, options: options)
        }
    }

    @Test func graphParametersOutOfRangeAreRefused() {
        let set = VectorSet.gaussian(20, dimension: 3)
        for (m, efConstruction, efSearch) in [
            (1, 100, 64), (0, 100, 64), (-16, 100, 64), (513, 100, 64), (16, 0, 64),
            (16, 100_001, 64), (16, 100, 0), (16, 100, 1_000_001), (.max, .max, .max),
        ] {
            expectRefusal(.invalidParameter, "\(m), \(efConstruction), \(efSearch)") {
                let parameters = HNSWParameters(
                    m: m, efConstruction: efConstruction, efSearch: efSearch)
                _ = try build(
                    .hnsw, set, .l2, options: BuildOptions(hnsw: parameters, threads: 1))
            }
        }
    }

    /// What is published is the same, byte for byte.
    @Test(arguments: IndexCatalog.kinds)
    func theSameIndexIsBuiltWhateverTheThreads(kind: IndexKind) throws {
        let folder = try TemporaryFolder()
        for (set, metric) in [
            // So many that batches are searched region by region.
            (VectorSet.clustered(2500, dimension: 17), DistanceMetric.l2),
            (.copies(dimension: 6), .cosine), (.growingNorms(800, dimension: 9), .innerProduct),
            (.grid(800, dimension: 3), .l1), (.allEqual(300, dimension: 3), .minkowski(p: 3)),
        ] {
            let files = try [1, 1, 2, 3, 16].map { threads in
                let index = try build(kind, set, metric, options: testOptions(threads: threads))
                return try Published(index, in: folder).bytes
            }
            for (number, bytes) in files.enumerated().dropFirst() {
                #expect(bytes == files[0], "\(set), \(metric), build \(number)")
            }
        }
    }

    @Test(arguments: [IndexKind.matrix, .hnsw])
    func progressRisesToTheEnd(kind: IndexKind) throws {
        let log = ProgressLog()
        var options = testOptions()
        options.progress = { log.append($0, of: $1) }
        _ = try build(kind, .gaussian(700, dimension: 3), .l2, options: options)
        #expect(log.totals == [700])
        #expect(log.done.last == 700)
        #expect(zip(log.done, log.done.dropFirst()).allSatisfy { $0 <= $1 })
    }
}
