public import JSON

/// One condition of a filter.
public indirect enum FilterCondition: Hashable, Sendable {
    /// The point has one of these ids.
    case hasID(Set<FilterID>)
    /// The path leads to no value, or only to `null` and empty lists.
    case isEmpty(FieldPath)
    /// The path leads to `null`, or to a list with `null` in it.
    case isNull(FieldPath)
    /// A value that the path leads to passes a test.
    case field(FieldPath, FieldTest)
    /// A filter inside the filter holds.
    case filter(PayloadFilter)

    /// Whether the condition holds for a point.
    func holds(id: FilterID, payload: JSONObject) -> Bool {
        switch self {
        case .hasID(let ids): return ids.contains(id)
        case .isEmpty(let path):
            return path.forEachValue(in: payload) { value in
                switch value {
                case .null: true
                case .array(let elements): elements.isEmpty
                default: false
                }
            }
        case .isNull(let path):
            return !path.forEachValue(in: payload) { value in
                switch value {
                case .null: false
                case .array(let elements): !elements.contains(where: \.isNull)
                default: true
                }
            }
        case .field(let path, let test): return test.passes(path, payload)
        case .filter(let filter): return filter.matches(id: id, payload: payload)
        }
    }
}

/// What is asked of the values under a key.
///
/// `match` and `range` look at a value itself or, where it is a list, at its elements: one that passes
/// is enough.
public enum FieldTest: Hashable, Sendable {
    /// A value is this one.
    case value(MatchedValue)
    /// A value is one of these.
    case any(Set<MatchedValue>)
    /// A value is neither `null` nor one of these.
    case except(Set<MatchedValue>)
    /// A string has all words of a text.
    case text(WordQuery)
    /// A number is in a range.
    case range(NumberRange)
    /// A value has so many elements: a list its own, `null` none, anything else one. Where there is no
    /// value there are no elements.
    case valuesCount(CountRange)

    func passes(_ path: FieldPath, _ payload: JSONObject) -> Bool {
        if case .valuesCount(let range) = self {
            var isMissing = true
            let found = !path.forEachValue(in: payload) { value in
                isMissing = false
                return switch value {
                case .null: !range.contains(0)
                case .array(let elements): !range.contains(elements.count)
                default: !range.contains(1)
                }
            }
            return found || (isMissing && range.contains(0))
        }
        return !path.forEachValue(in: payload) { value in
            if case .array(let elements) = value {
                return !elements.contains(where: passes)
            }
            return !passes(value)
        }
    }

    /// Whether one value that is no list, or an element of one, passes.
    private func passes(_ value: JSONValue) -> Bool {
        switch self {
        case .value(let wanted): return MatchedValue(value) == wanted
        case .any(let wanted): return MatchedValue(value).map(wanted.contains) ?? false
        case .except(let excluded):
            guard !value.isNull else { return false }
            return !(MatchedValue(value).map(excluded.contains) ?? false)
        case .text(let query): return value.stringValue.map(query.matches) ?? false
        case .range(let range): return range.contains(value)
        case .valuesCount: return false
        }
    }
}

/// A value that can be matched exactly: a string, an integer or a truth value.
///
/// `1`, `1.0` and `true` are three different values. No number with a fraction or an exponent matches.
public struct MatchedValue: Hashable, Sendable {
    /// The value.
    public let json: JSONValue

    /// Takes a value, or nil where it is of another kind.
    public init?(_ json: JSONValue) {
        switch json {
        case .string, .integer, .unsigned, .bool: self.json = json
        case .null, .number, .array, .object: return nil
        }
    }
}

/// How many elements there may be; a bound that is nil does not bind.
public struct CountRange: Hashable, Sendable {
    /// More than this.
    public var gt: Int?
    /// At least this.
    public var gte: Int?
    /// Fewer than this.
    public var lt: Int?
    /// At most this.
    public var lte: Int?

    /// Makes a range.
    public init(gt: Int? = nil, gte: Int? = nil, lt: Int? = nil, lte: Int? = nil) {
        self.gt = gt
        self.gte = gte
        self.lt = lt
        self.lte = lte
    }

    /// Whether a count is in the range.
    public func contains(_ count: Int) -> Bool {
        if let gt, count <= gt { return false }
        if let gte, count < gte { return false }
        if let lt, count >= lt { return false }
        if let lte, count > lte { return false }
        return true
    }
}
