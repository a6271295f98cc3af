import Locks
import Quantization
import Synchronization
import VectorCore
import VectorKernels
import WorkerThreads

/// Lends scratch memory to searches and keeps what they give back.
///
/// Each processor has a shelf of its own. So searches on different processors neither wait for each other
/// nor write to the same cache lines, and a search gets memory that its processor has in its caches.
package final class ScratchPool: Sendable {
    private final class Shelf: Sendable {
        let free = Lock<[SearchScratch]>([])

        func take() -> SearchScratch? { free.withLock { $0.popLast() } }
        func put(_ scratch: SearchScratch) { free.withLock { $0.append(scratch) } }
    }

    private let make: @Sendable () -> SearchScratch
    private let shelves: [Shelf]

    init(_ vectors: GraphVectors, degree: Int) {
        let count = vectors.count
        let width = vectors.codes?.quantizer.width
        let stride = vectors.matrix.stride
        make = { SearchScratch(count: count, stride: stride, codeWidth: width, degree: degree) }
        shelves = (0..<WorkerThreads.availableCores).map { _ in Shelf() }
    }

    /// Calls `body` with scratch memory that nobody else uses meanwhile.
    func withScratch<Result, E: Error>(
        _ body: (SearchScratch) throws(E) -> Result
    ) throws(E) -> Result {
        let scratch = take()
        defer { shelf.put(scratch) }
        return try body(scratch)
    }

    /// What `answer` gives for each of so many items, on `threads` threads.
    ///
    /// - Parameters:
    ///   - count: how many items there are.
    ///   - order: in which they are taken; as they come where there is none.
    ///   - piece: so many are taken by a thread at once.
    /// - Throws: the first error of `answer`; no other item is begun then.
    func map<Answer: Sendable, E: Error>(
        _ count: Int, order: [Int]? = nil, piece: Int, threads: Int,
        _ answer: @Sendable (_ item: Int, _ scratch: SearchScratch) throws(E) -> Answer
    ) throws(E) -> [Answer] {
        let failure = Lock<E?>(nil)
        let hasFailed = Atomic<Bool>(false)
        let found = unsafe [Answer?](unsafeUninitializedCapacity: count) { answers, filled in
            // Each item's place is written by the one thread that answers it.
            nonisolated(unsafe) let answers = unsafe answers
            WorkerThreads.forEachPiece(of: count, piece: piece, threads: threads) { _, places in
                withScratch { scratch in
                    for place in places {
                        let item = order?[place] ?? place
                        var found: Answer?
                        if !hasFailed.load(ordering: .relaxed) {
                            do throws(E) {
                                found = try answer(item, scratch)
                            } catch {
                                hasFailed.store(true, ordering: .relaxed)
                                failure.withLock { if $0 == nil { $0 = error } }
                            }
                        }
                        unsafe answers.initializeElement(at: item, to: found)
                    }
                }
            }
            filled = count
        }
        if let error = failure.withLock({ $0 }) { throw error }
        return found.compactMap { $0 }
    }

    /// Returns when whatever searches did that have ended has been seen by the calling thread.
    func catchUp() {
        for shelf in shelves { shelf.free.withLock { _ in } }
    }

    /// That of the processor that this runs on.
    private var shelf: Shelf { shelves[currentProcessor % shelves.count] }

    private func take() -> SearchScratch {
        if let scratch = shelf.take() { return scratch }
        // So there are hardly ever more than searches at one time.
        for shelf in shelves {
            if let scratch = shelf.take() { return scratch }
        }
        return make()
    }
}
