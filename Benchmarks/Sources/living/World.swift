import Foundation
import Likeness
import Synchronization
import VectorCore

/// What vectors there should be: those of even generation, each a function of its id and generation.
///
/// Unchecked: behind its pointers are atomics alone.
@safe
final class World: @unchecked Sendable {
    let count: Int
    let dimension: Int
    /// Ids are below this; half of them are there at any time.
    let ids: Int
    /// What is there, and what is going to be: they differ while it is written.
    private let written: UnsafeMutablePointer<Atomic<UInt32>>
    private let announced: UnsafeMutablePointer<Atomic<UInt32>>
    private let centers: [[Float]]

    private static let clusters = 200

    init(count: Int, dimension: Int) {
        self.count = count
        self.dimension = dimension
        ids = 2 * count
        unsafe written = .allocate(capacity: 2 * count)
        unsafe announced = .allocate(capacity: 2 * count)
        for id in 0..<2 * count {
            unsafe (written + id).initialize(to: Atomic(id < count ? 0 : 1))
            unsafe (announced + id).initialize(to: Atomic(id < count ? 0 : 1))
        }
        centers = (0..<Self.clusters).map { cluster in
            var generator = SplitMix64(seed: UInt64(cluster) ^ 0xC0FFEE)
            return (0..<dimension).map { _ in Float.random(in: -1...1, using: &generator) }
        }
    }

    deinit {
        unsafe written.deallocate()
        unsafe announced.deallocate()
    }

    /// Even where the vector is there.
    func generation(of id: UInt64) -> UInt32 {
        unsafe written[Int(id)].load(ordering: .sequentiallyConsistent)
    }

    /// The generation that a vector has or is being given.
    func coming(_ id: UInt64) -> UInt32 {
        unsafe announced[Int(id)].load(ordering: .sequentiallyConsistent)
    }

    /// Gives vectors generations while `write` writes them.
    func set(
        _ ids: [UInt64], to generations: [UInt32], _ write: () throws -> Void
    ) rethrows {
        for (id, generation) in zip(ids, generations) {
            unsafe announced[Int(id)].store(generation, ordering: .sequentiallyConsistent)
        }
        try write()
        for (id, generation) in zip(ids, generations) {
            unsafe written[Int(id)].store(generation, ordering: .sequentiallyConsistent)
        }
    }

    func vector(_ id: UInt64, _ generation: UInt32) -> [Float] {
        var generator = SplitMix64(seed: id << 32 | UInt64(generation))
        let center = centers[Int(id % UInt64(Self.clusters))]
        return center.map { $0 + Float.random(in: -0.4...0.4, using: &generator) }
    }

    func matrix(of ids: Range<Int>) -> FloatMatrix {
        FloatMatrix(ids.map { vector(UInt64($0), 0) }, columns: dimension)
    }

    func query(_ number: UInt64) -> [Float] { vector(number % UInt64(ids), .max - 1) }

    /// All vectors that are there now.
    var present: FloatMatrix {
        let there = (0..<UInt64(ids)).filter { generation(of: $0) % 2 == 0 }
        return FloatMatrix(there.map { vector($0, generation(of: $0)) }, columns: dimension)
    }

    /// The share of the ten nearest that an index finds, over a thousand queries.
    func recall(of index: StandaloneIndex, efSearch: Int) throws -> Double {
        let queries = FloatMatrix((0..<1000).map { query(31 * $0) }, columns: dimension)
        let exact = try index.searchBatch(queries, k: 10, effort: .exact)
        let found = try index.searchBatch(queries, k: 10, effort: .setting(efSearch))
        let hits = zip(exact, found).map { exact, found in
            Set(exact.map(\.id)).intersection(found.map(\.id)).count
        }
        return Double(hits.reduce(0, +)) / Double(exact.map(\.count).reduce(0, +))
    }

    /// What an index has that it should not have, or has not.
    func faults(of index: StandaloneIndex) throws -> [String] {
        var faults: [String] = []
        let present = Set(index.ids)
        for id in 0..<UInt64(ids) where present.contains(id) != (generation(of: id) % 2 == 0) {
            faults.append("\(id) is \(present.contains(id) ? "" : "not ")there")
        }
        let sorted = present.sorted()
        for start in stride(from: 0, to: sorted.count, by: 2000) {
            let some = Array(sorted[start..<min(sorted.count, start + 2000)])
            let own = FloatMatrix(
                some.map { vector($0, generation(of: $0)) }, columns: dimension)
            for (id, found) in zip(some, try index.searchBatch(own, k: 1, effort: .exact))
            where found.first?.id != id || (found.first?.distance ?? 1) > 1e-3 {
                faults.append("\(id) has not the vector that was written last")
            }
        }
        return faults
    }
}

enum Memory {
    /// Bytes of this process that are in memory.
    static var resident: Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return 0 }
        return pages * 4096
    }
}
