public import JSON

/// Whether a point fulfils a filter, read straight from the filter's JSON: slow, and nothing of the
/// product's own in it but JSON values.
///
/// Keys may have names without quotes, `[]` and `[0]`.
public func filterOracle(_ filter: JSONValue, id: JSONValue, payload: JSONObject) -> Bool {
    func all(_ name: String) -> [JSONValue] {
        switch filter[name] {
        case nil, .null?: []
        case .array(let list)?: list
        case let single?: [single]
        }
    }
    func holds(_ condition: JSONValue) -> Bool {
        conditionOracle(condition, id: id, payload: payload)
    }
    let should = all("should")
    if !should.isEmpty && should.filter(holds).isEmpty { return false }
    if all("must").count(where: holds) < all("must").count { return false }
    if all("must_not").count(where: holds) > 0 { return false }
    guard let minShould = filter["min_should"] else { return true }
    let held = (minShould["conditions"]?.arrayValue ?? []).count(where: holds)
    return held >= Int(minShould["min_count"]?.integerValue ?? 0)
}

private func conditionOracle(_ json: JSONValue, id: JSONValue, payload: JSONObject) -> Bool {
    if let ids = json["has_id"]?.arrayValue { return ids.contains(id) }
    if let key = json["is_empty"]?["key"]?.stringValue {
        return values(key, payload).allSatisfy { $0 == .null || $0 == .array([]) }
    }
    if let key = json["is_null"]?["key"]?.stringValue {
        return values(key, payload).contains {
            $0 == .null || ($0.arrayValue ?? []).contains(.null)
        }
    }
    guard let key = json["key"]?.stringValue else {
        return filterOracle(json, id: id, payload: payload)
    }
    let found = values(key, payload)
    if let counts = json["values_count"] {
        let present = found.map { value in
            if case .null = value { return 0 }
            return value.arrayValue?.count ?? 1
        }
        return (present.isEmpty ? [0] : present).contains { isWithin(.integer(Int64($0)), counts) }
    }
    let elements = found.flatMap { $0.arrayValue ?? [$0] }
    if let range = json["range"] { return elements.contains { isWithin($0, range) } }
    guard let match = json["match"] else { return false }
    if let value = match["value"] { return elements.contains(value) }
    if let list = match["any"]?.arrayValue { return elements.contains { list.contains($0) } }
    if let list = match["except"]?.arrayValue {
        return elements.contains { $0 != .null && !list.contains($0) }
    }
    guard let text = match["text"]?.stringValue else { return false }
    let wanted = words(text)
    return !wanted.isEmpty
        && elements.contains { element in
            let present = element.stringValue.map(words) ?? []
            return wanted.allSatisfy(present.contains)
        }
}

private func words(_ text: String) -> [String] {
    text.lowercased().split { !($0.isLetter || $0.isNumber) }.map { String($0) }
}

/// Whether a number is in a range; those of the tests are small enough to compare as doubles.
private func isWithin(_ value: JSONValue, _ range: JSONValue) -> Bool {
    guard let number = value.doubleValue else { return false }
    func bound(_ name: String) -> Double? { range[name]?.doubleValue }
    return (bound("gt").map { number > $0 } ?? true) && (bound("gte").map { number >= $0 } ?? true)
        && (bound("lt").map { number < $0 } ?? true)
        && (bound("lte").map { number <= $0 } ?? true)
}

/// The values that a key leads to, by taking the key's text apart from the left.
private func values(_ key: String, _ payload: JSONObject) -> [JSONValue] {
    var found: [JSONValue] = [.object(payload)]
    for part in key.split(separator: ".") {
        let pieces = part.split(separator: "[", omittingEmptySubsequences: false)
        found = found.compactMap { $0[String(pieces[0])] }
        for piece in pieces.dropFirst() {
            let position = Int(piece.dropLast())
            found = found.flatMap { value in
                guard let elements = value.arrayValue else { return [JSONValue]() }
                guard let position else { return elements }
                return elements.indices.contains(position) ? [elements[position]] : []
            }
        }
    }
    return found
}
