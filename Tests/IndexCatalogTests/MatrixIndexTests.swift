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
                    let found = try flat.search(vectors[row], k: k)
                    #expect(
                        Array(matrix.list(of: row).prefix(k)) == found,
                        "seed \(seed), row \(row), k \(k)")
                    #expect(
                        try matrix.search(vectors[row], k: k) == found,
                        "seed \(seed), row \(row), k \(k)")
                }
            }
        }
    }

    /// Queries that are vectors of the index and others, in one batch, among some rows and up to a distance.
    @Test(arguments: metrics)
    func whatIsLookedUpIsWhatAScanFinds(metric: DistanceMetric) throws {
        try withEverySeed(0..<3) { generator, seed in
            let vectors = vectors(90, using: &generator)
            let others = randomVectors(20, dimension: 6, using: &generator)
            let flat = try FlatIndex.build(vectors, metric: metric)
            let matrix = try MatrixIndex.build(
                vectors, metric: metric, byteLimit: 90 * 90 * 8, threads: 2)
            let queries = FloatMatrix(
                (0..<40).map { $0 % 2 == 0 ? vectors.vector($0) : others[$0 / 2] }, columns: 6)
            let some = RowSet(of: (0..<90).filter { _ in Bool.random(using: &generator) })
            let gone = RowSet(of: (0..<90).filter { $0 % 7 == 0 })
            for allowed in [nil, some] {
                for hidden in [RowSet(), gone] {
                    for within in [nil, Float(1), 0] {
                        let limits = SearchLimits(
                            k: 12, within: within, allowed: allowed, hidden: hidden, threads: 2)
                        #expect(
                            try matrix.nearest(queries, limits) == flat.nearest(queries, limits),
                            "seed \(seed)")
                    }
                }
            }
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
        let good = (0..<8).flatMap { matrix.list(of: $0) }
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
                kind: IndexKind.matrix.rawValue, metric: .l2, count: vectors.rows,
                dimension: vectors.columns, environment: environment, sequence: 0))
        try writer.section("vectors") { sink throws(IndexError) in try sink.write(vectors) }
        try writer.section("lists") { sink throws(IndexError) in try sink.write(lists) }
        _ = try writer.finish()
        return try MatrixIndex(reading: IndexFileReader(path: path))
    }
}
