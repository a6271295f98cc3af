import Flat
public import SearchService
import Synchronization
public import VectorCore

extension StandaloneIndex {
    /// Adds vectors under new ids: all of them or, on failure, none.
    ///
    /// Searches go on meanwhile.
    ///
    /// - Parameters:
    ///   - vectors: shape (added, dimension), finite.
    ///   - ids: one a vector, each once and none that the index has; nil to go on after the largest.
    /// - Throws: ``ServiceError`` with `unsupported` where the kind is built whole, `invalidRequest`
    ///   naming the position of the first id that cannot be, `invalidData` where vectors have another
    ///   length or are not finite, `inputOutput` where there is no memory.
    /// - Complexity: O(added · dimension) on average
    public func add(_ vectors: FloatMatrix, ids: [UInt64]? = nil) throws(ServiceError) {
        try requireFlat("added to")
        try Self.check(ids, count: vectors.rows)
        try rows.withLock { table throws(ServiceError) in
            let version = self.version
            guard case .flat(let present) = version.contents else { return }
            table.know(version)
            let ids =
                if let ids { ids } else {
                    try Self.ids(after: table.largestID(), count: vectors.rows)
                }
            for (position, id) in ids.enumerated() where table.row(of: id) != nil {
                throw ServiceError(
                    .invalidRequest,
                    "The id \(id) at position \(position) is in the index already; remove it first, "
                        + "or give another.")
            }
            let next = try indexing { () throws(IndexError) in
                IndexVersion(
                    .flat(try present.adding(vectors)), ids: try version.ids.appending(ids))
            }
            table.insert(ids, from: version.ids.count)
            publish(next)
        }
    }

    /// Removes vectors: all of them or, where one of the ids is unknown, none.
    ///
    /// Searches go on meanwhile. The memory of removed vectors is given up when there are many.
    ///
    /// - Parameter ids: ids that the index has, each once.
    /// - Throws: ``ServiceError`` with `unsupported` where the kind is built whole, `notFound` naming
    ///   the position of the first id that is unknown, `invalidRequest` where one stands twice,
    ///   `inputOutput` where there is no memory.
    /// - Complexity: O(removed · dimension + count / 64) on average
    public func remove(_ ids: [UInt64]) throws(ServiceError) {
        try requireFlat("removed from")
        try rows.withLock { table throws(ServiceError) in
            let version = self.version
            guard case .flat(let present) = version.contents else { return }
            table.know(version)
            var removed: [UInt32] = []
            removed.reserveCapacity(ids.count)
            for (position, id) in ids.enumerated() {
                guard let row = table.row(of: id) else {
                    throw ServiceError(
                        .notFound, "The id \(id) at position \(position) is not in the index.")
                }
                removed.append(row)
            }
            if let (first, second) = RowIDs.firstRepetition(in: ids) {
                throw ServiceError(
                    .invalidRequest,
                    "The id \(ids[second]) at position \(second) stands at position \(first) already; "
                        + "give each id once.")
            }
            guard !ids.isEmpty else { return }
            let hiding = present.hiding(removed)
            guard hiding.hidden.count > Self.mostHidden(among: hiding.vectors.rows) else {
                table.remove(ids)
                return publish(IndexVersion(.flat(hiding), ids: version.ids))
            }
            let next = try indexing { () throws(IndexError) in
                let (dense, kept) = try hiding.dense()
                return IndexVersion(
                    .flat(dense), ids: try RowIDs(kept.map { version.ids[$0] }))
            }
            table.refill(next)
            publish(next)
        }
    }

    /// How many rows stay in memory after they were removed: enough that copying the others costs
    /// little a removal, and few enough that searches do not notice.
    static func mostHidden(among rows: Int) -> Int { max(64, rows / 8) }

    private func requireFlat(_ verb: String) throws(ServiceError) {
        guard kind == .flat else {
            throw ServiceError(
                .unsupported,
                "Vectors cannot be \(verb) an index of kind \(kind.rawValue), which is built whole; "
                    + "build it again, or use a flat one.")
        }
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
