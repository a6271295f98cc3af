import Flat
import IndexCatalog
import Matrix
import TestSupport
import Testing
import VectorCore

/// The precomputed lists of a matrix, which hold every row's neighbours.
@Suite struct MatrixListTests {
    private static let sets: [VectorSet] = [
        .gaussian(150, dimension: 17), .grid(200, dimension: 2), .allEqual(40, dimension: 3),
        .zeros(20, of: 90, dimension: 5), .growingNorms(120, dimension: 8),
        .gaussian(1, dimension: 3),
    ]

    /// Each list is what an exact search for the row's own vector answers.
    @Test(arguments: allMetrics)
    func listsAreTheAnswersOfSearches(metric: DistanceMetric) throws {
        for set in Self.sets {
            let matrix = try MatrixIndex.build(
                set.matrix, metric: metric, byteLimit: 1 << 30, threads: 2)
            let flat = try FlatIndex.build(set.matrix, metric: metric)
            #expect(matrix.structuralFault() == nil, "\(set)")
            let count = set.vectors.count
            for row in 0..<count {
                let all = try flat.search(set.vectors[row], k: count)
                #expect(areIdentical(matrix.list(of: row), all), "\(set), row \(row)")
                for k in [1, 5, count, count + 3] {
                    let list = try matrix.search(set.vectors[row], k: k)
                    #expect(
                        areIdentical(list, Array(all.prefix(k))), "\(set), row \(row), k \(k)")
                }
            }
        }
    }

    @Test func theLargestCountIsTheLargestThatFits() throws {
        for limit in [0, 7, 8, 31, 32, 10_000, 320_000, 4 << 30] {
            let count = MatrixIndex.largestCount(byteLimit: limit)
            #expect((MatrixIndex.bytesNeeded(count: count) ?? .max) <= limit, "\(limit)")
            #expect((MatrixIndex.bytesNeeded(count: count + 1) ?? .max) > limit, "\(limit)")
        }
        #expect(MatrixIndex.bytesNeeded(count: 1 << 33) == nil)
    }

    /// Lists under right checksums that no build would have written.
    @Test func listsThatCannotBeAreRefused() throws {
        let folder = try TemporaryFolder()
        let set = VectorSet.gaussian(30, dimension: 4)
        let original = try Published(build(.matrix, set, .l2), in: folder)
        // A neighbour is a row and a distance, four bytes each.
        let second = original["lists", 2, as: UInt32.self]
        let edits: [(String, Int, UInt32)] = [
            ("a row past the end", 0, 30), ("a row far past it", 58, .max),
            ("a row given twice", 0, second), ("NaN", 1, Float.nan.bitPattern),
            ("a first distance too large", 1, Float.infinity.bitPattern),
            ("a last distance too small", 2 * 30 * 30 - 1, 0),
            ("a negative distance amid others", 21, Float(-1).bitPattern),
        ]
        for (what, number, value) in edits {
            var published = original
            published["lists", number, as: UInt32.self] = value
            try published.write()
            let error = #expect(throws: IndexError.self, "\(what)") { _ = try published.open() }
            #expect(error?.code == .damagedFile, "\(what)")
        }
    }
}
