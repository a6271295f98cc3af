import Foundation
import IndexCatalog
import IndexDefinitions
import MappedStorage
import VectorCore

extension FuzzTarget {
    /// One a kind of index.
    static let indexes = IndexCatalog.definitions.map { index($0) }

    /// Index files of a kind whose checksums are right and whose content need not be.
    private static func index(_ definition: any IndexDefinition) -> FuzzTarget {
        let kind = definition.kind
        return FuzzTarget(
            name: kind.rawValue,
            summary: "the parts of an index file of kind \(kind), opened, searched and changed",
            maximumBytes: 1 << 14,
            seeds: { try IndexRecipe.seeds(definition) },
            run: { bytes in
                let path = ScratchFolder.path("index")
                guard (try? IndexRecipe.write(bytes, kind: kind, to: path)) != nil,
                    let snapshot = try? IndexSnapshot(
                        opening: path, environment: IndexRecipe.environment)
                else { return }
                search(snapshot.index)
                change(snapshot.index)
                guard let file = try? IndexFileReader(path: path, access: .mapped) else { return }
                searchMapped(file)
            })
    }

    /// Searches an index while its file is checked; until that is done its answers may be any rows that there are.
    private static func searchMapped(_ file: IndexFileReader) {
        guard let index = try? IndexCatalog.read(file, checkingAtOnce: 0),
            (1...256).contains(index.dimension), index.count <= 1 << 16
        else { return }
        let rows = (try? index.vectors(of: Array((0..<UInt32(index.rowCount)).prefix(4))))
        for query in (0..<(rows?.rows ?? 0)).compactMap({ rows?.vector($0) }) {
            let found = try? index.nearest(query.span, SearchLimits(k: 5, effort: .setting(4)))
            expect(
                (found ?? []).allSatisfy { $0.row.position < index.rowCount },
                "a row that is not there")
        }
        _ = try? file.checks.finish()
    }

    /// Index files byte for byte, their header's checksum and length mended.
    static let indexFile = FuzzTarget(
        name: "index-file",
        summary: "an index file with a mended header, long runs of zeros packed",
        maximumBytes: 8192,
        seeds: {
            try IndexCatalog.definitions.map { definition in
                let path = ScratchFolder.path("index")
                let seed = try IndexRecipe.seeds(definition)[0]
                try IndexRecipe.write(seed, kind: definition.kind, to: path)
                return SparseBytes.encode([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
            }
        },
        run: { bytes in
            let content = IndexRecipe.mended(SparseBytes.decode(bytes, limit: 1 << 17))
            let path = ScratchFolder.write("index", content)
            if let file = try? IndexFileReader(path: path, access: .mapped) { searchMapped(file) }
            guard let file = try? IndexFileReader(path: path) else { return }
            _ = try? file.verify()
            guard let index = try? IndexCatalog.read(file) else { return }
            search(index)
            change(index)
        })

    /// Changes an index as its owner would, and writes it; what was let in must bear that, and be let in again.
    private static func change(_ index: any FileBackedIndex) {
        guard (1...256).contains(index.dimension), (1...256).contains(index.count) else { return }
        let count = UInt64(index.count)
        guard let ids = try? RowIDs(Array(0..<count)),
            let living = try? index.living(ids: ids, waits: false)
        else { return }
        let added = [0, 1, -3].map { [Float](repeating: $0, count: index.dimension) }
        for round in 0..<UInt64(2) {
            let gone = Array(round * (count / 2)..<(round + 1) * (count / 2))
            let come = (0..<3).map { count + round * 3 + $0 }
            do {
                try living.change(
                    .replay(
                        changed: Set(gone + come),
                        FloatMatrix(added, columns: index.dimension), ids: come))
                try living.settle(threads: 1)
            } catch {
                continue
            }
            search(living.version.index)
        }
        guard index.keepsVectors, let dense = try? living.dense(threads: 1) else { return }
        let snapshot = IndexSnapshot(
            index: dense.index, points: dense.ids.sorted(),
            environment: IndexRecipe.environment, sequence: 1)
        let path = ScratchFolder.path("changed")
        guard (try? snapshot.publish(at: path)) != nil else { return }
        expect(
            (try? IndexSnapshot(opening: path, environment: IndexRecipe.environment)) != nil,
            "what was opened and changed cannot be opened")
    }

    /// Asks an index a few questions; whatever it holds, the answers must be well formed.
    private static func search(_ index: any VectorIndex) {
        expect(index.count >= 0 && index.memoryBytes >= 0, "an impossible size")
        guard index.dimension <= 4096, index.count <= 1 << 16 else { return }
        var queries = [0, 1, -1e19].map { [Float](repeating: $0, count: index.dimension) }
        // Some kinds answer vectors of their own otherwise than others.
        if let built = index as? any FileBackedIndex,
            let own = try? built.vectors(of: Array(index.shown.rows.prefix(4)))
        {
            queries += (0..<own.rows).map { own.vector($0) }
        }
        // Rows of an index that has changed are places, of which some are empty.
        let shown = index.shown
        for query in queries {
            for k in [1, 3, index.count + 2] {
                guard
                    let found = try? index.nearest(
                        query.span, SearchLimits(k: k, effort: .setting(4)))
                else { continue }
                check(found, wanted: min(k, index.count), of: shown)
            }
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
    /// Says that the name of a section follows, as one of a kind that came later.
    private static let otherName = 255
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
            let number = Int(reader.number(UInt8.self))
            let name =
                number == otherName
                ? String(
                    decoding: reader.bytes(8).filter { (33...126).contains($0) }, as: UTF8.self)
                : names[number % names.count]
            let content = reader.bytes(Int(reader.number(UInt16.self)))
            try writer.section(name) { sink throws(IndexError) in try sink.write(content) }
            written += 1
        }
        _ = try writer.finish()
    }

    /// The inputs that stand for small sound indexes: one for each metric, one for each way to choose the kind's
    /// words under some of them, and one of vectors of zeros.
    static func seeds(_ definition: any IndexDefinition) throws -> [[UInt8]] {
        var seeds = try metrics.map { try seed(definition, $0, columns: 3) }
        for metric in [DistanceMetric.l2, .cosine, .innerProduct] {
            for choice in choices(definition) where !choice.isEmpty {
                // Some words exclude each other, or a metric.
                if let seed = try? seed(definition, metric, columns: 32, choice) {
                    seeds.append(seed)
                }
            }
        }
        return seeds + [
            try seed(definition, .cosine, columns: 3, rows: [[0, 0, 0], [0, 0, 0]])
        ]
    }

    /// Every way to choose one word for each parameter that has words.
    private static func choices(_ definition: any IndexDefinition) -> [IndexParameters] {
        definition.parameters.reduce([IndexParameters()]) { choices, parameter in
            guard case .choice(let words) = parameter.form else { return choices }
            return choices.flatMap { choice in
                words.map { word in
                    var next = choice
                    next[parameter.name] = .word(word)
                    return next
                }
            }
        }
    }

    /// The input that stands for a small sound index.
    private static func seed(
        _ definition: any IndexDefinition, _ metric: DistanceMetric, columns: Int,
        _ choice: IndexParameters = IndexParameters(), rows given: [[Float]]? = nil
    ) throws -> [UInt8] {
        var generator = SplitMix64(seed: 1)
        var rows = (0..<12).map { _ in
            (0..<columns).map { _ in Float(Int.random(in: -9...9, using: &generator)) }
        }
        rows[7] = [Float](repeating: 0, count: columns)
        rows[9] = rows[2]
        if let given { rows = given }
        var options = BuildOptions(threads: 1)
        options.parameters = choice
        // Short lists make short files.
        if definition.parameters.contains(where: { $0.name == "m" }) {
            options.parameters["m"] = .number(2)
        }
        let index = try definition.build(
            FloatMatrix(rows, columns: columns), metric: metric, options: options)
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
            let number = names.firstIndex(of: name)
            let offset = Int(file.number(at: row + 8, as: UInt64.self))
            let length = Int(file.number(at: row + 16, as: UInt64.self))
            bytes.append(UInt8(number ?? otherName))
            if number == nil { bytes += file[row..<row + 8] }
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
