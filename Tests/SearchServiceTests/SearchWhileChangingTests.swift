import FeatureStorage
import IndexCatalog
import IndexDefinitions
import JSON
import PayloadFilter
import SearchService
import TestSupport
import Testing
import VectorCore

/// Searches whose points are changed between being found and being shown.
@Suite struct SearchWhileChangingTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private static let count = 40
    private static let cats: JSONValue = ["must": ["key": "label", "match": ["value": "cat"]]]

    /// Points 0, 1, … on a line, all of them cats.
    private func engine(_ kind: IndexKind?) throws -> Engine {
        let engine = try Engine(store: folder.path("store"), access: .readWrite)
        try write((0..<Self.count).map { ($0, "cat") }, to: engine)
        if let kind { _ = try engine.buildIndex(IndexBuildRequest(collection: "c", kind: kind)) }
        return engine
    }

    private func write(_ points: [(Int, String)], to engine: Engine) throws(ServiceError) {
        _ = try engine.upsert(
            VectorUpsertRequest(
                collection: "c", vector: "v",
                entries: points.map { place, label in
                    .init(
                        id: .number(UInt64(place)), vector: .f32([Float(place), 0]),
                        payload: ["label": .string(label)])
                }))
    }

    /// A search for what is nearest to point 0, which is left out itself.
    private func request(_ kind: IndexKind?, _ scope: SearchScope) -> SearchRequest {
        SearchRequest(
            collection: "c", query: .id("0"), k: 5, mode: kind.map { .kind($0) } ?? .automatic,
            scope: scope)
    }

    @Test(arguments: everyKindAndNone)
    func whatIsGoneIsReplaced(kind: IndexKind?) throws {
        let engine = try engine(kind)
        var rounds = 0
        let response = try engine.search(request(kind, SearchScope())) {
            () throws(ServiceError) in
            rounds += 1
            if rounds == 1 { try engine.deletePoints([.number(2), .number(5)], in: "c") }
        }
        #expect(rounds == 2)
        #expect(response.answers.map { $0.hits.map(\.id) } == [["1", "3", "4", "6", "7"]])
        #expect(response.answers.map { $0.hits.map(\.rank) } == [[1, 2, 3, 4, 5]])
    }

    @Test(arguments: everyKindAndNone)
    func whatDoesNotMatchAnyMoreIsReplaced(kind: IndexKind?) throws {
        let engine = try engine(kind)
        var rounds = 0
        let scope = SearchScope(filter: try PayloadFilter(json: Self.cats))
        let response = try engine.search(request(kind, scope)) { () throws(ServiceError) in
            rounds += 1
            if rounds == 1 { try write([(1, "dog"), (4, "dog"), (30, "dog")], to: engine) }
        }
        #expect(rounds == 2)
        #expect(response.answers.map { $0.hits.map(\.id) } == [["2", "3", "5", "6", "7"]])
        #expect(response.answers[0].hits.allSatisfy { $0.payload["label"] == "cat" })
    }

    @Test(arguments: [nil, IndexKind.hnsw])
    func groupsAreThoseOfThePayloadsShown(kind: IndexKind?) throws {
        let engine = try engine(kind)
        var rounds = 0
        let scope = SearchScope(grouping: .init(by: try FieldPath("label"), size: 2))
        let response = try engine.search(request(kind, scope)) { () throws(ServiceError) in
            rounds += 1
            if rounds == 1 { try write([(1, "dog")], to: engine) }
            if rounds == 2 { try engine.deletePoints([.number(3)], in: "c") }
        }
        #expect(rounds == 3)
        let groups = try #require(response.answers[0].groups)
        #expect(groups.map(\.value) == ["dog", "cat"])
        #expect(groups.map { $0.hits.map(\.id) } == [["1"], ["2", "4"]])
    }

    /// A change of what is not shown is no reason to search again.
    @Test func otherPointsDoNotMatter() throws {
        let engine = try engine(nil)
        var rounds = 0
        let scope = SearchScope(filter: try PayloadFilter(json: Self.cats))
        let response = try engine.search(request(nil, scope)) { () throws(ServiceError) in
            rounds += 1
            try write([(20, "dog")], to: engine)
            try engine.deletePoints([.number(30)], in: "c")
        }
        #expect(rounds == 1)
        #expect(response.answers[0].hits.map(\.id) == ["1", "2", "3", "4", "5"])
    }

    @Test func aSearchThatIsSlowerThanTheChangesEnds() throws {
        let engine = try engine(nil)
        var rounds = 0
        let error = #expect(throws: ServiceError.self) {
            try engine.search(request(nil, SearchScope())) { () throws(ServiceError) in
                rounds += 1
                try engine.deletePoints([.number(UInt64(rounds))], in: "c")
            }
        }
        #expect(error?.code == .busy)
        #expect((2..<Self.count).contains(rounds))
    }
}
