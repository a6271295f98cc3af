import Foundation
import HNSW
import IndexCatalog
import MappedStorage
import Matrix
import VectorCore

extension FuzzTarget {
    static let flat = index(.flat)
    static let matrix = index(.matrix)
    static let hnsw = index(.hnsw)

    /// Index files of a kind whose checksums are right and whose content need not be.
    private static func index(_ kind: IndexKind) -> FuzzTarget {
        FuzzTarget(
            name: kind.rawValue,
            summary: "the parts of an index file of kind \(kind), opened, searched and changed",
            maximumBytes: 1 << 14,
            seeds: { try IndexRecipe.seeds(kind) },
            run: { bytes in
                let path = ScratchFolder.path("index")
                guard (try? IndexRecipe.write(bytes, kind: kind, to: path)) != nil,
                    let snapshot = try? IndexSnapshot(
                        opening: path, environment: IndexRecipe.environment)
                else { return }
                search(snapshot.index)
                if case .hnsw(let graph) = snapshot.index { change(graph) }
            })
    }

    /// Index files byte for byte, their header's checksum and length mended.
    static let indexFile = FuzzTarget(
        name: "index-file",
        summary: "an index file with a mended header, long runs of zeros packed",
        maximumBytes: 8192,
        seeds: {
            try IndexKind.allCases.map { kind in
                let path = ScratchFolder.path("index")
                let seed = try IndexRecipe.seeds(kind)[0]
                try IndexRecipe.write(seed, kind: kind, to: path)
                return SparseBytes.encode([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
            }
        },
        run: { bytes in
            let content = IndexRecipe.mended(SparseBytes.decode(bytes, limit: 1 << 17))
            let path = ScratchFolder.write("index", content)
            guard let file = try? IndexFileReader(path: path) else { return }
            _ = try? file.verify()
            guard let index = try? AnyVectorIndex(reading: file) else { return }
            search(index)
            if case .hnsw(let graph) = index { change(graph) }
        })

    /// Changes a graph as its owner would, and writes it; what was let in must bear that, and be let in again.
    private static func change(_ index: HNSWIndex) {
        guard (1...256).contains(index.dimension), (1...256).contains(index.count) else { return }
        let count = UInt64(index.count)
        guard let ids = try? RowIDs(Array(0..<count)) else { return }
        let keyed = KeyedHNSW(index, ids: ids, waits: false)
        let added = [0, 1, -3].map { [Float](repeating: $0, count: index.dimension) }
        for round in 0..<UInt64(2) {
            let change = KeyedHNSW.Change(
                removed: Array(round * (count / 2)..<(round + 1) * (count / 2)),
                added: FloatMatrix(added, columns: index.dimension),
                ids: (0..<3).map { count + round * 3 + $0 })
            do throws(IndexError) {
                try keyed.change(
                    deciding: { (_) throws(IndexError) in change }, failure: { $0 })
                try keyed.settle(threads: 1)
            } catch {
                continue
            }
            search(.hnsw(keyed.version.index))
        }
        guard index.keepsVectors, let dense = try? keyed.dense(threads: 1) else { return }
        let snapshot = IndexSnapshot(
            index: .hnsw(dense.index), points: dense.ids.sorted(),
            environment: IndexRecipe.environment, sequence: 1)
        let path = ScratchFolder.path("changed")
        guard (try? snapshot.publish(at: path)) != nil else { return }
        expect(
            (try? IndexSnapshot(opening: path, environment: IndexRecipe.environment)) != nil,
            "what was opened and changed cannot be opened")
    }

    /// Asks an index a few questions; whatever it holds, the answers must be well formed.
    private static func search(_ index: AnyVectorIndex) {
        let base = index.base
        expect(base.count >= 0 && base.memoryBytes >= 0, "an impossible size")
        guard base.dimension <= 4096, base.count <= 1 << 16 else { return }
        let queries = [0, 1, -1e19].map { [Float](repeating: $0, count: base.dimension) }
        // Rows of a graph that has changed are places, of which some are empty.
        let shown =
            if case .hnsw(let graph) = index { graph.shown } else { RowSet(all: base.count) }
        for query in queries {
            for k in [1, 3, base.count + 2] {
                guard
                    let found = try? base.search(
                        query.span, k: k, parameters: SearchParameters(efSearch: 4))
                else { continue }
                check(found, wanted: min(k, base.count), of: shown)
            }
        }
        guard case .matrix(let matrix) = index else { return }
        for row in 0..<min(matrix.count, 4) {
            guard
                let found = try? matrix.neighbors(
                    of: RowID(rawValue: UInt32(row)), k: 3, excludingItself: true)
            else { continue }
            check(found, wanted: min(3, matrix.count - 1), of: shown)
        }
    }

    private static func check(_ found: [Neighbor], wanted: Int, of shown: RowSet) {
        expect(found.count == wanted, "\(found.count) neighbours instead of \(wanted)")
        expect(Set(found.map(\.row)).count == found.count, "a row is in an answer twice")
        expect(found.allSatisfy { shown.contains($0.row.rawValue) }, "a row that is not there")
        expect(
            zip(found, found.dropFirst()).allSatisfy { !($0.distance > $1.distance) },
            "neighbours out of order")
    }
}

/// Index files as short inputs: the header's fields and the sections, without padding.
private enum IndexRecipe {
    static let environment = EnvironmentID(high: 1, low: 2)

    private static let names = [
        "points", "vectors", "lists", "hnsw", "levels", "starts", "ground", "upper", "isolated",
        "equals", "quant", "codes", "ids", "recall", "queries",
    ]
    private static let metrics: [DistanceMetric] = [
        .l2, .l2Squared, .cosine, .innerProduct, .l1, .minkowski(p: 3),
    ]

    /// Writes the index file that an input stands for, with right checksums.
    static func write(_ bytes: [UInt8], kind: IndexKind, to path: String) throws {
        var reader = ByteReader(bytes)
        let tag = UInt32(reader.number(UInt8.self))
        let parameter = Float(bitPattern: reader.number(UInt32.self))
        guard let metric = DistanceMetric(tag: tag, parameter: parameter) else { return }
        let header = IndexFileHeader(
            kind: kind.rawValue, metric: metric, count: Int(reader.number(UInt32.self)),
            dimension: Int(reader.number(UInt32.self)), environment: environment, sequence: 1)
        var writer = try IndexFileWriter(path: path, header: header)
        var written = 0
        while !reader.isAtEnd, written < 16 {
            let name = names[Int(reader.number(UInt8.self)) % names.count]
            let content = reader.bytes(Int(reader.number(UInt16.self)))
            try writer.section(name) { sink throws(IndexError) in try sink.write(content) }
            written += 1
        }
        _ = try writer.finish()
    }

    /// The inputs that stand for small sound indexes: one for each metric, and of a graph one for all codes that it can
    /// have, with its vectors and without, and one of vectors of zeros.
    static func seeds(_ kind: IndexKind) throws -> [[UInt8]] {
        let plain = try metrics.map { try seed(kind, $0, columns: 3) }
        guard kind == .hnsw else { return plain }
        var seeds = plain
        for metric in [DistanceMetric.l2, .cosine, .innerProduct] {
            for codes in VectorCodes.allCases where codes != .f32 && codes.supports(metric) {
                seeds.append(try seed(kind, metric, columns: 32, codes))
                seeds.append(try seed(kind, metric, columns: 32, codes, .store))
            }
        }
        return seeds + [try seed(kind, .cosine, columns: 3, rows: [[0, 0, 0], [0, 0, 0]])]
    }

    /// The input that stands for a small sound index.
    private static func seed(
        _ kind: IndexKind, _ metric: DistanceMetric, columns: Int, _ codes: VectorCodes? = nil,
        _ place: VectorPlace = .index, rows given: [[Float]]? = nil
    ) throws -> [UInt8] {
        var generator = SplitMix64(seed: 1)
        var rows = (0..<12).map { _ in
            (0..<columns).map { _ in Float(Int.random(in: -9...9, using: &generator)) }
        }
        rows[7] = [Float](repeating: 0, count: columns)
        rows[9] = rows[2]
        if let given { rows = given }
        var options = BuildOptions(threads: 1)
        options.hnsw.m = 2
        options.hnsw.codes = codes
        options.hnsw.vectors = place
        let index = try AnyVectorIndex.build(
            kind, FloatMatrix(rows, columns: columns), metric: metric, options: options)
        let snapshot = IndexSnapshot(
            index: index, points: rows.indices.map { UInt64($0) * 2 }, environment: environment,
            sequence: 1)
        let path = ScratchFolder.path("seed")
        _ = try snapshot.publish(at: path)
        return parts(of: [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
    }

    /// The input that stands for an index file.
    private static func parts(of file: [UInt8]) -> [UInt8] {
        var bytes = [UInt8(file.number(at: 24, as: UInt32.self))]
        bytes += file[28..<32] + file[32..<36] + file[40..<44]
        for entry in 0..<Int(file.number(at: 12, as: UInt32.self)) {
            let row = 128 + 32 * entry
            let name = String(decoding: file[row..<row + 8].prefix { $0 != 0 }, as: UTF8.self)
            guard let number = names.firstIndex(of: name) else { continue }
            let offset = Int(file.number(at: row + 8, as: UInt64.self))
            let length = Int(file.number(at: row + 16, as: UInt64.self))
            bytes.append(UInt8(number))
            bytes.append(number: UInt16(length))
            bytes += file[offset..<offset + length]
        }
        return bytes
    }

    /// The file with the length that it has and the checksums that it should have.
    static func mended(_ file: [UInt8]) -> [UInt8] {
        guard file.count >= 4096 else { return file }
        var file = file
        file.put(UInt64(0x5353_454E_454B_494C), at: 0)
        file.put(UInt32(1), at: 8)
        file.put(UInt64(file.count), at: 72)
        for entry in 0..<min(Int(file.number(at: 12, as: UInt32.self)), 123) {
            let row = 128 + 32 * entry
            let offset = file.number(at: row + 8, as: UInt64.self)
            let length = file.number(at: row + 16, as: UInt64.self)
            guard offset <= file.count, length <= UInt64(file.count) - offset else { continue }
            file.put(checksum(file[Int(offset)..<Int(offset + length)]), at: row + 24)
        }
        file.put(checksum(file[..<4092]), at: 4092)
        return file
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe CRC32C.checksum($0) }
    }
}
