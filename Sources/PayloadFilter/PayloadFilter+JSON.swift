public import JSON

extension PayloadFilter {
    /// The filter as JSON that reads back as an equal filter.
    public var json: JSONValue {
        var object = JSONObject()
        for (name, conditions) in [("must", must), ("should", should), ("must_not", mustNot)]
        where !conditions.isEmpty {
            object[name] = .array(conditions.map(\.json))
        }
        if let minShould {
            object["min_should"] = [
                "conditions": .array(minShould.conditions.map(\.json)),
                "min_count": .integer(Int64(minShould.minCount)),
            ]
        }
        return .object(object)
    }
}

extension PayloadFilter: CustomStringConvertible {
    /// The filter as one line of JSON.
    public var description: String { json.description }
}

extension FilterCondition {
    /// The condition as JSON.
    fileprivate var json: JSONValue {
        switch self {
        case .hasID(let ids): ["has_id": .array(ids.map(\.json).sorted { $0.precedes($1) })]
        case .isEmpty(let path): ["is_empty": ["key": .string(path.description)]]
        case .isNull(let path): ["is_null": ["key": .string(path.description)]]
        case .field(let path, let test): test.json(path)
        case .filter(let filter): filter.json
        }
    }
}

extension FieldTest {
    fileprivate func json(_ path: FieldPath) -> JSONValue {
        let key = JSONValue.string(path.description)
        func list(_ values: Set<MatchedValue>) -> JSONValue {
            .array(values.map(\.json).sorted { $0.precedes($1) })
        }
        return switch self {
        case .value(let value): ["key": key, "match": ["value": value.json]]
        case .any(let values): ["key": key, "match": ["any": list(values)]]
        case .except(let values): ["key": key, "match": ["except": list(values)]]
        case .text(let query): ["key": key, "match": ["text": .string(query.text)]]
        case .range(let range):
            ["key": key, "range": Self.bounds(range.gt, range.gte, range.lt, range.lte)]
        case .valuesCount(let range):
            ["key": key, "values_count": range.json]
        }
    }

    fileprivate static func bounds(
        _ gt: JSONValue?, _ gte: JSONValue?, _ lt: JSONValue?, _ lte: JSONValue?
    ) -> JSONValue {
        var object = JSONObject()
        for (name, bound) in [("gt", gt), ("gte", gte), ("lt", lt), ("lte", lte)] {
            object[name] = bound
        }
        return .object(object)
    }
}

extension CountRange {
    fileprivate var json: JSONValue {
        func bound(_ count: Int?) -> JSONValue? { count.map { .integer(Int64($0)) } }
        return FieldTest.bounds(bound(gt), bound(gte), bound(lt), bound(lte))
    }
}

extension JSONValue {
    /// An order of what stands in lists of filters, so that a filter is always printed alike.
    fileprivate func precedes(_ other: JSONValue) -> Bool {
        switch (unsignedOrNegative, other.unsignedOrNegative) {
        case (let left?, let right?): left < right
        case (_?, nil): true
        case (nil, _?): false
        case (nil, nil): (stringValue ?? "") < (other.stringValue ?? "")
        }
    }

    private var unsignedOrNegative: Int128? {
        switch self {
        case .integer(let value): Int128(value)
        case .unsigned(let value): Int128(value)
        default: nil
        }
    }
}
