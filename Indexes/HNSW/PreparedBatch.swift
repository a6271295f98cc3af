import Quantization
import VectorCore
import VectorKernels

/// Queries as an index compares them, each prepared once for all that is asked of it.
///
/// Items borrow memory of the batch, so whoever uses them keeps it alive.
final class PreparedBatch: Sendable {
    /// A query and what scores rows against it; both borrow the batch's memory.
    ///
    /// Unchecked: nobody writes what it points to once it is made.
    @safe
    struct Item: @unchecked Sendable {
        let query: PreparedQuery
        let scorer: DistanceScorer
    }

    /// At most so many are prepared at a time, which takes 40 MB for vectors of a thousand numbers.
    static let most = 8192

    /// One a query, in order.
    let items: [Item]
    private let memory: Memory

    /// Prepares some rows of a matrix.
    ///
    /// - Complexity: O(queries · (dimension + width of codes) / threads), and more where vectors are turned for codes
    init(_ queries: FloatMatrix, _ places: Range<Int>, of index: HNSWIndex, threads: Int) {
        let memory = Memory(places.count, of: index)
        self.memory = memory
        items = index.scratches.map(places.count, piece: 64, threads: threads) { item, scratch in
            let query = unsafe index.prepare(
                queries.pointer(row: places.lowerBound + item), into: memory.numbers(item))
            let scorer = unsafe index.rows.scorer(query.numbers, scratch)
            guard let codes = scratch.codes else { return Item(query: query, scorer: scorer) }
            return unsafe Item(query: query, scorer: codes.move(scorer, to: memory.codes(item)))
        }
    }

    /// What the items borrow.
    ///
    /// Unchecked: each item's part is written by the one thread that prepares it, before the batch is made.
    @safe
    private final class Memory: @unchecked Sendable {
        private let base: UnsafeMutableRawPointer
        private let numberBytes: Int
        private let itemBytes: Int

        init(_ count: Int, of index: HNSWIndex) {
            numberBytes = index.vectors.stride * 4
            let width = index.rows.codes?.quantizer.width ?? 0
            itemBytes = numberBytes + ((CodeScratch.largestQuery(width: width) + 63) & ~63)
            unsafe base = .allocate(byteCount: max(1, count * itemBytes), alignment: 64)
            // Numbers are padded with zeros.
            unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: count * itemBytes)
        }

        @unsafe
        func numbers(_ item: Int) -> UnsafeMutablePointer<Float> {
            unsafe (base + item * itemBytes).assumingMemoryBound(to: Float.self)
        }

        @unsafe
        func codes(_ item: Int) -> UnsafeMutableRawPointer {
            unsafe base + item * itemBytes + numberBytes
        }

        deinit {
            unsafe base.deallocate()
        }
    }
}
