import Quantization
import Synchronization
import VectorCore

/// The memory of one search at a time.
///
/// Unchecked: the pool gives each to one search and takes it back when that ends.
@safe
package final class SearchScratch: @unchecked Sendable {
    var visited: VisitedSet
    var beam = Beam(capacity: 64)
    /// Unvisited neighbours of the vertex in hand, and their distances.
    let pending: UnsafeMutablePointer<UInt32>
    let distances: UnsafeMutablePointer<Float>
    /// What a query's codes lie in, where the graph compares codes.
    let codes: CodeScratch?

    init(_ vectors: GraphVectors, degree: Int) {
        visited = VisitedSet(count: vectors.count)
        codes = vectors.codes.map { CodeScratch(width: $0.quantizer.width) }
        unsafe pending = .allocate(capacity: degree)
        unsafe distances = .allocate(capacity: degree)
    }

    deinit {
        unsafe pending.deallocate()
        unsafe distances.deallocate()
    }
}

/// Lends scratch memory to searches and keeps what they give back.
package final class ScratchPool: Sendable {
    private let vectors: GraphVectors
    private let degree: Int
    private let free = Mutex<[SearchScratch]>([])

    init(_ vectors: GraphVectors, degree: Int) {
        self.vectors = vectors
        self.degree = degree
    }

    /// Calls `body` with scratch memory that nobody else uses meanwhile.
    func withScratch<Result, E: Error>(
        _ body: (SearchScratch) throws(E) -> Result
    ) throws(E) -> Result {
        let scratch =
            free.withLock { $0.popLast() } ?? SearchScratch(vectors, degree: degree)
        defer { free.withLock { $0.append(scratch) } }
        return try body(scratch)
    }
}
