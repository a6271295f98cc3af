import JSON
import PayloadFilter
import TestSupport
import Testing
import VectorCore

@Suite struct MatchingTests {
    /// Values of a field `a`, and what the engine of Qdrant (1.19.1) finds among them.
    private static let values: [JSONValue?] = [
        nil, .null, 1, 1.0, true, "cat", "Cat food", [], [1, "cat", nil], [[1, 2]], ["b": 3],
        [["b": 1], ["b": [2]], ["c": 4], [:]], "", [nil], [1.5, 1], -0.0, "x_y-z ÄÖ3",
    ]

    @Test(arguments: [
        (#"{"key": "a", "match": {"value": 1}}"#, [2, 8, 14]),
        (#"{"key": "a", "match": {"value": true}}"#, [4]),
        (#"{"key": "a", "match": {"value": "cat"}}"#, [5, 8]),
        (#"{"key": "a[]", "match": {"value": 1}}"#, [8, 9, 14]),
        (#"{"key": "a[0]", "match": {"value": 1}}"#, [8, 9]),
        (#"{"key": "a[][]", "match": {"value": 1}}"#, [9]),
        (#"{"key": "a[].b", "match": {"value": 2}}"#, [11]),
        (#"{"key": "a.b", "match": {"value": 1}}"#, []),
        (#"{"key": "a.b", "match": {"value": 3}}"#, [10]),
        (#"{"key": "a", "match": {"any": [1, 2]}}"#, [2, 8, 14]),
        (#"{"key": "a", "match": {"any": []}}"#, []),
        (
            #"{"key": "a", "match": {"except": [1]}}"#,
            [3, 4, 5, 6, 8, 9, 10, 11, 12, 14, 15, 16]
        ),
        (
            #"{"key": "a", "match": {"except": ["cat"]}}"#,
            [2, 3, 4, 6, 8, 9, 10, 11, 12, 14, 15, 16]
        ),
        (
            #"{"key": "a", "match": {"except": []}}"#,
            [2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 14, 15, 16]
        ),
        (#"{"key": "a", "match": {"text": "cat"}}"#, [5, 6, 8]),
        (#"{"key": "a", "match": {"text": "food CAT"}}"#, [6]),
        (#"{"key": "a", "match": {"text": ""}}"#, []),
        (#"{"key": "a", "match": {"text": "!!"}}"#, []),
        (#"{"key": "a", "match": {"text": "y äö3"}}"#, [16]),
        (#"{"key": "a", "match": {"text": "ca"}}"#, []),
        (#"{"key": "a", "range": {"gte": 1}}"#, [2, 3, 8, 14]),
        (#"{"key": "a", "range": {}}"#, [2, 3, 8, 14, 15]),
        (#"{"key": "a", "values_count": {"lt": 1}}"#, [0, 1, 7]),
        (#"{"key": "a", "values_count": {"gte": 2}}"#, [8, 11, 14]),
        (#"{"key": "a[]", "values_count": {"gte": 1}}"#, [8, 9, 11, 14]),
        (#"{"is_empty": {"key": "a"}}"#, [0, 1, 7]),
        (#"{"is_empty": {"key": "a[]"}}"#, [0, 1, 2, 3, 4, 5, 6, 7, 10, 12, 13, 15, 16]),
        (#"{"is_null": {"key": "a"}}"#, [1, 8, 13]),
        (#"{"is_null": {"key": "a[]"}}"#, [8, 13]),
        (#"{"key": "a", "is_empty": true}"#, [0, 1, 7]),
        (#"{"key": "a", "is_empty": false}"#, [2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
        (#"{"key": "a", "is_null": false}"#, [0, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16]),
        (#"{"has_id": [3, 5]}"#, [3, 5]),
        (#"{"has_id": []}"#, []),
    ])
    func matchesLikeTheEngine(_ condition: String, _ expected: [Int]) throws {
        let filter = try PayloadFilter(#"{"must": \#(condition)}"#)
        let found = Self.values.indices.filter { position in
            var payload: JSONObject = ["z": 1]
            payload["a"] = Self.values[position]
            return filter.matches(id: .number(UInt64(position)), payload: payload)
        }
        #expect(found == expected)
    }

    /// Names in quotes are taken as they are, whatever is in them.
    @Test(arguments: [
        (#""a.b""#, 1, true), (#""a.b""#, 2, false), ("a.b", 2, true), ("a.b", 1, false),
        (#""a.b".c"#, 1, false), (#"a."x y"[].c"#, 3, true), (#"a."x y"[].c"#, 4, true),
        (#"a."x y"[0].c"#, 3, true), (#"a."x y"[0].c"#, 4, false), (#"a."x y".c"#, 3, false),
        (#"a."x y"[]"#, 6, true), (#""a"."x y"[].c"#, 4, true), (#""a"."b""#, 2, true),
        (#""[]""#, 5, true), (#""""#, 7, true), (#"a."".b"#, 8, true),
        (#""a.b"[]"#, 1, false), (#""\#u{C5}""#, 9, true), (#""A\#u{30A}""#, 9, false),
        (#""A\#u{30A}""#, 10, true),
    ])
    func findsQuotedKeys(_ key: String, _ value: Int, _ expected: Bool) throws {
        let payload: JSONObject = [
            "a.b": 1,
            "a": ["b": 2, "x y": [["c": 3], ["c": [4, "e"]], 6], "": ["b": 8]],
            "[]": 5, "": 7, "\u{C5}": 9, "A\u{30A}": 10,
        ]
        let filter = try PayloadFilter(
            json: ["must": ["key": .string(key), "match": ["value": .integer(Int64(value))]]])
        #expect(filter.matches(id: .number(1), payload: payload) == expected)
        #expect(try PayloadFilter(filter.description) == filter)
        let missing = try PayloadFilter(json: ["must": ["is_empty": ["key": .string(key)]]])
        if expected { #expect(!missing.matches(id: .number(1), payload: payload)) }
    }

    @Test(arguments: [
        (#"{}"#, true), (#"{"should": []}"#, true), (#"{"must": []}"#, true),
        (#"{"min_should": {"conditions": [], "min_count": 0}}"#, true),
        (#"{"min_should": {"conditions": [], "min_count": 1}}"#, false),
        (
            #"{"min_should": {"conditions": [{"has_id": [1]}, {"has_id": [1]}], "min_count": 2}}"#,
            true
        ),
        (#"{"should": [{"has_id": [2]}, {"must_not": {"has_id": [2]}}]}"#, true),
        (#"{"should": [{"has_id": [2]}], "must": {"has_id": [1]}}"#, false),
    ])
    func joinsClauses(_ text: String, _ expected: Bool) throws {
        #expect(try PayloadFilter(text).matches(id: .number(1), payload: [:]) == expected)
    }

    /// Integers that a double cannot tell apart are told apart.
    @Test(arguments: [
        ("gt", "9007199254740992", true), ("gte", "9007199254740993", true),
        ("gt", "9007199254740993", false), ("lt", "9007199254740993.0", false),
        ("gt", "9007199254740992.0", true), ("lte", "18446744073709551615", true),
        ("lt", "1e300", true), ("gt", "-1e300", true), ("gt", "1e300", false),
        ("gte", "9007199254740992.5", true), ("lte", "9007199254740992.5", false),
    ])
    func comparesExactly(_ bound: String, _ number: String, _ expected: Bool) throws {
        let filter = try PayloadFilter(
            #"{"must": {"key": "a", "range": {"\#(bound)": \#(number)}}}"#)
        let payload: JSONObject = ["a": .integer(9_007_199_254_740_993)]
        // The text 9007199254740992.5 reads as the double 9007199254740992.
        #expect(filter.matches(id: .number(1), payload: payload) == expected)
    }

    @Test func agreesWithTheOracleAndPrintsBack() throws {
        try withEverySeed(0..<40) { generator, seed in
            let points = (0..<30).map { id in
                (id: JSONValue(UInt64(id)), payload: RandomFilters.payload(using: &generator))
            }
            for _ in 0..<40 {
                let json = RandomFilters.filter(ids: points.map(\.id), using: &generator)
                let filter = try PayloadFilter(json: json)
                let printed = try PayloadFilter(filter.description)
                #expect(printed == filter, "seed \(seed): \(json)")
                for (id, payload) in points {
                    let expected = filterOracle(json, id: id, payload: payload)
                    let filterID = try #require(FilterID(json: id))
                    let found = filter.matches(id: filterID, payload: payload)
                    guard found == expected else {
                        Issue.record("seed \(seed): \(json) on \(payload): \(found)")
                        return
                    }
                }
            }
        }
    }

    /// With certain counts of single conditions, the bounds hold what the whole filter matches.
    @Test func estimatesWithinItsBounds() throws {
        try withEverySeed(0..<20) { generator, seed in
            let points = (0..<40).map { id in
                (id: FilterID.number(UInt64(id)), payload: RandomFilters.payload(using: &generator))
            }
            for _ in 0..<20 {
                let json = RandomFilters.filter(ids: [1, 2, 3], using: &generator)
                let filter = try PayloadFilter(json: json)
                let matches = points.count { filter.matches(id: $0.id, payload: $0.payload) }
                let estimate = filter.estimate(of: points.count) { condition in
                    let single = PayloadFilter(must: [condition])
                    return .exactly(
                        points.count { single.matches(id: $0.id, payload: $0.payload) })
                }
                #expect(
                    (estimate.least...estimate.most).contains(matches), "seed \(seed): \(json)")
                let unknown = filter.estimate(of: points.count) { _ in nil }
                #expect((unknown.least...unknown.most).contains(matches), "seed \(seed): \(json)")
            }
        }
    }
}
