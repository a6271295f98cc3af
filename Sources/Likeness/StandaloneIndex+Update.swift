import Flat
import HNSW
import Locks
import MappedStorage
public import SearchService
public import VectorCore

extension StandaloneIndex {
    /// Adds vectors under new ids: all of them or, on failure, none.
    ///
    /// Searches go on meanwhile.
    ///
    /// - Parameters:
    ///   - vectors: shape (added, dimension), finite.
    ///   - ids: one a vector, each once and none that the index has; nil to go on after the largest.
    /// - Throws: ``ServiceError`` with `unsupported` for `matrix`, which is built whole, `invalidRequest`
    ///   naming the position of the first id that cannot be, `invalidData` where vectors have another
    ///   length or are not finite, `inputOutput` where there is no memory.
    /// - Complexity: O(added · dimension) on average
    public func add(_ vectors: FloatMatrix, ids: [UInt64]? = nil) throws(ServiceError) {
        try requireChangeable("added to")
        try Self.check(ids, count: vectors.rows)
        if let keyed {
            try keyed.change(
                deciding: { table throws(ServiceError) in
                    KeyedHNSW.Change(
                        added: vectors, ids: try Self.newIDs(ids, count: vectors.rows, &table))
                }, failure: ServiceError.init)
            return
        }
        try rows.withLock { table throws(ServiceError) in
            let version = self.version
            guard case .flat(let present) = version.contents else { return }
            table.know(version)
            let ids = try Self.newIDs(ids, count: vectors.rows, &table)
            let next = try indexing { () throws(IndexError) in
                IndexVersion(
                    .flat(try present.adding(vectors)), ids: try version.ids.appending(ids))
            }
            table.insert(ids, UInt32(version.ids.count)...)
            publish(next)
        }
    }

    /// Puts vectors in the place of those that have the same ids, and adds those whose ids are new: all of
    /// them or, on failure, none.
    ///
    /// Searches go on meanwhile; each finds the old vector of an id or the new one, never both or none.
    ///
    /// - Parameters:
    ///   - vectors: shape (vectors, dimension), finite.
    ///   - ids: one a vector, each once.
    /// - Throws: ``ServiceError`` as ``add(_:ids:)`` does.
    /// - Complexity: O(vectors · dimension + count / 64) on average
    public func upsert(_ vectors: FloatMatrix, ids: [UInt64]) throws(ServiceError) {
        try requireChangeable("put into")
        try Self.check(ids, count: vectors.rows)
        if let keyed {
            try keyed.change(
                deciding: { table throws(ServiceError) in
                    KeyedHNSW.Change(
                        removed: ids.filter { table.row(of: $0) != nil }, added: vectors, ids: ids)
                }, failure: ServiceError.init)
            return
        }
        try rows.withLock { table throws(ServiceError) in
            let version = self.version
            guard case .flat(let present) = version.contents else { return }
            table.know(version)
            let old = ids.compactMap { table.row(of: $0) }
            let next = try indexing { () throws(IndexError) in
                IndexVersion(
                    .flat(try present.adding(vectors).hiding(old)),
                    ids: try version.ids.appending(ids))
            }
            table.insert(ids, UInt32(version.ids.count)...)
            publish(try shrunk(next, &table))
        }
    }

    /// Removes vectors: all of them or, where one of the ids is unknown, none.
    ///
    /// Searches go on meanwhile. The memory of removed vectors is given up
    /// when there are many, or used for others.
    ///
    /// - Parameter ids: ids that the index has, each once.
    /// - Throws: ``ServiceError`` with `unsupported` for `matrix`, which is built whole, `notFound` naming
    ///   the position of the first id that is unknown, `invalidRequest` where one stands twice,
    ///   `inputOutput` where there is no memory.
    /// - Complexity: O(removed · dimension + count / 64) on average
    public func remove(_ ids: [UInt64]) throws(ServiceError) {
        try requireChangeable("removed from")
        if let keyed {
            try keyed.change(
                deciding: { table throws(ServiceError) in
                    _ = try Self.rows(of: ids, table)
                    return KeyedHNSW.Change(removed: ids)
                }, failure: ServiceError.init)
            return
        }
        try rows.withLock { table throws(ServiceError) in
            let version = self.version
            guard case .flat(let present) = version.contents else { return }
            table.know(version)
            let removed = try Self.rows(of: ids, table)
            guard !ids.isEmpty else { return }
            table.remove(ids)
            publish(
                try shrunk(
                    IndexVersion(.flat(present.hiding(removed)), ids: version.ids), &table))
        }
    }

    /// Does at once what changes have left for later.
    ///
    /// Added vectors are put into the graph, and removed ones taken out of it, which else is done in the
    /// background. For other kinds there is nothing to do.
    ///
    /// - Parameter threads: how many threads work; nil for all cores.
    /// - Throws: ``ServiceError`` with `inputOutput` where there is no memory.
    public func settle(threads: Int? = nil) throws(ServiceError) {
        guard let keyed = keyedIfChanged else { return }
        try indexing { () throws(IndexError) in
            try keyed.settle(threads: Engine.threads(threads))
        }
    }

    /// The rows of ids that are to be removed.
    private static func rows(
        of ids: [UInt64], _ table: RowTable
    ) throws(ServiceError) -> [UInt32] {
        var rows: [UInt32] = []
        rows.reserveCapacity(ids.count)
        for (position, id) in ids.enumerated() {
            guard let row = table.row(of: id) else {
                throw ServiceError(
                    .notFound, "The id \(id) at position \(position) is not in the index.")
            }
            rows.append(row)
        }
        if let (first, second) = RowIDs.firstRepetition(in: ids) {
            throw ServiceError(
                .invalidRequest,
                "The id \(ids[second]) at position \(second) stands at position \(first) already; "
                    + "give each id once.")
        }
        return rows
    }

    /// A version, or where many of its rows are hidden one of the others alone.
    private func shrunk(
        _ version: IndexVersion, _ table: inout RowTable
    ) throws(ServiceError) -> IndexVersion {
        guard case .flat(let present) = version.contents,
            present.hidden.count > Self.mostHidden(among: present.vectors.rows)
        else { return version }
        let dense = try indexing { () throws(IndexError) in
            let (dense, kept) = try present.dense()
            return IndexVersion(
                .flat(dense), ids: try RowIDs(kept.map { version.ids[$0] }))
        }
        table.fill(dense.rows, dense.ids)
        return dense
    }

    /// How many rows stay in memory after they were removed: enough that copying the others costs
    /// little a removal, and few enough that searches do not notice.
    static func mostHidden(among rows: Int) -> Int { max(64, rows / 8) }

    private func requireChangeable(_ verb: String) throws(ServiceError) {
        guard kind != .matrix else {
            throw ServiceError(
                .unsupported,
                "Vectors cannot be \(verb) an index of kind matrix, which is built whole; build it "
                    + "again, or use another kind.")
        }
    }

    /// Ids for vectors that are added: those given, unless one is taken, or those after the largest.
    private static func newIDs(
        _ ids: [UInt64]?, count: Int, _ table: inout RowTable
    ) throws(ServiceError) -> [UInt64] {
        guard let ids else { return try Self.ids(after: table.largestID(), count: count) }
        for (position, id) in ids.enumerated() where table.row(of: id) != nil {
            throw ServiceError(
                .invalidRequest,
                "The id \(id) at position \(position) is in the index already; remove it first, or "
                    + "give another.")
        }
        return ids
    }

    private static func ids(
        after largest: UInt64?, count: Int
    ) throws(ServiceError) -> [UInt64] {
        guard let largest else { return (0..<UInt64(count)).map { $0 } }
        guard !largest.addingReportingOverflow(UInt64(count)).overflow else {
            throw ServiceError(
                .invalidRequest,
                "No \(count) ids follow \(largest), which the index has; say which ids the vectors get."
            )
        }
        return (0..<UInt64(count)).map { largest + 1 + $0 }
    }
}

extension RowTable {
    /// Reads a version's ids unless that has been done.
    fileprivate mutating func know(_ version: IndexVersion) {
        guard !isFilled else { return }
        fill(version.rows, version.ids)
    }
}
