import Flat
import Glibc
import MappedStorage
import Matrix
import TestSupport
import Testing
import VectorCore

@Suite struct MatrixIndexTests {
    static let metrics: [DistanceMetric] = [
        .l2, .l2Squared, .cosine, .innerProduct, .l1, .minkowski(p: 3), .minkowski(p: 2.5),
    ]

    private func vectors(_ count: Int, using generator: inout SplitMix64) -> FloatMatrix {
        var vectors = randomVectors(count, dimension: 6, using: &generator)
        // Twins, so that the row itself is not always the first of its list.
        for row in stride(from: 0, to: count, by: 5) { vectors[row] = vectors[row / 2] }
        return FloatMatrix(vectors, columns: 6)
    }

    @Test(arguments: metrics)
    func listsAreWhatAnExactSearchFinds(metric: DistanceMetric) throws {
        try withEverySeed(0..<3) { generator, seed in
            let vectors = vectors(90, using: &generator)
            let flat = try FlatIndex.build(vectors, metric: metric)
            let matrix = try MatrixIndex.build(
                vectors, metric: metric, byteLimit: 90 * 90 * 8, threads: 2)
            #expect(matrix.structuralFault() == nil)
            for row in 0..<90 {
                for k in [1, 7, 90, 200] {
                    let found = try flat.search(vectors[row], k: k, parameters: .init())
                    #expect(
                        try matrix.neighbors(of: RowID(row), k: k, excludingItself: false)
                            == found, "seed \(seed), row \(row), k \(k)")
                    let others = try flat.search(vectors[row], k: k + 1, parameters: .init())
                        .filter { $0.row != RowID(row) }
                    #expect(
                        try matrix.neighbors(of: RowID(row), k: k, excludingItself: true)
                            == Array(others.prefix(k)), "seed \(seed), row \(row), k \(k)")
                    #expect(
                        try matrix.search(vectors[row], k: k, parameters: .init()) == found)
                }
            }
        }
    }

    @Test func rowsThatAreNotThereAreRefused() throws {
        var generator = SplitMix64(seed: 1)
        let matrix = try MatrixIndex.build(
            vectors(9, using: &generator), metric: .l2, byteLimit: 1000, threads: 1)
        for (row, k) in [(9, 1), (Int(UInt32.max), 1), (0, 0), (0, -4)] {
            let error = #expect(throws: IndexError.self) {
                try matrix.neighbors(of: RowID(row), k: k, excludingItself: false)
            }
            #expect(error?.code == .invalidParameter)
        }
    }

    @Test func aMatrixSaysItsSizeAndRefusesWhatDoesNotFit() throws {
        #expect(MatrixIndex.bytesNeeded(count: 60_000) == 28_800_000_000)
        #expect(MatrixIndex.bytesNeeded(count: .max) == nil)
        for (limit, count) in [(0, 0), (7, 0), (8, 1), (31, 1), (32, 2), (4 << 30, 23_170)] {
            #expect(MatrixIndex.largestCount(byteLimit: limit) == count)
        }
        var generator = SplitMix64(seed: 2)
        let vectors = vectors(20, using: &generator)
        _ = try MatrixIndex.build(vectors, metric: .l1, byteLimit: 3200, threads: 1)
        let error = #expect(throws: IndexError.self) {
            _ = try MatrixIndex.build(vectors, metric: .l1, byteLimit: 3199, threads: 1)
        }
        #expect(error?.code == .invalidParameter)
        #expect(error?.message.contains("3200 bytes") == true)
        #expect(error?.message.contains("19 vectors") == true)
    }

    @Test func listsThatCannotBeAreFoundDamaged() throws {
        var generator = SplitMix64(seed: 3)
        let vectors = vectors(8, using: &generator)
        let matrix = try MatrixIndex.build(vectors, metric: .l2, byteLimit: 512, threads: 1)
        let good = try (0..<8).flatMap { row throws(IndexError) in
            try matrix.neighbors(of: RowID(row), k: 8, excludingItself: false)
        }
        #expect(try opened(vectors, good).structuralFault() == nil)
        var outside = good
        outside[20] = Neighbor(row: RowID(8), distance: good[20].distance)
        var twice = good
        twice[41] = Neighbor(row: good[40].row, distance: good[41].distance)
        var unordered = good
        unordered.swapAt(8, 15)
        var notNumber = good
        notNumber[30] = Neighbor(row: good[30].row, distance: .nan)
        var endless = good
        endless[31] = Neighbor(row: good[31].row, distance: .infinity)
        for (name, lists) in [
            ("outside", outside), ("twice", twice), ("unordered", unordered), ("NaN", notNumber),
            ("infinite", endless),
        ] {
            let error = #expect(throws: IndexError.self, "\(name)") {
                _ = try opened(vectors, lists)
            }
            #expect(error?.code == .damagedFile, "\(name)")
        }
    }

    /// What is read from a file, of sound checksums, that holds these lists.
    private func opened(_ vectors: FloatMatrix, _ lists: [Neighbor]) throws -> MatrixIndex {
        var template = Array("/tmp/likeness.XXXXXX".utf8CString)
        unsafe template.withUnsafeMutableBufferPointer { template in
            unsafe _ = template.baseAddress.map { unsafe mkdtemp($0) }
        }
        let folder = String(
            decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        let path = "\(folder)/matrix"
        defer {
            unsafe _ = unlink(path)
            unsafe _ = rmdir(folder)
        }
        let environment = EnvironmentID(high: 1, low: 2)
        var writer = try IndexFileWriter(
            path: path,
            header: IndexFileHeader(
                kind: MatrixIndex.kindName, metric: .l2, count: vectors.rows,
                dimension: vectors.columns, environment: environment, sequence: 0))
        try writer.section("vectors") { sink throws(IndexError) in try sink.write(vectors) }
        try writer.section("lists") { sink throws(IndexError) in try sink.write(lists) }
        _ = try writer.finish()
        return try MatrixIndex(reading: IndexFileReader(path: path))
    }
}
