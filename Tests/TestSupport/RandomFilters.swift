public import JSON
public import VectorCore

/// Payloads and filters that meet often: few names, few values, all kinds of JSON.
public enum RandomFilters {
    private static let strings = ["cat", "dog", "Cat food", "bird-house", "", "ÄÖ 3"]
    private static let keys = [
        "label", "size", "score", "tags", "tags[]", "tags[0]", "box.a", "list[].b", "list", "flag",
        "absent",
    ]

    /// A payload.
    public static func payload(using generator: inout SplitMix64) -> JSONObject {
        var payload = JSONObject()
        func isPresent() -> Bool { Int.random(in: 0..<8, using: &generator) > 0 }
        if isPresent() { payload["label"] = string(&generator) }
        if isPresent() { payload["size"] = .integer(.random(in: -3...6, using: &generator)) }
        if isPresent() { payload["score"] = number(&generator) }
        if isPresent() {
            payload["tags"] = .array(
                (0..<Int.random(in: 0..<4, using: &generator)).map { _ in scalar(&generator) })
        }
        if isPresent() { payload["box"] = ["a": scalar(&generator), "c": 1] }
        if isPresent() {
            payload["list"] = .array(
                (0..<Int.random(in: 0..<3, using: &generator)).map { _ in
                    Bool.random(using: &generator) ? ["b": scalar(&generator)] : ["c": 1]
                })
        }
        if isPresent() { payload["flag"] = scalar(&generator) }
        return payload
    }

    /// A filter.
    ///
    /// - Parameters:
    ///   - ids: some of them are asked for.
    ///   - depth: how deep filters may be inside it.
    public static func filter(
        ids: [JSONValue], depth: Int = 2, using generator: inout SplitMix64
    ) -> JSONValue {
        var filter = JSONObject()
        for clause in ["must", "should", "must_not"] where Bool.random(using: &generator) {
            if Int.random(in: 0..<4, using: &generator) == 0 {
                filter[clause] = condition(ids, depth, &generator)
            } else {
                filter[clause] = conditions(ids, depth, 0..<3, &generator)
            }
        }
        if Int.random(in: 0..<4, using: &generator) == 0 {
            filter["min_should"] = [
                "conditions": conditions(ids, depth, 0..<4, &generator),
                "min_count": .integer(.random(in: 0..<4, using: &generator)),
            ]
        }
        return .object(filter)
    }

    private static func conditions(
        _ ids: [JSONValue], _ depth: Int, _ count: Range<Int>, _ generator: inout SplitMix64
    ) -> JSONValue {
        .array(
            (0..<Int.random(in: count, using: &generator)).map { _ in
                condition(ids, depth, &generator)
            })
    }

    private static func condition(
        _ ids: [JSONValue], _ depth: Int, _ generator: inout SplitMix64
    ) -> JSONValue {
        let key = JSONValue.string(keys.randomElement(using: &generator) ?? "label")
        func list(_ element: (inout SplitMix64) -> JSONValue) -> JSONValue {
            .array((0..<Int.random(in: 0..<4, using: &generator)).map { _ in element(&generator) })
        }
        switch Int.random(in: 0..<13, using: &generator) {
        case 0:
            return ["has_id": list { ids.randomElement(using: &$0) ?? 0 }]
        case 1: return ["is_empty": ["key": key]]
        case 2: return ["is_null": ["key": key]]
        case 3 where depth > 0: return filter(ids: ids, depth: depth - 1, using: &generator)
        case 4: return ["key": key, "match": ["any": list(string)]]
        case 5: return ["key": key, "match": ["any": list(integer)]]
        case 6: return ["key": key, "match": ["except": list(string)]]
        case 7: return ["key": key, "match": ["except": list(integer)]]
        case 8: return ["key": key, "match": ["text": string(&generator)]]
        case 9, 10: return ["key": key, "range": bounds(number, &generator)]
        case 11:
            return [
                "key": key,
                "values_count": bounds({ .integer(.random(in: 0..<4, using: &$0)) }, &generator),
            ]
        default:
            let value = [string, integer, { .bool(Bool.random(using: &$0)) }][
                Int.random(in: 0..<3, using: &generator)](&generator)
            return ["key": key, "match": ["value": value]]
        }
    }

    private static func bounds(
        _ bound: (inout SplitMix64) -> JSONValue, _ generator: inout SplitMix64
    ) -> JSONValue {
        var bounds = JSONObject()
        for name in ["gt", "gte", "lt", "lte"] where Int.random(in: 0..<3, using: &generator) == 0 {
            bounds[name] = bound(&generator)
        }
        return .object(bounds)
    }

    private static func string(_ generator: inout SplitMix64) -> JSONValue {
        .string(strings.randomElement(using: &generator) ?? "")
    }

    private static func integer(_ generator: inout SplitMix64) -> JSONValue {
        .integer(.random(in: -3...6, using: &generator))
    }

    private static func number(_ generator: inout SplitMix64) -> JSONValue {
        Bool.random(using: &generator)
            ? integer(&generator)
            : .number(Double(Int.random(in: -6...12, using: &generator)) / 2)
    }

    private static func scalar(_ generator: inout SplitMix64) -> JSONValue {
        switch Int.random(in: 0..<7, using: &generator) {
        case 0: .null
        case 1: .bool(Bool.random(using: &generator))
        case 2: .array([string(&generator), integer(&generator)])
        case 3: number(&generator)
        default: Bool.random(using: &generator) ? string(&generator) : integer(&generator)
        }
    }
}
