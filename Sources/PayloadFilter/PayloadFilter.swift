public import JSON

/// What the points of an answer must fulfil: conditions on ids and payloads, joined by clauses.
///
/// The language is that of Qdrant's filters; see <doc:FilterLanguage>. A filter is read from JSON, never
/// changes, and is printed back by ``json``.
///
/// ```swift
/// let filter = try PayloadFilter(#"{"must": {"key": "label", "match": {"value": "cat"}}}"#)
/// filter.matches(id: .number(7), payload: ["label": "cat"])  // true
/// ```
public struct PayloadFilter: Hashable, Sendable {
    /// Conditions that must all hold.
    public let must: [FilterCondition]
    /// Conditions of which one must hold, unless there is none.
    public let should: [FilterCondition]
    /// Conditions of which none may hold.
    public let mustNot: [FilterCondition]
    /// Conditions of which so many must hold, or nil.
    public let minShould: MinShould?

    /// Conditions of which at least some number must hold.
    public struct MinShould: Hashable, Sendable {
        /// The conditions.
        public let conditions: [FilterCondition]
        /// How many must hold at least.
        public let minCount: Int

        /// Makes a clause.
        public init(conditions: [FilterCondition], minCount: Int) {
            self.conditions = conditions
            self.minCount = minCount
        }
    }

    /// How many conditions a filter may have, those of filters inside it included.
    public static let mostConditions = 4096
    /// How deep filters may be inside one another.
    public static let mostNesting = 32
    /// How many values the lists of a filter may have together.
    public static let mostValues = 1_000_000

    /// Joins conditions.
    public init(
        must: [FilterCondition] = [], should: [FilterCondition] = [],
        mustNot: [FilterCondition] = [], minShould: MinShould? = nil
    ) {
        self.must = must
        self.should = should
        self.mustNot = mustNot
        self.minShould = minShould
    }

    /// Whether a point fulfils the filter.
    ///
    /// - Complexity: O(conditions · values under their keys)
    public func matches(id: FilterID, payload: JSONObject) -> Bool {
        func holds(_ condition: FilterCondition) -> Bool {
            condition.holds(id: id, payload: payload)
        }
        guard must.allSatisfy(holds), !mustNot.contains(where: holds),
            should.isEmpty || should.contains(where: holds)
        else { return false }
        guard let minShould else { return true }
        var held = 0
        for condition in minShould.conditions {
            if held >= minShould.minCount { break }
            if holds(condition) { held += 1 }
        }
        return held >= minShould.minCount
    }
}

/// The id of a point as filters name it: a number, or the bits of a UUID.
public enum FilterID: Hashable, Sendable {
    /// An unsigned number of 64 bits.
    case number(UInt64)
    /// A UUID, its first byte the highest.
    case uuid(UInt128)
}
