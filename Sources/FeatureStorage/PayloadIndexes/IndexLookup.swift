internal import JSON
internal import PayloadFilter

/// Answers conditions from the payload indexes of one collection.
struct IndexLookup {
    private let collection: StoredCollection
    private var indexes: [FieldPath: PayloadIndex] = [:]

    /// Reading a payload costs about as much as going over so many entries of an index.
    private static let entriesAPayload = 16.0
    /// Lists of more values than this are not looked up to be estimated.
    private static let mostValuesEstimated = 256

    init(
        _ transaction: borrowing ReadTransaction, _ collection: StoredCollection
    ) throws(StorageError) {
        self.collection = collection
        for index in try transaction.payloadIndexes(of: collection) where index.isComplete {
            indexes[index.field] = index
        }
    }

    /// What the indexes say of a filter.
    func bounds(
        _ filter: PayloadFilter, _ transaction: borrowing ReadTransaction
    ) throws(StorageError) -> SelectionBounds {
        // The rarest condition comes first: what remains is narrowed before more is read.
        var wanted: [(condition: FilterCondition, isInverted: Bool, entries: Double)] = []
        for condition in filter.must {
            wanted.append((condition, false, try cost(condition, transaction)))
        }
        for condition in filter.mustNot {
            wanted.append((condition, true, try cost(condition, transaction)))
        }
        wanted.sort { ($0.isInverted ? 1 : 0, $0.entries) < ($1.isInverted ? 1 : 0, $1.entries) }
        var result = SelectionBounds.all
        for (condition, isInverted, entries) in wanted {
            guard try isWorth(entries, after: result) else {
                result = result.and(.unknown)
                continue
            }
            let bounds = try bounds(condition, transaction)
            result = result.and(isInverted ? bounds.inverted : bounds)
        }
        if !filter.should.isEmpty {
            result = result.and(try atLeast(1, of: filter.should, transaction))
        }
        if let minShould = filter.minShould {
            result = result.and(
                try atLeast(minShould.minCount, of: minShould.conditions, transaction))
        }
        return result
    }

    /// Whether reading entries of an index is less work than reading the payloads that are left.
    private func isWorth(
        _ entries: Double, after bounds: SelectionBounds
    ) throws(StorageError) -> Bool {
        guard case .only(let left) = bounds.possible else { return true }
        return entries <= Self.entriesAPayload * Double(left.count)
    }

    private func atLeast(
        _ count: Int, of conditions: [FilterCondition], _ transaction: borrowing ReadTransaction
    ) throws(StorageError) -> SelectionBounds {
        guard count > 0 else { return .all }
        guard count <= conditions.count else { return .none }
        var any = SelectionBounds.none
        var all = SelectionBounds.all
        for condition in conditions {
            let bounds = try bounds(condition, transaction)
            any = any.or(bounds)
            all = all.and(bounds)
        }
        if count == 1 { return any }
        return SelectionBounds(
            certain: all.certain, possible: count == conditions.count ? all.possible : any.possible)
    }

    /// What the indexes say of a condition.
    private func bounds(
        _ condition: FilterCondition, _ transaction: borrowing ReadTransaction
    ) throws(StorageError) -> SelectionBounds {
        switch condition {
        case .filter(let filter): return try bounds(filter, transaction)
        case .hasID(let ids):
            var numbers: [PointNumber] = []
            for id in ids {
                if let number = try transaction.number(of: PointID(id), in: collection) {
                    numbers.append(number)
                }
            }
            return .exactly(PointSet(numbers))
        case .field(let path, let test):
            guard let index = indexes[path], let spans = index.spans(of: test) else {
                return .unknown
            }
            // Lists may have very many values, so all are gathered before sets are made.
            var certain = PointSet.Gatherer()
            var doubtful = PointSet.Gatherer()
            for span in spans {
                if span.isCertain {
                    try transaction.gather(span, of: index, into: &certain)
                } else {
                    try transaction.gather(span, of: index, into: &doubtful)
                }
            }
            let sure = PointSelection.only(certain.set())
            return SelectionBounds(
                certain: sure, possible: sure.union(.only(doubtful.set())))
        case .isEmpty, .isNull: return .unknown
        }
    }

    /// About how many entries are read to look a condition up; none where that is not possible.
    private func cost(
        _ condition: FilterCondition, _ transaction: borrowing ReadTransaction
    ) throws(StorageError) -> Double {
        switch condition {
        case .hasID(let ids): return Double(ids.count)
        case .filter, .isEmpty, .isNull: return 0
        case .field: return try estimate(condition, transaction)?.expected ?? 0
        }
    }

    /// How many points fulfil a condition, as far as the indexes know; nil where they do not.
    func estimate(
        _ condition: FilterCondition, _ transaction: borrowing ReadTransaction
    ) throws(StorageError) -> MatchEstimate? {
        switch condition {
        case .hasID(let ids):
            return MatchEstimate(least: 0, expected: Double(ids.count), most: ids.count)
        case .field(let path, let test):
            guard let index = indexes[path], let spans = index.spans(of: test),
                spans.count <= Self.mostValuesEstimated
            else { return nil }
            var sum = MatchEstimate.exactly(0)
            for span in spans {
                let part = try transaction.estimate(
                    of: index, from: span.low, through: span.high, progress: span.progress)
                sum = MatchEstimate(
                    least: 0, expected: sum.expected + part.expected, most: sum.most + part.most)
            }
            return sum
        case .isEmpty, .isNull, .filter: return nil
        }
    }
}
