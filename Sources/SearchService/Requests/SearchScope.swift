public import JSON
public import PayloadFilter

/// Which of the nearest a search gives.
public struct SearchScope: Sendable {
    /// What points must fulfil; nil for no condition.
    public var filter: PayloadFilter?
    /// The distance beyond which nothing is given, itself included; nil for none.
    ///
    /// The answer is then exact, whatever the mode.
    public var within: Float?
    /// How many of the nearest are left out, because a page before has them.
    ///
    /// Pages fit together where the answers are exact and the store does not change meanwhile;
    /// ``Engine/pages(of:)`` promises it.
    public var offset: Int
    /// How results are put together in groups; nil for one list.
    public var grouping: Grouping?

    /// Groups of points that have a value in common: the `k` groups whose nearest points are nearest, and of
    /// each the nearest points.
    ///
    /// Strings, integers and truth values make groups; a point with several of them is in several groups,
    /// one with none in no group.
    public struct Grouping: Hashable, Sendable {
        /// The key of payloads whose values make groups.
        public var field: FieldPath
        /// How many points of a group are given at most, at least 1.
        public var size: Int

        /// Groups by a key.
        public init(by field: FieldPath, size: Int = 3) {
            self.field = field
            self.size = size
        }
    }

    /// Makes a scope; without anything it is all points.
    public init(
        filter: PayloadFilter? = nil, within: Float? = nil, offset: Int = 0,
        grouping: Grouping? = nil
    ) {
        self.filter = filter
        self.within = within
        self.offset = offset
        self.grouping = grouping
    }

    /// Throws unless the parts are in range and go together.
    ///
    /// - Throws: ``ServiceError`` with `invalidRequest`.
    func validate() throws(ServiceError) {
        if let within, within.isNaN {
            throw ServiceError(.invalidRequest, "A distance cannot be NaN; give a number.")
        }
        guard (0...1_000_000_000).contains(offset) else {
            throw ServiceError(
                .invalidRequest, "The offset is \(offset); give 0 to 1,000,000,000.")
        }
        guard let grouping else { return }
        guard (1...1_000_000).contains(grouping.size) else {
            throw ServiceError(
                .invalidRequest,
                "A group cannot have \(grouping.size) results; ask for 1 to 1,000,000.")
        }
        guard offset == 0 else {
            throw ServiceError(
                .invalidRequest,
                "An offset skips single results, so it does not go with groups; ask for more groups."
            )
        }
    }
}

/// What points that were found have in common.
public struct SearchGroup: Sendable {
    /// The value: a string, an integer or a truth value.
    public let value: JSONValue
    /// The nearest points that have it, nearest first.
    public let hits: [SearchHit]
}

/// Points that were found with vectors from memory and have a value in common.
public struct PointGroup: Hashable, Sendable {
    /// The value: a string, an integer or a truth value.
    public let value: JSONValue
    /// The nearest points that have it, nearest first.
    public let matches: [PointMatch]
}
