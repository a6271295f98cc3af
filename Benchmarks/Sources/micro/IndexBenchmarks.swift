import Foundation
import IndexCatalog
import IndexDefinitions
import MappedStorage
import VectorCore
import WorkerThreads

/// Building, saving, opening and searching an index of each kind; vectors around centres, as features lie.
struct IndexBenchmarks {
    let quick: Bool

    private static let dimension = 256

    func run(_ meter: Meter, _ report: inout Report) throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "likeness-micro-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let queries = clustered(100, seed: 5)
        for kind in IndexCatalog.kinds {
            report.measureLimits()
            // A matrix grows with the square.
            let vectors = clustered(quick ? 300 : kind == .matrix ? 8_000 : 20_000, seed: 4)
            let threads = WorkerThreads.availableCores
            var built: (any FileBackedIndex)?
            let building = try meter.secondsOnce {
                built = try IndexCatalog.definition(of: kind).build(
                    vectors, metric: .l2, options: BuildOptions(threads: threads))
            }
            guard let built else { continue }
            let name = "\(kind.rawValue), \(vectors.rows) × \(Self.dimension)"
            report.add(
                "\(name): build on \(threads) threads, vectors", Double(vectors.rows) / building,
                .perSecond)
            var query = 0
            let searching = try meter.secondsPerCall {
                query = (query + 1) % queries.rows
                use(try built.nearest(queries[query], SearchLimits(k: 10)))
            }
            report.add("\(name): one search, k = 10", 1e6 * searching, .microseconds)
            let path = folder.appending(path: "\(kind.rawValue).index").path()
            let snapshot = IndexSnapshot(
                index: built, points: (0..<UInt64(vectors.rows)).map { $0 },
                environment: EnvironmentID(high: 1, low: 2), sequence: 1)
            var bytes = 0
            let saving = try meter.secondsOnce { bytes = try snapshot.publish(at: path).byteCount }
            report.add(
                "\(name): save, synced", 1e-9 * Double(bytes) / saving, .gigabytes, isLimited: false
            )
            let opening = try meter.secondsPerCall {
                use(
                    try IndexSnapshot(opening: path, environment: EnvironmentID(high: 1, low: 2))
                        .sequence)
            }
            report.add("\(name): open and check", 1e-9 * Double(bytes) / opening, .gigabytes)
        }
    }

    private func clustered(_ count: Int, seed: UInt64) -> FloatMatrix {
        let centres = KernelBenchmarks.random(rows: 200, columns: Self.dimension, seed: 9)
        let noise = KernelBenchmarks.random(rows: count, columns: Self.dimension, seed: seed)
        var generator = SplitMix64(seed: seed)
        return unsafe FloatMatrix(rows: count, columns: Self.dimension) { row, target in
            let centre = centres[Int.random(in: 0..<centres.rows, using: &generator)]
            let own = noise[row]
            for i in target.indices { unsafe target[i] = centre[i] + 0.3 * own[i] }
        }
    }
}
