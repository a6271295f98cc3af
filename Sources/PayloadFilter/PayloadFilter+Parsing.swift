public import JSON

extension PayloadFilter {
    /// Reads a filter from a JSON text.
    ///
    /// - Throws: ``FilterError`` that says what is wrong, and where in the filter.
    /// - Complexity: O(length of the text)
    public init(_ text: String) throws(FilterError) {
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue(parsing: text)
        } catch {
            throw FilterError(.notJSON, at: "", "is no JSON. \(error.message)")
        }
        try self.init(json: json)
    }

    /// Reads a filter from JSON.
    ///
    /// - Throws: ``FilterError`` that says what is wrong, and where in the filter.
    /// - Complexity: O(values)
    public init(json: JSONValue) throws(FilterError) {
        var reader = FilterReader()
        self = try reader.filter(json, at: "", depth: 1)
    }
}

/// Reads a filter, counting what it has.
private struct FilterReader {
    private var conditions = 0
    private var values = 0

    private static let clauses = ["must", "should", "must_not", "min_should"]

    mutating func filter(
        _ json: JSONValue, at place: String, depth: Int
    ) throws(FilterError) -> PayloadFilter {
        guard depth <= PayloadFilter.mostNesting else {
            throw FilterError(
                .tooLarge, at: place,
                "is inside more than \(PayloadFilter.mostNesting) filters; make it flatter.")
        }
        let object = try object(json, at: place, allowing: Self.clauses)
        let must = try clause("must", of: object, at: place, depth)
        let should = try clause("should", of: object, at: place, depth)
        let mustNot = try clause("must_not", of: object, at: place, depth)
        return PayloadFilter(
            must: must, should: should, mustNot: mustNot,
            minShould: try minShould(object["min_should"], at: place, depth))
    }

    private mutating func clause(
        _ name: String, of object: JSONObject, at place: String, _ depth: Int
    ) throws(FilterError) -> [FilterCondition] {
        guard let json = object[name], !json.isNull else { return [] }
        let place = join(place, name)
        guard let list = json.arrayValue else {
            return [try condition(json, at: place, depth)]
        }
        var conditions: [FilterCondition] = []
        for (position, element) in list.enumerated() {
            conditions.append(try condition(element, at: "\(place)[\(position)]", depth))
        }
        return conditions
    }

    private mutating func minShould(
        _ json: JSONValue?, at place: String, _ depth: Int
    ) throws(FilterError) -> PayloadFilter.MinShould? {
        guard let json, !json.isNull else { return nil }
        let place = join(place, "min_should")
        let object = try object(json, at: place, allowing: ["conditions", "min_count"])
        guard object["conditions"]?.arrayValue != nil else {
            throw FilterError(
                .invalidValue, at: place, "needs “conditions”, a list of conditions.")
        }
        let conditions = try clause("conditions", of: object, at: place, depth)
        guard let count = object["min_count"]?.integerValue.flatMap(Int.init(exactly:)),
            count >= 0
        else {
            throw FilterError(
                .invalidValue, at: place, "needs “min_count”, an integer that is not negative.")
        }
        return PayloadFilter.MinShould(conditions: conditions, minCount: count)
    }

    private mutating func condition(
        _ json: JSONValue, at place: String, _ depth: Int
    ) throws(FilterError) -> FilterCondition {
        conditions += 1
        guard conditions <= PayloadFilter.mostConditions else {
            throw FilterError(
                .tooLarge, at: place,
                "is condition \(conditions); a filter has at most "
                    + "\(PayloadFilter.mostConditions). Lists of “any” hold many values in one.")
        }
        guard let object = json.objectValue else {
            throw FilterError(.invalidValue, at: place, "is \(json.sort), but must be a condition.")
        }
        if object["key"] != nil { return try field(json, at: place) }
        if let ids = object["has_id"] {
            _ = try self.object(json, at: place, allowing: ["has_id"])
            return .hasID(try self.ids(ids, at: join(place, "has_id")))
        }
        for name in ["is_empty", "is_null"] {
            guard let json = object[name] else { continue }
            _ = try self.object(.object(object), at: place, allowing: [name])
            let place = join(place, name)
            let path = try path(
                try self.object(json, at: place, allowing: ["key"])["key"], at: place)
            return name == "is_empty" ? .isEmpty(path) : .isNull(path)
        }
        for name in ["nested", "has_vector", "slice"] where object[name] != nil {
            throw FilterError(
                .unsupported, at: place,
                "is a condition “\(name)”, which is not supported; \(Self.supported)")
        }
        return .filter(try filter(json, at: place, depth: depth + 1))
    }

    private static let supported =
        "the conditions are has_id, is_empty, is_null, and key with match, range or values_count."

    private mutating func field(
        _ json: JSONValue, at place: String
    ) throws(FilterError) -> FilterCondition {
        let tests = ["match", "range", "values_count", "is_empty", "is_null"]
        for (name, value) in json.objectValue ?? [:] where !value.isNull {
            if ["geo_bounding_box", "geo_radius", "geo_polygon"].contains(name) {
                throw FilterError(
                    .unsupported, at: join(place, name), "is not supported; \(Self.supported)")
            }
        }
        let object = try object(json, at: place, allowing: ["key"] + tests)
        let path = try path(object["key"], at: place)
        let given = tests.compactMap { name in
            object[name].flatMap { $0.isNull ? nil : (name: name, json: $0) }
        }
        guard given.count == 1, let test = given.first else {
            throw FilterError(
                .invalidValue, at: place,
                given.isEmpty
                    ? "says nothing of the key “\(path)”; give match, range or values_count."
                    : "asks \(given.map(\.name).joined(separator: " and ")) at once; give each a "
                        + "condition of its own.")
        }
        let inner = join(place, test.name)
        switch test.name {
        case "match": return .field(path, try match(test.json, at: inner))
        case "range": return .field(path, .range(try range(test.json, at: inner)))
        case "values_count": return .field(path, .valuesCount(try count(test.json, at: inner)))
        default:
            guard let isWanted = test.json.boolValue else {
                throw FilterError(.invalidValue, at: inner, "must be true or false.")
            }
            let condition: FilterCondition =
                test.name == "is_empty" ? .isEmpty(path) : .isNull(path)
            return isWanted ? condition : .filter(PayloadFilter(mustNot: [condition]))
        }
    }

    private mutating func match(
        _ json: JSONValue, at place: String
    ) throws(FilterError) -> FieldTest {
        for name in ["text_any", "phrase", "prefix", "substring"] where json[name] != nil {
            throw FilterError(
                .unsupported, at: join(place, name),
                "is not supported; match takes value, any, except or text.")
        }
        let object = try object(json, at: place, allowing: ["value", "any", "except", "text"])
        guard object.count == 1, let (name, json) = object.first else {
            throw FilterError(
                .invalidValue, at: place, "needs one of value, any, except and text.")
        }
        let inner = join(place, name)
        switch name {
        case "value":
            guard let value = MatchedValue(json) else {
                throw FilterError(
                    .invalidValue, at: inner,
                    "is \(json.sort); a string, an integer or a truth value can be matched, and "
                        + "other numbers by range.")
            }
            return .value(value)
        case "text":
            guard let text = json.stringValue else {
                throw FilterError(
                    .invalidValue, at: inner, "is \(json.sort), but must be a string.")
            }
            return .text(WordQuery(text))
        default:
            let values = try matched(json, at: inner)
            return name == "any" ? .any(values) : .except(values)
        }
    }

    /// The values of a list, all strings or all integers.
    private mutating func matched(
        _ json: JSONValue, at place: String
    ) throws(FilterError) -> Set<MatchedValue> {
        let list = try list(json, at: place)
        let wantsStrings = list.first?.stringValue != nil
        var found = Set<MatchedValue>(minimumCapacity: list.count)
        for (position, element) in list.enumerated() {
            guard let value = MatchedValue(element), element.boolValue == nil,
                (element.stringValue != nil) == wantsStrings
            else {
                throw FilterError(
                    .invalidValue, at: "\(place)[\(position)]",
                    "is \(element.sort); a list holds strings only, or integers only.")
            }
            found.insert(value)
        }
        return found
    }

    private func range(_ json: JSONValue, at place: String) throws(FilterError) -> NumberRange {
        let object = try object(json, at: place, allowing: ["gt", "gte", "lt", "lte"])
        for (name, bound) in object where !bound.isNull && bound.doubleValue?.isFinite != true {
            throw FilterError(
                bound.stringValue == nil ? .invalidValue : .unsupported, at: join(place, name),
                bound.stringValue == nil
                    ? "is \(bound.sort), but must be a number."
                    : "is a string; ranges of dates and times are not supported, only of numbers.")
        }
        func bound(_ name: String) -> JSONValue? { object[name].flatMap { $0.isNull ? nil : $0 } }
        return NumberRange(
            gt: bound("gt"), gte: bound("gte"), lt: bound("lt"), lte: bound("lte"))
    }

    private func count(_ json: JSONValue, at place: String) throws(FilterError) -> CountRange {
        let object = try object(json, at: place, allowing: ["gt", "gte", "lt", "lte"])
        var bounds: [String: Int] = [:]
        for (name, bound) in object where !bound.isNull {
            guard let count = bound.integerValue.flatMap(Int.init(exactly:)), count >= 0 else {
                throw FilterError(
                    .invalidValue, at: join(place, name),
                    "is \(bound), but must be an integer that is not negative.")
            }
            bounds[name] = count
        }
        return CountRange(
            gt: bounds["gt"], gte: bounds["gte"], lt: bounds["lt"], lte: bounds["lte"])
    }

    private mutating func ids(
        _ json: JSONValue, at place: String
    ) throws(FilterError) -> Set<FilterID> {
        let list = try list(json, at: place)
        var ids = Set<FilterID>(minimumCapacity: list.count)
        for (position, element) in list.enumerated() {
            guard let id = FilterID(json: element) else {
                throw FilterError(
                    .invalidValue, at: "\(place)[\(position)]",
                    "is \(element), which is no point id; give an unsigned integer or a UUID in a "
                        + "string.")
            }
            ids.insert(id)
        }
        return ids
    }

    private mutating func list(
        _ json: JSONValue, at place: String
    ) throws(FilterError) -> [JSONValue] {
        guard let list = json.arrayValue else {
            throw FilterError(.invalidValue, at: place, "is \(json.sort), but must be a list.")
        }
        values += list.count
        guard values <= PayloadFilter.mostValues else {
            throw FilterError(
                .tooLarge, at: place,
                "brings the values of lists to \(values); a filter has at most "
                    + "\(PayloadFilter.mostValues).")
        }
        return list
    }

    private func path(_ json: JSONValue?, at place: String) throws(FilterError) -> FieldPath {
        guard let text = json?.stringValue else {
            throw FilterError(
                .invalidValue, at: place, "needs “key”, a string such as \"label\" or \"a[].b\".")
        }
        return try FieldPath(text, at: join(place, "key"))
    }

    /// An object that has no members but these.
    private func object(
        _ json: JSONValue, at place: String, allowing names: [String]
    ) throws(FilterError) -> JSONObject {
        guard let object = json.objectValue else {
            throw FilterError(.invalidValue, at: place, "is \(json.sort), but must be an object.")
        }
        if let unknown = object.keys.first(where: { !names.contains($0) }) {
            throw FilterError(
                .unknownMember, at: place,
                "has a member “\(unknown)”, which is not known here; "
                    + (names == Self.clauses
                        ? "\(Self.supported) Filters have must, should, must_not and min_should."
                        : "known are \(names.joined(separator: ", "))."))
        }
        return object
    }

    private func join(_ place: String, _ name: String) -> String {
        place.isEmpty ? name : "\(place).\(name)"
    }
}

extension JSONValue {
    /// What kind of value it is, as a sentence calls it.
    fileprivate var sort: String {
        switch self {
        case .null: "null"
        case .bool: "a truth value"
        case .integer, .unsigned: "an integer"
        case .number: "a number with a fraction or an exponent"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
