import JSON
import PayloadFilter
import Testing

@Suite struct ParsingTests {
    /// Each is refused with a sentence that names the place and what is wrong.
    @Test(arguments: [
        (#"{"must""#, FilterError.Code.notJSON, "Line 1"),
        (#"[]"#, .invalidValue, "is a list, but must be an object"),
        (#"{"most": []}"#, .unknownMember, "“most”"),
        (#"{"must": 3}"#, .invalidValue, "must is an integer, but must be a condition"),
        (#"{"must": [{"key": "a"}]}"#, .invalidValue, "must[0] says nothing of the key “a”"),
        (#"{"must": {"key": 1, "match": {"value": 1}}}"#, .invalidValue, "needs “key”"),
        (#"{"must": {"key": "a..b", "match": {"value": 1}}}"#, .invalidPath, "“a..b”"),
        (#"{"must": {"key": "a", "match": {"value": 1.5}}}"#, .invalidValue, "by range"),
        (#"{"must": {"key": "a", "match": {"value": null}}}"#, .invalidValue, "is null"),
        (#"{"must": {"key": "a", "match": {}}}"#, .invalidValue, "one of value, any"),
        (#"{"must": {"key": "a", "match": {"like": "b"}}}"#, .unknownMember, "“like”"),
        (#"{"must": {"key": "a", "match": {"any": "b"}}}"#, .invalidValue, "must be a list"),
        (#"{"must": {"key": "a", "match": {"any": ["b", 1]}}}"#, .invalidValue, "any[1]"),
        (#"{"must": {"key": "a", "match": {"any": [true]}}}"#, .invalidValue, "any[0]"),
        (#"{"must": {"key": "a", "match": {"prefix": "b"}}}"#, .unsupported, "prefix is not supp"),
        (#"{"must": {"key": "a", "range": {"gt": "x"}}}"#, .unsupported, "dates and times"),
        (#"{"must": {"key": "a", "range": {"gt": true}}}"#, .invalidValue, "must be a number"),
        (#"{"must": {"key": "a", "range": {"above": 1}}}"#, .unknownMember, "“above”"),
        (
            #"{"must": {"key": "a", "range": {}, "match": {"value": 1}}}"#, .invalidValue,
            "match and range at once"
        ),
        (#"{"must": {"key": "a", "values_count": {"gt": -1}}}"#, .invalidValue, "not negative"),
        (#"{"must": {"key": "a", "is_null": 1}}"#, .invalidValue, "true or false"),
        (#"{"must": {"key": "a", "geo_radius": {}}}"#, .unsupported, "geo_radius"),
        (#"{"must": {"nested": {}}}"#, .unsupported, "“nested”"),
        (#"{"must": {"has_vector": "v"}}"#, .unsupported, "“has_vector”"),
        (#"{"must": {"has_id": 3}}"#, .invalidValue, "must be a list"),
        (#"{"must": {"has_id": [-3]}}"#, .invalidValue, "has_id[0] is -3"),
        (#"{"must": {"has_id": ["x"]}}"#, .invalidValue, "no point id"),
        (#"{"must": {"is_empty": {}}}"#, .invalidValue, "needs “key”"),
        (#"{"must": {"is_empty": {"key": "a"}, "must": []}}"#, .unknownMember, "“must”"),
        (#"{"min_should": {"conditions": []}}"#, .invalidValue, "min_count"),
        (#"{"min_should": {"min_count": 1}}"#, .invalidValue, "“conditions”"),
        (#"{"should": [{"must": [{"should": {"x": 1}}]}]}"#, .unknownMember, "should[0].must[0]"),
    ])
    func refuses(_ text: String, _ code: FilterError.Code, _ part: String) {
        let error = #expect(throws: FilterError.self) { try PayloadFilter(text) }
        #expect(error?.code == code)
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        #expect(error?.message.hasSuffix(".") == true)
    }

    @Test func boundsDepthAndSize() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: #"{"must": "#, count: depth) + "[]"
                + String(repeating: "}", count: depth)
        }
        _ = try PayloadFilter(nested(PayloadFilter.mostNesting))
        let tooDeep = #expect(throws: FilterError.self) {
            try PayloadFilter(nested(PayloadFilter.mostNesting + 1))
        }
        #expect(tooDeep?.code == .tooLarge)
        let condition: JSONValue = ["has_id": [1]]
        let many = JSONValue.array(
            .init(repeating: condition, count: PayloadFilter.mostConditions + 1))
        let tooMany = #expect(throws: FilterError.self) {
            try PayloadFilter(json: ["must": many])
        }
        #expect(tooMany?.code == .tooLarge)
        let values = JSONValue.array(.init(repeating: 1, count: PayloadFilter.mostValues + 1))
        let tooLong = #expect(throws: FilterError.self) {
            try PayloadFilter(json: ["must": ["has_id": values]])
        }
        #expect(tooLong?.code == .tooLarge)
    }

    @Test(arguments: [
        "a", "a.b", "a[].b", "a[0]", "a[0][12][].b-c", #""a b".c"#, #""""#, "é1", #"a."[]""#,
    ])
    func printsPathsBack(_ text: String) throws {
        let path = try FieldPath(text)
        #expect(path.description == text)
        #expect(try FieldPath(path.description) == path)
    }

    @Test(arguments: ["", "a..b", "a[", "a[-1]", "a b", "a[0", "a[ 0]", "[0]", "a[].[]", #""a"#])
    func refusesPaths(_ text: String) {
        #expect(throws: FilterError.self) { try FieldPath(text) }
    }

    @Test func refusesLongPaths() throws {
        _ = try FieldPath(String(repeating: "a", count: FieldPath.mostBytes))
        #expect(throws: FilterError.self) {
            try FieldPath(String(repeating: "a", count: FieldPath.mostBytes + 1))
        }
    }

    @Test func readsIDs() throws {
        let uuid = "0123abcd-4567-89ab-cdef-000000000001"
        for text in [uuid, uuid.uppercased(), "urn:uuid:" + uuid, uuid.filter { $0 != "-" }] {
            #expect(FilterID(json: .string(text))?.json == .string(uuid))
        }
        #expect(FilterID(json: .unsigned(.max)) == .number(.max))
        for json: JSONValue in ["12", -1, 1.0, "0123abcd-456789ab-cdef-0000-00000001", true] {
            #expect(FilterID(json: json) == nil, "\(json)")
        }
    }

    @Test func takesOneConditionForAList() throws {
        let condition = #"{"key": "a", "match": {"value": 1}}"#
        #expect(
            try PayloadFilter(#"{"must": \#(condition), "should": null}"#)
                == PayloadFilter(#"{"must": [\#(condition)]}"#))
    }
}
