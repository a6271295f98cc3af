import Foundation
import Likeness
import Synchronization
import VectorCore

/// A thread that deletes vectors and puts others in, so many a second, but when it rests.
final class Writer: Sendable {
    private let index: StandaloneIndex
    private let world: World
    private let rate: Int
    private let isStopping = Atomic(false)
    private let isResting = Atomic(true)
    private let done = Atomic<Int>(0)
    private let outcome = Mutex<(isFinished: Bool, error: (any Error)?)>((false, nil))

    private static let ticks = 100

    init(_ index: StandaloneIndex, _ world: World, rate: Int) {
        self.index = index
        self.world = world
        self.rate = rate
    }

    /// How many vectors have been put in or deleted.
    var changes: Int { done.load(ordering: .relaxed) }

    /// Begins, and rests until it is told to go on.
    func start() {
        Thread { [self] in
            var failure: (any Error)?
            do { try write() } catch { failure = error }
            let error = failure
            outcome.withLock { $0 = (true, error) }
        }.start()
    }

    func resume() { isResting.store(false, ordering: .relaxed) }

    func rest() { isResting.store(true, ordering: .relaxed) }

    /// Ends it.
    ///
    /// - Throws: what made it fail.
    func stop() throws {
        isStopping.store(true, ordering: .relaxed)
        while !outcome.withLock({ $0.isFinished }) { usleep(1000) }
        if let error = outcome.withLock({ $0.error }) { throw error }
    }

    private func write() throws {
        var generator = SplitMix64(seed: 77)
        var present = (0..<UInt64(world.count)).map { $0 }
        var absent = (UInt64(world.count)..<UInt64(world.ids)).map { $0 }
        var due = ProcessInfo.processInfo.systemUptime
        while !isStopping.load(ordering: .relaxed) {
            due += 1 / Double(Self.ticks)
            let wait = due - ProcessInfo.processInfo.systemUptime
            if wait > 0 { usleep(UInt32(wait * 1e6)) }
            guard !isResting.load(ordering: .relaxed) else { continue }
            let size = rate / Self.ticks
            // Some vectors are replaced in place beside those that come and go.
            let (gone, coming) = (
                Self.draw(size, from: &present, &generator),
                Self.draw(size, from: &absent, &generator)
            )
            let changed = Self.draw(max(1, size / 5), from: &present, &generator)
            try world.set(gone, to: gone.map { world.generation(of: $0) + 1 }) {
                try index.remove(gone)
            }
            let ids = coming + changed
            let generations = ids.map { id in
                let now = world.generation(of: id)
                return now + (now % 2 == 0 ? 2 : 1)
            }
            let vectors = FloatMatrix(
                zip(ids, generations).map { world.vector($0, $1) }, columns: world.dimension)
            try world.set(ids, to: generations) { try index.upsert(vectors, ids: ids) }
            present += ids
            absent += gone
            done.add(gone.count + ids.count, ordering: .relaxed)
        }
    }

    private static func draw(
        _ count: Int, from ids: inout [UInt64], _ generator: inout SplitMix64
    ) -> [UInt64] {
        (0..<min(count, ids.count)).map { _ in
            ids.swapAt(Int.random(in: 0..<ids.count, using: &generator), ids.count - 1)
            return ids.removeLast()
        }
    }
}
