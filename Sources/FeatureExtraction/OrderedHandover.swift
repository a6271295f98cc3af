import Locks

/// Hands numbered pieces of work out to threads, and their results back in order.
///
/// Never more than `window` pieces are out or waiting, so a slow taker slows the makers down.
final class OrderedHandover<Item: Sendable>: Sendable {
    private struct State {
        var nextToClaim = 0
        var nextToTake = 0
        var ready: [Int: Item] = [:]
        var stopped = false
    }

    private let count: Int
    private let window: Int
    private let state = Monitor(State())

    /// - Parameters:
    ///   - count: how many pieces there are.
    ///   - window: how many may be claimed and not yet taken, at least 1.
    init(count: Int, window: Int) {
        self.count = count
        self.window = max(1, window)
    }

    /// The next piece to do; waits while the window is full; nil when there is none left.
    func claim() -> Int? {
        state.wait { state -> Int?? in
            if state.stopped || state.nextToClaim == self.count { return .some(nil) }
            guard state.nextToClaim < state.nextToTake + self.window else { return nil }
            state.nextToClaim += 1
            return state.nextToClaim - 1
        }
    }

    /// Gives the result of a claimed piece.
    func put(_ piece: Int, _ item: Item) {
        state.update { $0.ready[piece] = item }
    }

    /// All results that are next in order, at least one; waits for it; empty when all are taken.
    func take() -> [Item] {
        state.wait { state -> [Item]? in
            var items: [Item] = []
            while let item = state.ready.removeValue(forKey: state.nextToTake) {
                items.append(item)
                state.nextToTake += 1
            }
            let over = state.stopped || state.nextToTake == self.count
            return items.isEmpty && !over ? nil : items
        }
    }

    /// Makes every claim and every take end.
    func stop() {
        state.update { $0.stopped = true }
    }
}
