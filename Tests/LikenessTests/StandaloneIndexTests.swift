import Evaluation
import IndexCatalog
import IndexDefinitions
import Likeness
import SearchService
import TestSupport
import Testing
import VectorCore

let allMetrics: [DistanceMetric] = [
    .l2, .l2Squared, .cosine, .innerProduct, .l1, .minkowski(p: 1.5), .minkowski(p: 3),
]

/// Ids that are neither ascending nor near zero, each once.
func scattered(_ count: Int) -> [UInt64] {
    (0..<UInt64(count)).map { ($0 &* 0x9E37_79B9_7F4A_7C15) ^ 0x55 }
}

func makeIndex(
    _ kind: IndexKind, _ set: VectorSet, _ metric: DistanceMetric, ids: [UInt64]? = nil
) throws -> StandaloneIndex {
    try StandaloneIndex.build(
        set.matrix, ids: ids, kind: kind, metric: metric, options: BuildOptions(threads: 2))
}

func expectError<R>(
    _ code: ServiceError.Code, saying word: String = "",
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> R
) {
    do {
        _ = try body()
        Issue.record("It succeeded.", sourceLocation: sourceLocation)
    } catch let error as ServiceError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        if !word.isEmpty {
            #expect(error.message.contains(word), sourceLocation: sourceLocation)
        }
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
}

/// Answers of every kind under every metric, held to a plain scan in double precision.
@Suite struct StandaloneIndexTests {
    private let sets: [VectorSet] = [
        .gaussian(400, dimension: 17), .clustered(300, dimension: 16), .grid(300, dimension: 3),
        .zeros(30, of: 200, dimension: 9), .allEqual(50, dimension: 5),
        .gaussian(1, dimension: 1),
    ]

    /// Holds an answer to the exact distances: as many as there are, each right, each as near as
    /// that rank's true one, ties in the order in which vectors were given.
    private func check(
        _ matches: [IndexMatch], _ query: [Float], _ set: VectorSet, _ ids: [UInt64],
        _ metric: DistanceMetric, k: Int, _ what: String
    ) throws {
        let reference = ReferenceSearch(set.vectors, metric: metric)
        let distances = reference.distances(from: query)
        let sorted = distances.sorted()
        #expect(matches.count == min(k, ids.count), "\(what)")
        #expect(Set(matches.map(\.id)).count == matches.count, "\(what)")
        var last: Int?
        for (rank, match) in matches.enumerated() {
            let row = try #require(ids.firstIndex(of: match.id), "\(what)")
            // A graph's vectors under cosine are rounded once more, which is 1e-6 of 1 at most.
            let scale = max(reference.scale(of: distances[row], from: query, to: row), 1e-30)
            let bound = 1e-6 * scale + 1e-30
            #expect(abs(Double(match.distance) - distances[row]) <= bound, "\(what), rank \(rank)")
            #expect(abs(distances[row] - sorted[rank]) <= 2 * bound, "\(what), rank \(rank)")
            // Distances may tie only after they were rounded, unless the vectors are equal.
            if let last, set.vectors[last] == set.vectors[row] {
                #expect(last < row, "\(what), rank \(rank)")
            }
            last = row
        }
    }

    @Test(arguments: IndexCatalog.kinds, allMetrics)
    func exactAnswersAreThoseOfAScan(kind: IndexKind, metric: DistanceMetric) throws {
        for set in sets {
            for ids in [nil, scattered(set.vectors.count)] {
                let index = try makeIndex(kind, set, metric, ids: ids)
                let known = ids ?? (0..<UInt64(set.vectors.count)).map { $0 }
                #expect(index.ids == known)
                #expect(index.count == known.count && index.dimension == set.dimension)
                #expect(index.memoryBytes >= 4 * set.vectors.count * set.dimension)
                for k in [1, 10, known.count + 3] {
                    let batch = try index.searchBatch(
                        set.queryMatrix, k: k, effort: .exact, threads: 2)
                    for (query, matches) in zip(set.queries, batch) {
                        let what = "\(kind), \(metric), \(set), k \(k)"
                        let single = try index.search(query, k: k, effort: .exact)
                        #expect(single == matches, "\(what)")
                        try check(matches, query, set, known, metric, k: k, what)
                    }
                }
            }
        }
    }

    @Test(arguments: allMetrics)
    func aRecallIsReached(metric: DistanceMetric) throws {
        let set = VectorSet.clustered(2000, dimension: 17)
        let index = try makeIndex(.hnsw, set, metric)
        for aim in [0.5, 0.9, 0.99] {
            let found = try index.searchBatch(set.queryMatrix, k: 10, effort: .recall(aim))
            let exact = try index.searchBatch(set.queryMatrix, k: 10, effort: .exact)
            let shares = zip(found, exact).map { found, exact in
                let worst = exact.last?.distance ?? 0
                return Double(found.count { $0.distance <= worst + 1e-5 * abs(worst) + 1e-6 }) / 10
            }
            let recall = shares.reduce(0, +) / Double(shares.count)
            // A sixteenth of the sample's queries: what is measured there is only near here.
            #expect(recall >= aim - 0.15, "\(metric), \(aim): \(recall)")
        }
        #expect(
            try index.search(set.queries[0], k: 3, effort: .recall(0.9)).count == 3)
    }

    @Test func theSmallestSettingThatReachesARecallIsTaken() throws {
        let set = VectorSet.gaussian(3000, dimension: 24)
        let graph = try HNSWIndex.build(
            set.matrix, metric: .l2, parameters: HNSWParameters(m: 4, efConstruction: 20),
            threads: 2)
        let settings = try [0.3, 0.6, 0.8, 0.9, 0.95].map {
            try graph.setting(reaching: $0, k: 10)
        }
        #expect(settings == settings.sorted() && settings[0] >= 10)
        #expect(settings[4] > settings[0], "\(settings)")
        for wrong in [0, -1, 1.01, .nan, .infinity] {
            let error = #expect(throws: IndexError.self) {
                try graph.setting(reaching: wrong, k: 10)
            }
            #expect(error?.message.contains("above 0") == true)
        }
        #expect(try graph.setting(reaching: 0.9, k: 5000) == 3000)
        // Without a table all are looked at, as long as they are few.
        let unmeasured = try HNSWIndex.build(
            set.matrix, metric: .l2, parameters: HNSWParameters(m: 4, measuresRecall: false),
            threads: 2)
        #expect(unmeasured.recallTable == nil)
        #expect(try unmeasured.setting(reaching: 0.9, k: 10) == 3000)
    }

    @Test func itSaysWhichCodesItsGraphCompares() throws {
        let set = VectorSet.gaussian(200, dimension: 40)
        let folder = try TemporaryFolder()
        for codes in VectorCodes.allCases {
            let metric: DistanceMetric = codes.supports(.l2) ? .l2 : .l1
            let index = try StandaloneIndex.build(
                set.matrix, kind: .hnsw, metric: metric,
                options: BuildOptions(hnsw: HNSWParameters(codes: codes), threads: 2))
            #expect(index.parameters.word("codes") == codes.rawValue && index.fault == nil)
            try index.add(set.queryMatrix)
            try index.settle()
            #expect(index.parameters.word("codes") == codes.rawValue && index.fault == nil)
            try index.save(to: folder.path("index"))
            #expect(
                try StandaloneIndex.open(folder.path("index")).parameters.word("codes")
                    == codes.rawValue)
        }
        for kind in [IndexKind.flat, .matrix] {
            let index = try makeIndex(kind, set, .l2)
            try index.settle()
            #expect(index.parameters.isEmpty && index.fault == nil)
        }
    }

    @Test(arguments: IndexCatalog.kinds)
    func wrongInputIsRefused(kind: IndexKind) throws {
        let set = VectorSet.gaussian(20, dimension: 4)
        let ids = scattered(20)
        expectError(.invalidRequest, saying: "19 ids for 20") {
            try makeIndex(kind, set, .l2, ids: Array(ids.dropLast()))
        }
        expectError(.invalidRequest, saying: "position 20 stands at position 3") {
            try StandaloneIndex.build(
                .init(set.vectors + [set.vectors[0]], columns: 4), ids: ids + [ids[3]],
                kind: kind, metric: .l2)
        }
        expectError(.invalidData, saying: "Number 1 of vector 2") {
            try StandaloneIndex.build(
                .init([[1, 2], [3, 4], [5, .nan]], columns: 2), kind: kind, metric: .l2)
        }
        if kind == .hnsw {
            let parameters = HNSWParameters(codes: .rq8, vectors: .store)
            expectError(.invalidRequest, saying: "in a store") {
                try StandaloneIndex.build(
                    set.matrix, kind: kind, metric: .l2,
                    options: BuildOptions(hnsw: parameters, threads: 2))
            }
        }
        let index = try makeIndex(kind, set, .l2, ids: ids)
        expectError(.invalidData) { try index.search([1, 2, 3], k: 1) }
        expectError(.invalidData) { try index.search([1, 2, 3, .infinity], k: 1) }
        expectError(.invalidRequest) { try index.search([1, 2, 3, 4], k: 0) }
    }
}
