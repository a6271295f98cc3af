public import MappedStorage
public import VectorCore

/// What somebody wants changed in an index; it is decided under the index's own lock what that means for its rows.
public enum IndexChange: Sendable {
    /// Vectors come under ids that are not there, or after the largest where none are given.
    case add(FloatMatrix, ids: [UInt64]?)
    /// Vectors come in the place of those with the same ids, or beside the others.
    case upsert(FloatMatrix, ids: [UInt64])
    /// Vectors with these ids, which are there, go.
    case remove([UInt64])
    /// What a store has seen: these ids have changed, and some of them have vectors now.
    case replay(changed: Set<UInt64>, FloatMatrix, ids: [UInt64])
}

/// A change that has been decided on: rows that go, and vectors that come.
public struct DecidedChange: Sendable {
    /// Ids that are there and go, each once.
    public var removed: [UInt64] = []
    /// Shape (added, dimension); nil for none.
    public var added: FloatMatrix?
    /// The ids of those, each once, and none that is there and stays.
    public var ids: [UInt64] = []
}

extension IndexChange {
    /// Decides what the change means for rows that have some ids.
    ///
    /// - Parameter table: the rows of all ids that can be found.
    /// - Throws: ``ChangeError``.
    /// - Complexity: O(ids)
    public func decided(_ table: inout RowTable) throws(ChangeError) -> DecidedChange {
        switch self {
        case .add(let vectors, let ids):
            let ids =
                if let ids {
                    try Self.checkNew(ids, count: vectors.rows, table)
                } else {
                    try Self.ids(after: table.largestID(), count: vectors.rows)
                }
            return DecidedChange(added: vectors, ids: ids)
        case .upsert(let vectors, let ids):
            try Self.check(ids, count: vectors.rows)
            return DecidedChange(
                removed: ids.filter { table.row(of: $0) != nil }, added: vectors, ids: ids)
        case .remove(let ids):
            for (position, id) in ids.enumerated() where table.row(of: id) == nil {
                throw ChangeError(position: position, .idUnknown(id))
            }
            try Self.checkOnce(ids)
            return DecidedChange(removed: ids)
        case .replay(let changed, let vectors, let ids):
            try Self.check(ids, count: vectors.rows)
            return DecidedChange(
                removed: changed.union(ids).filter { table.row(of: $0) != nil },
                added: vectors.rows == 0 ? nil : vectors, ids: ids)
        }
    }

    /// Checks that there is an id for every vector, each once.
    ///
    /// - Throws: ``ChangeError``.
    public static func check(_ ids: [UInt64], count: Int) throws(ChangeError) {
        guard ids.count == count else {
            throw ChangeError(position: nil, .idCount(ids.count, vectors: count))
        }
        try checkOnce(ids)
    }

    private static func checkOnce(_ ids: [UInt64]) throws(ChangeError) {
        if let (first, second) = RowIDs.firstRepetition(in: ids) {
            throw ChangeError(position: second, .idRepeated(ids[second], first: first))
        }
    }

    private static func checkNew(
        _ ids: [UInt64], count: Int, _ table: RowTable
    ) throws(ChangeError) -> [UInt64] {
        try check(ids, count: count)
        for (position, id) in ids.enumerated() where table.row(of: id) != nil {
            throw ChangeError(position: position, .idTaken(id))
        }
        return ids
    }

    private static func ids(
        after largest: UInt64?, count: Int
    ) throws(ChangeError) -> [UInt64] {
        guard let largest else { return (0..<UInt64(count)).map { $0 } }
        guard !largest.addingReportingOverflow(UInt64(count)).overflow else {
            throw ChangeError(position: nil, .noIDs(after: largest, count: count))
        }
        return (0..<UInt64(count)).map { largest + 1 + $0 }
    }
}
