import FeatureStorage
import Foundation
import IndexCatalog
import IndexDefinitions
import JSON
import PayloadFilter
import SearchService
import Synchronization
import TestSupport
import Testing
import VectorCore

/// Graphs whose vectors are only in the store, held against those that keep them and against a scan.
@Suite struct StoredVectorsTests {
    private let folder: TemporaryFolder
    private static let dimension = 36

    init() throws {
        folder = try TemporaryFolder()
    }

    private func entries(
        _ vectors: [[Float]], from first: UInt64 = 0
    ) -> [VectorUpsertRequest.Entry] {
        vectors.enumerated().map {
            let id = first + UInt64($0.offset)
            return .init(
                id: .number(id), vector: .f32($0.element),
                payload: ["label": .string("l\(id % 5)"), "half": .bool(id % 2 == 0)])
        }
    }

    private func upsert(
        _ vectors: [[Float]], from first: UInt64 = 0, into engine: Engine,
        _ metric: DistanceMetric = .l2
    ) throws {
        try engine.upsert(
            VectorUpsertRequest(
                collection: "c", vector: "v", metric: metric,
                entries: entries(vectors, from: first)))
    }

    private func build(
        _ engine: Engine, _ vectors: VectorPlace, codes: VectorCodes? = nil
    ) throws -> IndexSummary {
        try engine.buildIndex(
            IndexBuildRequest(
                collection: "c", kind: .hnsw,
                parameters: HNSWParameters(codes: codes, vectors: vectors).values))
    }

    private func request(
        _ queries: [[Float]], k: Int = 7, effort: SearchEffort = .usual,
        scope: SearchScope = SearchScope()
    ) -> VectorSearchRequest {
        VectorSearchRequest(
            collection: "c", queries: FloatMatrix(queries, columns: Self.dimension), k: k,
            mode: .kind(.hnsw), effort: effort, threads: 2, scope: scope)
    }

    /// All kinds of searches of one store.
    private func requests(_ queries: [[Float]]) throws -> [VectorSearchRequest] {
        let filter = try PayloadFilter(
            json: ["must": [["key": "half", "match": ["value": true]]]])
        var requests: [VectorSearchRequest] = []
        for k in [1, 10, 1000] {
            requests += [
                request(queries, k: k), request(queries, k: k, effort: .setting(200)),
                request(queries, k: k, scope: SearchScope(filter: filter)),
                request(queries, k: k, scope: SearchScope(within: 6)),
                request(queries, k: k, scope: SearchScope(filter: filter, within: 3, offset: 2)),
                request(
                    queries, k: min(k, 5),
                    scope: SearchScope(
                        grouping: .init(by: try FieldPath("label"), size: 3))),
            ]
        }
        requests.append(request(queries, effort: .recall(0.95)))
        return requests
    }

    /// The same points at the same distances as where the index has its vectors: as it was built, after
    /// changes, and opened again.
    @Test(arguments: [DistanceMetric.l2, .cosine, .innerProduct, .l1])
    func answersAreThoseOfAnIndexWithItsVectors(metric: DistanceMetric) throws {
        try withEverySeed(0..<2) { generator, seed in
            let stores = VectorPlace.allCases.map { folder.path("\($0)-\(metric)-\(seed)") }
            var engines = try stores.map { try Engine(store: $0, access: .readWrite) }
            var vectors = randomVectors(900, dimension: Self.dimension, using: &generator)
            // Equal ones and zeros among those that are there at first, and among those that come.
            for row in stride(from: 5, to: 900, by: 60) { vectors[row] = vectors[row - 1] }
            for row in stride(from: 7, to: 900, by: 150) {
                vectors[row] = [Float](repeating: 0, count: Self.dimension)
            }
            let queries =
                randomVectors(5, dimension: Self.dimension, using: &generator)
                + [vectors[4], vectors[7]]
            for (engine, place) in zip(engines, VectorPlace.allCases) {
                try upsert(Array(vectors[..<600]), into: engine, metric)
                let codes = VectorCodes.allCases.first {
                    $0 != .f32 && $0 != .f16 && $0.supports(metric)
                }
                let index = try build(engine, place, codes: codes)
                #expect(index.parameters.contains("vectors store") == (place == .store))
            }
            func expectSame(_ what: String, isExactly: Bool = false) throws {
                var (common, all) = (0, 0)
                for request in try requests(queries) {
                    let answers = try engines.map { try $0.search(request) }
                    let label: Comment = "\(metric), seed \(seed), \(what), k \(request.k)"
                    #expect(answers.allSatisfy { $0.warnings.isEmpty && $0.kind == "hnsw" })
                    if isExactly {
                        #expect(answers[0].matches == answers[1].matches, label)
                        #expect(answers[0].groups == answers[1].groups, label)
                    }
                    for (left, right) in zip(answers[0].matches, answers[1].matches) {
                        #expect(left.count == right.count, label)
                        #expect(right.map(\.distance) == right.map(\.distance).sorted(), label)
                        let known = Dictionary(
                            uniqueKeysWithValues: left.map { ($0.id, $0.distance) })
                        #expect(Set(right.map(\.id)).count == right.count, label)
                        #expect(right.allSatisfy { known[$0.id] ?? $0.distance == $0.distance })
                        common += right.count { known[$0.id] != nil }
                        all += right.count
                    }
                }
                // What the background has done by then may differ.
                #expect(Double(common) >= 0.98 * Double(all), "\(what): \(common) of \(all)")
                for id in ["8", "451"] {
                    let answers = try engines.map {
                        try $0.search(
                            SearchRequest(
                                collection: "c", query: .id(id), k: 9, mode: .kind(.hnsw)))
                    }
                    let hits = answers.map { $0.answers[0].hits.map { ($0.id, $0.distance) } }
                    #expect(
                        !isExactly || hits[0].elementsEqual(hits[1], by: ==), "\(what), \(id)")
                    #expect(hits[1].count == 9 && !hits[1].contains { $0.0 == id })
                }
            }
            try expectSame("as built", isExactly: true)
            for engine in engines {
                try upsert(Array(vectors[580...]), from: 580, into: engine, metric)
                let gone = stride(from: UInt64(0), to: 900, by: 9).map { PointID.number($0) }
                try engine.deletePoints(gone, in: "c")
            }
            try expectSame("changed")
            engines = []
            engines = try stores.map { try Engine(store: $0, access: .readOnly) }
            try expectSame("opened again")
            let sizes = try engines.map { try $0.indexes()[0].fileByteCount }
            #expect(sizes[0] - sizes[1] >= 600 * Self.dimension * 4)
        }
    }

    /// Random changes and searches, against all that is there by a plain scan.
    @Test func followsRandomChanges() throws {
        try withEverySeed(0..<3) { generator, seed in
            let engine = try Engine(store: folder.path("random-\(seed)"), access: .readWrite)
            var present: [UInt64: [Float]] = [:]
            func write(_ ids: [UInt64], _ generator: inout SplitMix64) throws {
                for id in ids {
                    let vector = randomVectors(1, dimension: Self.dimension, using: &generator)
                    present[id] = vector[0]
                    try upsert(vector, from: id, into: engine)
                }
            }
            try upsert(
                randomVectors(1, dimension: Self.dimension, using: &generator), into: engine)
            try write(Array(0..<120), &generator)
            _ = try build(engine, .store, codes: .rq8)
            for round in 0..<25 {
                let ids = (0..<8).map { _ in UInt64.random(in: 0..<200, using: &generator) }
                if Bool.random(using: &generator) {
                    try write(ids, &generator)
                } else {
                    let gone = Set(ids).filter { present.removeValue(forKey: $0) != nil }
                    try engine.deletePoints(gone.map { .number($0) }, in: "c")
                }
                let queries = randomVectors(3, dimension: Self.dimension, using: &generator)
                for k in [1, 10, 500] {
                    let found = try engine.search(request(queries, k: k, effort: .setting(300)))
                    for (query, matches) in zip(queries, found.matches) {
                        let expected = present.map {
                            (ReferenceSearch.distance(.l2, query, $0.value), $0.key)
                        }.sorted { $0 < $1 }.prefix(k)
                        #expect(
                            matches.map(\.id) == expected.map { .number($0.1) },
                            "seed \(seed), round \(round), k \(k)")
                        #expect(
                            zip(matches, expected).allSatisfy {
                                abs(Double($0.distance) - $1.0) < 1e-4
                            })
                    }
                }
            }
        }
    }

    /// Searches while others write end, and say what was true at some moment.
    @Test func searchesBesideAWriter() throws {
        var generator = SplitMix64(seed: 3)
        let engine = try Engine(store: folder.path("busy"), access: .readWrite)
        let vectors = randomVectors(300, dimension: Self.dimension, using: &generator)
        try upsert(vectors, into: engine)
        _ = try build(engine, .store)
        let isDone = Atomic<Bool>(false)
        let moved = vectors.map { $0.map { $0 + 100 } }
        let failures = Mutex<[String]>([])
        let queries = Array(vectors[..<6])
        DispatchQueue.concurrentPerform(iterations: 3) { thread in
            do {
                if thread == 0 {
                    // Each write moves all points near or far.
                    for turn in 0..<30 {
                        try upsert(turn % 2 == 0 ? moved : vectors, into: engine)
                    }
                    isDone.store(true, ordering: .releasing)
                    return
                }
                while !isDone.load(ordering: .acquiring) {
                    let scope = thread == 1 ? SearchScope() : SearchScope(within: 1e6)
                    let effort: SearchEffort = thread == 1 ? .recall(0.9) : .usual
                    let asked = request(queries, k: 300, effort: effort, scope: scope)
                    let found: VectorSearchResponse
                    do {
                        found = try engine.search(asked)
                    } catch let error as ServiceError where error.code == .busy {
                        // All vectors were others each time, which is said and not hidden.
                        continue
                    }
                    for matches in found.matches {
                        let far = matches.count { $0.distance > 300 }
                        let isOneMoment = matches.count == 300 && (far == 0 || far == 300)
                        if !isOneMoment {
                            failures.withLock { $0.append("\(matches.count), \(far) far") }
                        }
                    }
                }
            } catch {
                failures.withLock { $0.append("\(error)") }
                isDone.store(true, ordering: .releasing)
            }
        }
        #expect(failures.withLock { $0 } == [])
        let last = try engine.search(request(queries, k: 300))
        #expect(last.matches.allSatisfy { $0.count == 300 })
    }

    @Test func pagesGoOnWhereVectorsHaveChanged() throws {
        var generator = SplitMix64(seed: 4)
        let engine = try Engine(store: folder.path("pages"), access: .readWrite)
        let vectors = randomVectors(200, dimension: Self.dimension, using: &generator)
        try upsert(vectors, into: engine)
        _ = try build(engine, .store)
        var pages = try engine.pages(of: request([vectors[0]]))
        var seen: [PointID] = []
        while let page = try pages.next(30) {
            seen += page.map(\.id)
            try upsert(
                randomVectors(20, dimension: Self.dimension, using: &generator), from: 90,
                into: engine)
            if seen.count == 30 { try engine.deletePoints([.number(199)], in: "c") }
        }
        #expect(Set(seen).count == seen.count)
        #expect(Set(seen).isSuperset(of: (0..<199).map { .number($0) }))
    }

    /// What is measured, compared and scored is what an index with its vectors gives.
    @Test func isComparedAndEvaluated() throws {
        var generator = SplitMix64(seed: 6)
        let vectors = randomVectors(400, dimension: Self.dimension, using: &generator)
        var recalls: [[Double]] = []
        var scores: [Double] = []
        for place in VectorPlace.allCases {
            let engine = try Engine(store: folder.path("\(place)"), access: .readWrite)
            try upsert(vectors, into: engine)
            _ = try build(engine, place, codes: .rq8)
            let compared = try engine.compare(
                CompareRequest(collection: "c", k: 10, kinds: [.hnsw], queries: .sample(40)))
            #expect(compared.kinds[0].queriesSeen)
            recalls.append(compared.kinds[0].settings.map(\.recall))
            if place == .store {
                #expect(compared.kinds[0].bytesPerVector < Double(4 * Self.dimension + 200))
            }
            let report = try engine.evaluate(
                EvaluateRequest(collection: "c", kind: .hnsw, label: "label", k: 10))
            scores.append(report.fields[0].overall.score)
            #expect(try engine.verifyIndexes().allSatisfy { $0.fault == nil })
        }
        #expect(recalls[0] == recalls[1])
        #expect(scores[0] == scores[1])
    }

    @Test func aDamagedVectorIsAnErrorAndNoAnswer() throws {
        var generator = SplitMix64(seed: 7)
        let path = folder.path("damaged")
        let vectors = randomVectors(200, dimension: Self.dimension, using: &generator)
        do {
            let engine = try Engine(store: path, access: .readWrite)
            try upsert(vectors, into: engine)
            _ = try build(engine, .store)
        }
        let file = URL(fileURLWithPath: "\(path)/data.mdb")
        var bytes = try Data(contentsOf: file)
        let pattern = unsafe vectors[50].withUnsafeBytes { unsafe Data($0) }
        var place = try #require(bytes.firstRange(of: pattern))
        while true {
            bytes[place.lowerBound + 17] ^= 0x20
            guard let next = bytes.firstRange(of: pattern) else { break }
            place = next
        }
        try bytes.write(to: file)
        let engine = try Engine(store: path, access: .readOnly)
        for scope in [SearchScope(), SearchScope(within: 1e6)] {
            let error = #expect(throws: ServiceError.self) {
                try engine.search(request([vectors[50]], scope: scope))
            }
            #expect(error?.code == .invalidData)
            #expect(
                error?.message.contains("point 50 is damaged") == true,
                "\(String(describing: error))")
        }
        // Far from it nothing is wrong.
        let far = vectors.indices.max {
            ReferenceSearch.distance(.l2, vectors[50], vectors[$0])
                < ReferenceSearch.distance(.l2, vectors[50], vectors[$1])
        }
        let found = try engine.search(request([vectors[try #require(far)]], k: 1))
        #expect(found.matches[0].map(\.distance) == [0])
    }

    @Test func whatCannotBeIsRefused() throws {
        var generator = SplitMix64(seed: 8)
        let engine = try Engine(store: folder.path("refused"), access: .readWrite)
        try upsert(
            randomVectors(50, dimension: Self.dimension, using: &generator), into: engine)
        for (kind, codes) in [(IndexKind.flat, nil), (.matrix, nil), (.hnsw, VectorCodes.f32)] {
            let error = #expect(throws: ServiceError.self) {
                try engine.buildIndex(
                    IndexBuildRequest(
                        collection: "c", kind: kind,
                        parameters: HNSWParameters(codes: codes, vectors: .store).values))
            }
            #expect(error?.code == .invalidRequest, "\(kind)")
        }
        try engine.upsert(
            VectorUpsertRequest(
                collection: "few", vector: "v",
                entries: randomVectors(50, dimension: 8, using: &generator).enumerated().map {
                    .init(id: .number(UInt64($0.offset)), vector: .f32($0.element))
                }))
        let error = #expect(throws: ServiceError.self) {
            try engine.buildIndex(
                IndexBuildRequest(
                    collection: "few", kind: .hnsw,
                    parameters: HNSWParameters(vectors: .store).values))
        }
        #expect(error?.code == .invalidRequest)
        #expect(try engine.indexes().isEmpty)
    }
}
