import FeatureStorage
import IndexCatalog
import IndexDefinitions
import JSON
import PayloadFilter
import SearchService
import TestSupport
import Testing
import VectorCore

/// Searches of points that fulfil a filter, held against a scan and an interpreter of the filter's JSON.
@Suite struct FilteredSearchTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// What a store should hold.
    private struct Truth {
        var points: [UInt64: (vector: [Float], payload: JSONObject)] = [:]

        /// The points that match, nearest first.
        func nearest(
            to query: [Float], _ metric: DistanceMetric, _ filter: JSONValue
        ) -> [(id: UInt64, distance: Double)] {
            points
                .filter { filterOracle(filter, id: JSONValue($0.key), payload: $0.value.payload) }
                .map { ($0.key, ReferenceSearch.distance(metric, query, $0.value.vector)) }
                .sorted { ($0.1, $0.0) < ($1.1, $1.0) }
        }
    }

    /// A store whose points have been written, indexed, and then changed in part.
    private func filled(
        _ name: String, kind: IndexKind?, metric: DistanceMetric, count: Int,
        using generator: inout SplitMix64
    ) throws -> (engine: Engine, truth: Truth) {
        let engine = try Engine(store: folder.path(name), access: .readWrite)
        var truth = Truth()
        func write(_ ids: some Sequence<UInt64>, _ generator: inout SplitMix64) throws {
            var entries: [VectorUpsertRequest.Entry] = []
            for id in ids {
                let vector = randomVectors(1, dimension: 6, using: &generator)[0]
                let payload = RandomFilters.payload(using: &generator)
                truth.points[id] = (vector, payload)
                entries.append(.init(id: .number(id), vector: .f32(vector), payload: payload))
            }
            try engine.upsert(
                VectorUpsertRequest(
                    collection: "c", vector: "v", metric: metric, entries: entries))
        }
        try write(0..<UInt64(count), &generator)
        if let kind { _ = try engine.buildIndex(IndexBuildRequest(collection: "c", kind: kind)) }
        for (key, type) in [("label", PayloadIndexType.keyword), ("score", .float)] {
            try engine.createPayloadIndex(on: try FieldPath(key), type: type, in: "c")
        }
        try write(stride(from: UInt64(1), to: UInt64(count + 40), by: 7), &generator)
        let gone = stride(from: UInt64(0), to: UInt64(count), by: 11).filter {
            truth.points.removeValue(forKey: $0) != nil
        }
        try engine.deletePoints(gone.map { .number($0) }, in: "c")
        try engine.createPayloadIndex(on: try FieldPath("size"), type: .integer, in: "c")
        return (engine, truth)
    }

    private func isSame(
        _ found: [PointMatch], _ expected: [(id: UInt64, distance: Double)], k: Int,
        _ what: String
    ) {
        let wanted = expected.prefix(k)
        let distances = found.map(\.distance)
        let ids = found.compactMap { if case .number(let id) = $0.id { id } else { nil } }
        #expect(found.count == wanted.count, "\(what)")
        #expect(Set(ids).count == found.count, "\(what)")
        #expect(distances == distances.sorted(), "\(what)")
        let known = Dictionary(uniqueKeysWithValues: expected.map { ($0.id, $0.distance) })
        for (match, (id, rank)) in zip(found, zip(ids, wanted)) {
            // Equal distances may come in another order.
            #expect(abs(Double(match.distance) - rank.distance) < 1e-5, "\(what)")
            guard let distance = known[id] else {
                Issue.record("\(id) does not match: \(what)")
                return
            }
            #expect(abs(Double(match.distance) - distance) < 1e-5, "\(what)")
        }
    }

    @Test(
        arguments: everyKindAndNone,
        [DistanceMetric.l2, .cosine, .innerProduct])
    func findsTheNearestThatMatch(kind: IndexKind?, metric: DistanceMetric) throws {
        try withEverySeed(0..<2) { generator, seed in
            let (engine, truth) = try filled(
                "\(kind?.rawValue ?? "none")-\(metric)-\(seed)", kind: kind, metric: metric,
                count: 100,
                using: &generator)
            let ids = truth.points.keys.sorted().map { JSONValue($0) }
            let queries = randomVectors(2, dimension: 6, using: &generator)
            for round in 0..<15 {
                let json = RandomFilters.filter(ids: ids, using: &generator)
                let filter = try PayloadFilter(json: json)
                let what = "seed \(seed), round \(round): \(json)"
                let expected = queries.map { truth.nearest(to: $0, metric, json) }
                #expect(
                    try engine.pointCount(in: "c", matching: filter) == expected[0].count,
                    "\(what)")
                for k in [1, 10, 1000] {
                    let response = try engine.search(
                        VectorSearchRequest(
                            collection: "c", queries: FloatMatrix(queries, columns: 6), k: k,
                            mode: kind.map { .kind($0) } ?? .automatic,
                            scope: SearchScope(filter: filter)))
                    for (expected, matches) in zip(expected, response.matches) {
                        isSame(matches, expected, k: k, "\(what), k \(k)")
                    }
                }
            }
        }
    }

    @Test(arguments: everyKindAndNone)
    func findsAllWithinADistance(kind: IndexKind?) throws {
        var generator = SplitMix64(seed: 5)
        let (engine, truth) = try filled(
            "store", kind: kind, metric: .l2, count: 200, using: &generator)
        let query = randomVectors(1, dimension: 6, using: &generator)
        let all = truth.nearest(to: query[0], .l2, [:])
        let filter: JSONValue = ["must": ["key": "size", "range": ["gte": 1]]]
        for rank in [0, 3, 60, all.count - 1] {
            // The bound is a distance that is there: it belongs to the answer.
            let within = Float(all[rank].distance)
            for (json, k) in [([:], 1_000_000_000), ([:], 5), (filter, 1_000_000_000)]
                as [(JSONValue, Int)]
            {
                let response = try engine.search(
                    VectorSearchRequest(
                        collection: "c", queries: FloatMatrix(query, columns: 6), k: k,
                        mode: kind.map { .kind($0) } ?? .automatic,
                        scope: SearchScope(
                            filter: try PayloadFilter(json: json), within: within)))
                let expected = truth.nearest(to: query[0], .l2, json)
                    .filter { Float($0.distance) <= within }
                isSame(response.matches[0], expected, k: k, "rank \(rank), k \(k), \(json)")
            }
        }
        let nothing = try engine.search(
            VectorSearchRequest(
                collection: "c", queries: FloatMatrix(query, columns: 6),
                scope: SearchScope(within: -1)))
        #expect(nothing.matches == [[]])
    }

    @Test(arguments: everyKindAndNone)
    func pagesGiveEveryPointOnce(kind: IndexKind?) throws {
        var generator = SplitMix64(seed: 6)
        let (engine, truth) = try filled(
            "store", kind: kind, metric: .l2, count: 200, using: &generator)
        let query = FloatMatrix(randomVectors(1, dimension: 6, using: &generator), columns: 6)
        for json in [[:], ["must_not": ["is_empty": ["key": "label"]]]] as [JSONValue] {
            let request = VectorSearchRequest(
                collection: "c", queries: query, mode: kind.map { .kind($0) } ?? .automatic,
                scope: SearchScope(filter: try PayloadFilter(json: json)))
            let expected = truth.nearest(to: query.vector(0), .l2, json)
            var pages = try engine.pages(of: request)
            var found: [PointID] = []
            for size in [1, 7, 30, 1000, 1] {
                guard let page = try pages.next(size) else { break }
                #expect(page.count == min(size, expected.count - found.count))
                #expect(page.map(\.distance) == page.map(\.distance).sorted())
                found += page.map(\.id)
            }
            #expect(try pages.next(5) == nil)
            #expect(found.count == expected.count)
            #expect(Set(found) == Set(expected.map { .number($0.id) }))
            // Pages by offset, exactly.
            var offset = 0
            var paged: [PointMatch] = []
            while true {
                var page = request
                page.k = 23
                page.effort = .exact
                page.scope.offset = offset
                let matches = try engine.search(page).matches[0]
                paged += matches
                offset += 23
                if matches.count < 23 { break }
            }
            isSame(paged, expected, k: 1000, "\(json)")
        }
    }

    /// An iteration goes on with what it began with, whatever is written meanwhile.
    @Test func pagesAreOfOneMoment() throws {
        var generator = SplitMix64(seed: 7)
        let (engine, truth) = try filled(
            "store", kind: .flat, metric: .l2, count: 100, using: &generator)
        let query = FloatMatrix(randomVectors(1, dimension: 6, using: &generator), columns: 6)
        var pages = try engine.pages(of: VectorSearchRequest(collection: "c", queries: query))
        var found = try pages.next(10)?.map(\.id) ?? []
        try engine.upsert(
            VectorUpsertRequest(
                collection: "c", vector: "v",
                entries: (5000..<5050).map {
                    .init(id: .number($0), vector: .f32(query.vector(0)))
                }))
        while let page = try pages.next(10) { found += page.map(\.id) }
        #expect(found == truth.nearest(to: query.vector(0), .l2, [:]).map { .number($0.id) })
    }

    @Test(arguments: everyKindAndNone)
    func groupsAreThoseOfTheNearest(kind: IndexKind?) throws {
        var generator = SplitMix64(seed: 8)
        let (engine, truth) = try filled(
            "store", kind: kind, metric: .l2, count: 300, using: &generator)
        let queries = randomVectors(3, dimension: 6, using: &generator)
        for (field, json) in [
            ("label", [:]), ("tags", [:]),
            ("size", ["must": ["key": "score", "range": ["gt": 0]]]),
        ] as [(String, JSONValue)] {
            for (k, size) in [(1, 1), (3, 2), (4, 1000), (100, 3)] {
                let response = try engine.search(
                    VectorSearchRequest(
                        collection: "c", queries: FloatMatrix(queries, columns: 6), k: k,
                        mode: kind.map { .kind($0) } ?? .automatic, effort: .setting(400),
                        scope: SearchScope(
                            filter: try PayloadFilter(json: json),
                            grouping: .init(by: try FieldPath(field), size: size))))
                for (query, groups) in zip(queries, response.groups ?? []) {
                    var expected: [(value: JSONValue, points: [(id: UInt64, distance: Double)])] =
                        []
                    for point in truth.nearest(to: query, .l2, json) {
                        let value = truth.points[point.id]?.payload[field] ?? .null
                        var values: [JSONValue] = []
                        for value in value.arrayValue ?? [value] {
                            if MatchedValue(value) != nil, !values.contains(value) {
                                values.append(value)
                            }
                        }
                        for value in values {
                            if let place = expected.firstIndex(where: { $0.value == value }) {
                                expected[place].points.append(point)
                            } else {
                                expected.append((value, [point]))
                            }
                        }
                    }
                    let what = "\(field), \(json), k \(k), size \(size)"
                    #expect(groups.map(\.value) == expected.prefix(k).map(\.value), "\(what)")
                    for (group, expected) in zip(groups, expected) {
                        isSame(group.matches, expected.points, k: size, what)
                    }
                }
            }
        }
    }

    /// What a filter let through before is not what it lets through after a change.
    @Test(arguments: [nil, IndexKind.flat, IndexKind.hnsw])
    func aChangeCountsAtOnce(kind: IndexKind?) throws {
        var generator = SplitMix64(seed: 10)
        var (engine, truth) = try filled(
            "store", kind: kind, metric: .l2, count: 60, using: &generator)
        let query = FloatMatrix(randomVectors(1, dimension: 6, using: &generator), columns: 6)
        let json: JSONValue = ["must": ["key": "label", "match": ["value": "cat"]]]
        let request = VectorSearchRequest(
            collection: "c", queries: query, k: 100, mode: kind.map { .kind($0) } ?? .automatic,
            scope: SearchScope(filter: try PayloadFilter(json: json)))
        for id in truth.points.keys.sorted().prefix(12) {
            for _ in 0..<2 {
                let expected = truth.nearest(to: query.vector(0), .l2, json)
                isSame(try engine.search(request).matches[0], expected, k: 100, "before \(id)")
            }
            let vector = truth.points[id]?.vector ?? []
            let isCat = truth.points[id]?.payload["label"] == "cat"
            let payload: JSONObject = ["label": isCat ? "dog" : "cat"]
            truth.points[id]?.payload = payload
            try engine.upsert(
                VectorUpsertRequest(
                    collection: "c", vector: "v",
                    entries: [.init(id: .number(id), vector: .f32(vector), payload: payload)]))
        }
    }

    @Test func refusesWhatDoesNotGoTogether() throws {
        var generator = SplitMix64(seed: 9)
        let (engine, _) = try filled("store", kind: nil, metric: .l2, count: 20, using: &generator)
        let query = FloatMatrix([[0, 0, 0, 0, 0, 0]], columns: 6)
        let field = try FieldPath("label")
        for scope in [
            SearchScope(within: .nan), SearchScope(offset: -1),
            SearchScope(grouping: .init(by: field, size: 0)),
            SearchScope(offset: 1, grouping: .init(by: field)),
        ] {
            let error = #expect(throws: ServiceError.self) {
                try engine.search(
                    VectorSearchRequest(collection: "c", queries: query, scope: scope))
            }
            #expect(error?.code == .invalidRequest)
        }
        let grouped = #expect(throws: ServiceError.self) {
            try engine.pages(
                of: VectorSearchRequest(
                    collection: "c", queries: query,
                    scope: SearchScope(grouping: .init(by: field))))
        }
        #expect(grouped?.code == .invalidRequest)
        let missing = #expect(throws: ServiceError.self) {
            try engine.deletePayloadIndex(on: try FieldPath("none"), in: "c")
        }
        #expect(missing?.code == .notFound)
    }
}
