import Quantization
import VectorCore
import VectorKernels

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
    /// Arrays that keep their memory from one search to the next; taken out while they are used.
    var candidates: [UInt32] = []
    var block: [UInt32] = []
    var nearest = NearestRows(k: 1)
    /// A query as the index compares it: 64-byte aligned, and zeros behind its numbers.
    let query: UnsafeMutablePointer<Float>
    /// What a query's codes lie in, where the graph compares codes.
    let codes: CodeScratch?

    /// How many neighbours there is room for.
    private let degree: Int

    /// - Parameter stride: how many floats a row of the index has room for.
    init(count: Int, stride: Int, codeWidth: Int?, degree: Int) {
        self.degree = degree
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: max(1, stride) * 4, alignment: 64)
        unsafe query = memory.bindMemory(to: Float.self, capacity: stride)
        unsafe query.initialize(repeating: 0, count: stride)
        visited = VisitedSet(count: count)
        codes = codeWidth.map { CodeScratch(width: $0) }
        unsafe pending = .allocate(capacity: degree)
        unsafe distances = .allocate(capacity: degree)
    }

    /// Makes room for the rows that have come since.
    func fit(count: Int) {
        if visited.count < count { visited = VisitedSet(count: count + count / 4) }
    }

    /// Leaves one vertex alone in the beam.
    func start(from vertex: UInt32, _ scorer: DistanceScorer, count: Int) {
        fit(count: count)
        beam.reset(capacity: 1)
        beam.offer(vertex, at: scorer.distance(to: vertex))
    }

    /// Scores rows and keeps the nearest in the beam.
    func offer(_ rows: [UInt32], _ scorer: DistanceScorer) {
        unsafe rows.withUnsafeBufferPointer { rows in
            guard let start = rows.baseAddress else { return }
            unsafe offer(start, count: rows.count, scorer)
        }
    }

    /// Scores `count` rows and keeps the nearest in the beam.
    @unsafe
    func offer(_ rows: UnsafePointer<UInt32>, count: Int, _ scorer: DistanceScorer) {
        for first in stride(from: 0, to: count, by: degree) {
            let size = min(degree, count - first)
            unsafe scorer.score(rows: rows + first, count: size, into: distances)
            for place in 0..<size where unsafe distances[place] < beam.worst {
                unsafe beam.offer(rows[first + place], at: distances[place])
            }
        }
    }

    deinit {
        unsafe query.deallocate()
        unsafe pending.deallocate()
        unsafe distances.deallocate()
    }
}
