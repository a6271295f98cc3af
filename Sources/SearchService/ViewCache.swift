import Locks

/// The views that searches have opened, one an index, so that the next search finds them in memory.
final class ViewCache: Sendable {
    private final class Slot: Sendable {
        let turn = Turn()
        let view = Lock<IndexView?>(nil)
    }

    private let slots = Lock<[String: Slot]>([:])

    /// Gives the open view of an index to `body` and keeps the one that it returns in its place.
    ///
    /// One caller at a time for each index, so that none is loaded twice at once; searches of other indexes
    /// do not wait for one that is being loaded.
    func withView<R: Sendable>(
        of index: String,
        _ body: (IndexView?) throws(ServiceError) -> (result: R, keep: IndexView?)
    ) throws(ServiceError) -> R {
        let slot = slots.withLock { slots in
            if let slot = slots[index] { return slot }
            let slot = Slot()
            slots[index] = slot
            return slot
        }
        return try slot.turn.withTurn { () throws(ServiceError) in
            let (result, keep) = try body(slot.view.withLock { $0 })
            slot.view.withLock { $0 = keep }
            return result
        }
    }

    /// Forgets all views; searches that use one keep it alive.
    func removeAll() {
        slots.withLock { $0.removeAll() }
    }
}
