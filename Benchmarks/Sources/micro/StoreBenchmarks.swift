import FeatureStorage
import Foundation
import JSON
import VectorCore

/// A store's writes, each on disk when it returns, and its reads, each checked.
struct StoreBenchmarks {
    let quick: Bool

    private static let dimension = 1280

    func run(_ meter: Meter, _ report: inout Report) throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "likeness-micro-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try FeatureStore(path: folder.path(), mode: .readWrite, create: true)
        defer { store.close() }
        let (collection, field) = try store.write { transaction throws(StorageError) in
            let collection = try transaction.createCollection(named: "c", imageRoot: nil)
            return (
                collection,
                try transaction.ensureField(
                    named: "v", dimension: Self.dimension, elementType: .f32, metric: .l2,
                    of: collection)
            )
        }
        report.measureLimits()
        let batch = quick ? 20 : 500
        let vectors = KernelBenchmarks.random(rows: batch, columns: Self.dimension)
        let points = (0..<batch).map { vectors.vector($0) }
        var next: UInt64 = 0
        var bytes: Double { Double(batch * Self.dimension * 4) }
        let writing = try meter.secondsOnce {
            for _ in 0..<(quick ? 1 : 20) {
                let first = next
                try store.write { transaction throws(StorageError) in
                    for (offset, vector) in points.enumerated() {
                        try transaction.upsert(
                            Point(
                                id: .number(first + UInt64(offset)), payload: [:],
                                vectors: ["v": .f32(vector)]),
                            into: collection)
                    }
                }
                next += UInt64(batch)
            }
        }
        report.add(
            "store: upsert f32 × \(Self.dimension), \(batch) a commit",
            Double(quick ? batch : 20 * batch) / writing,
            .perSecond)
        let single = try meter.secondsPerCall {
            let id = next
            try store.write { transaction throws(StorageError) in
                try transaction.upsert(
                    Point(id: .number(id), payload: [:], vectors: ["v": .f32(points[0])]),
                    into: collection)
            }
            next += 1
        }
        report.add("store: one acknowledged upsert", 1e6 * single, .microseconds)
        let reading = try meter.secondsPerCall {
            use(
                try store.read { transaction throws(StorageError) in
                    try transaction.matrix(of: field).matrix.rows
                })
        }
        report.add(
            "store: all vectors of a field into memory",
            1e-9 * Double(next) * Double(Self.dimension * 4) / reading,
            .gigabytes)
        var generator = SplitMix64(seed: 3)
        let count = next
        let one = try meter.secondsPerCall {
            let id = UInt64.random(in: 0..<count, using: &generator)
            use(
                try store.read { transaction throws(StorageError) in
                    try transaction.vector(
                        of: try transaction.existingNumber(of: .number(id), in: collection), field)
                })
        }
        report.add(
            "store: one vector by its id, in a transaction of its own", 1e6 * one, .microseconds)
        let block = [UInt8](repeating: 7, count: 1 << 20)
        let checksum = meter.secondsPerCall {
            unsafe block.withUnsafeBytes { unsafe use(CRC32C.checksum($0)) }
        }
        report.add(
            "CRC-32C, cached", 1e-9 * Double(block.count) / checksum, .gigabytes, isLimited: false)
    }
}
