import FeatureStorage
import HNSW
import IndexCatalog
import Locks
import MappedStorage
import VectorCore

/// A published graph that takes in what the store sees from then on.
///
/// What has changed is found in the store's log, so that nothing needs to be written for it: whoever
/// opens the index next does the same.
final class LiveGraph: Sendable {
    private struct State: Sendable {
        /// The change of the store that has been taken in last.
        var sequence: UInt64
        var contents: Contents
    }

    private enum Contents: Sendable {
        /// As it was published, with the points of its rows.
        case published(HNSWIndex, RowIDs)
        case changed(KeyedHNSW)
    }

    private let state: Lock<State>

    /// Begins with a graph as it was published.
    ///
    /// - Throws: ``StorageError`` with `system` where there is no memory.
    init(_ index: HNSWIndex, _ snapshot: IndexSnapshot) throws(StorageError) {
        let points = try Self.storing { () throws(IndexError) in try RowIDs(snapshot.points) }
        state = Lock(
            State(sequence: snapshot.sequence, contents: .published(index, points)))
    }

    /// The graph as the store is at the moment of a transaction, and the points of its rows.
    ///
    /// - Returns: nil where it has taken in later changes already.
    /// - Throws: ``StorageError`` where the log does not reach back, the store cannot be read, or there
    ///   is no memory.
    /// - Complexity: O(changes · dimension) since the last call
    func version(
        _ transaction: borrowing ReadTransaction, _ field: VectorField,
        of collection: StoredCollection
    ) throws(StorageError) -> (index: HNSWIndex, points: RowIDs)? {
        let head = try transaction.headSequence()
        return try state.withLock { state throws(StorageError) in
            guard state.sequence <= head else { return nil }
            if state.sequence < head {
                var changed: Set<UInt64> = []
                try transaction.forEachChange(after: state.sequence) {
                    change throws(StorageError) in
                    if change.fieldIDs.contains(field.id) { changed.insert(change.number.rawValue) }
                    return true
                }
                if !changed.isEmpty {
                    let vectors = try FieldVectors(
                        transaction, field, of: collection, only: changed.sorted())
                    let graph = Self.changing(&state)
                    try graph.change(
                        deciding: { table throws(StorageError) in
                            KeyedHNSW.Change(
                                removed: changed.filter { table.row(of: $0) != nil },
                                added: vectors.points.isEmpty ? nil : vectors.matrix,
                                ids: vectors.points)
                        }, failure: { StorageError(.system, $0.message) })
                }
                state.sequence = head
            }
            switch state.contents {
            case .published(let index, let points):
                return (index, points)
            case .changed(let graph):
                let version = graph.version
                return (version.index, version.ids)
            }
        }
    }

    /// The graph with everything put into it that it has taken in.
    ///
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    /// - Complexity: about O(changes · efConstruction · m · dimension / threads)
    func merged(threads: Int) throws(IndexError) -> HNSWIndex {
        switch state.withLock({ $0.contents }) {
        case .published(let index, _):
            return index
        case .changed(let graph):
            // The user's queries are asked next.
            try graph.merge(threads: threads, measures: false)
            return graph.version.index
        }
    }

    private static func changing(_ state: inout State) -> KeyedHNSW {
        switch state.contents {
        case .published(let index, let points):
            // Whoever searches is not to wait for others' changes.
            let graph = KeyedHNSW(index, ids: points, waits: false)
            state.contents = .changed(graph)
            return graph
        case .changed(let graph):
            return graph
        }
    }

    private static func storing<R>(
        _ body: () throws(IndexError) -> R
    ) throws(StorageError) -> R {
        do throws(IndexError) {
            return try body()
        } catch {
            throw StorageError(.system, error.message)
        }
    }
}
