import HNSW
import IndexCatalog
import IndexDefinitions
import MappedStorage
import TestSupport
import Testing
import VectorCore

/// Files with right checksums whose graphs bear searches, and would not bear what changes do to them.
@Suite struct CraftedGraphTests {
    private func publish(
        _ rows: [[Float]], _ metric: DistanceMetric, codes: VectorCodes? = .f32,
        in folder: TemporaryFolder
    ) throws -> Published {
        var parameters = HNSWParameters(m: 4, efConstruction: 20)
        parameters.codes = codes
        parameters.measuresRecall = false
        let index = try HNSWIndex.build(
            FloatMatrix(rows, columns: rows[0].count), metric: metric, parameters: parameters,
            threads: 1)
        return try Published(index, in: folder)
    }

    private func expectRefused(_ published: Published, _ word: String) throws {
        try published.write()
        let error = try #require(throws: IndexError.self) { try published.open() }
        #expect(error.code == .damagedFile && error.message.contains(word), "\(error)")
    }

    @Test(arguments: [UInt8(1), 63, 64, 255])
    func rowsOutsideTheGraphHavePossibleLevels(level: UInt8) throws {
        let folder = try TemporaryFolder()
        var published = try publish([[0, 0, 0], [0, 0, 0]], .cosine, in: folder)
        published["levels"] = [level, level]
        try expectRefused(published, level > 63 ? "level" : "upper links")
    }

    @Test func upperListsLieApart() throws {
        let folder = try TemporaryFolder()
        var published = try publish(VectorSet.gaussian(300, dimension: 4).vectors, .l2, in: folder)
        let high = published["levels"].indices.filter { published["levels"][$0] > 0 }
        try #require(high.count > 1)
        let first = published["starts", high[0], as: UInt32.self]
        published["starts", high[1], as: UInt32.self] = first
        try expectRefused(published, "in one place")
    }

    /// A link that is added takes the first free place of a list, and brings to light what lies behind it.
    @Test(arguments: ["ground", "upper"], [UInt32(7), 4_294_967_181])
    func nothingLiesBehindTheEndOfAList(section: String, link: UInt32) throws {
        let folder = try TemporaryFolder()
        var published = try publish(VectorSet.gaussian(300, dimension: 4).vectors, .l2, in: folder)
        let slots = published[section].count / 4
        let free = try #require(
            (0..<slots - 1).first { slot in
                let isFree = [slot, slot + 1].allSatisfy {
                    published[section, $0, as: UInt32.self] == .max
                }
                // The next list begins with a link that is used.
                return isFree && (slot + 1) % (section == "ground" ? 8 : 4) != 0
            })
        published[section, free + 1, as: UInt32.self] = link
        try expectRefused(published, "behind the end")
    }

    @Test(arguments: [VectorCodes.rq8, .sq8], [Float(3e38), -3e38, 1e30])
    func codesAreOfVectorsThatCanBe(codes: VectorCodes, number: Float) throws {
        let folder = try TemporaryFolder()
        let set = VectorSet.gaussian(100, dimension: 32)
        let metric = codes == .sq8 ? DistanceMetric.l1 : .l2
        var published = try publish(set.vectors, metric, codes: codes, in: folder)
        published["quant", 3, as: UInt32.self] = number.bitPattern
        try expectRefused(published, "quantizer")
    }

    @Test(arguments: DistanceMetric.kindsOfCodes)
    func soundOnesBearChangesAndAreOpenedAgain(metric: DistanceMetric) throws {
        let folder = try TemporaryFolder()
        var rows = VectorSet.gaussian(300, dimension: 32).vectors
        rows[5] = [Float](repeating: 0, count: 32)
        let published = try publish(rows, metric, codes: nil, in: folder)
        try published.write()
        guard let index = try published.open().index as? HNSWIndex else {
            Issue.record("It is no graph any more.")
            return
        }
        let keyed = KeyedHNSW(index, ids: try RowIDs(Array(0..<300)))
        for round in 0..<UInt64(3) {
            let ids = (0..<100).map { 1000 + round * 100 + $0 }
            try keyed.change(
                .replay(
                    changed: Set(Array(round * 100..<(round + 1) * 100) + ids),
                    VectorSet.gaussian(100, dimension: 32, seed: round + 2).matrix, ids: ids))
            try keyed.settle(threads: 2)
        }
        let dense = try keyed.dense(threads: 2)
        let again = try Published(dense.index, in: folder)
        #expect(try again.open().index.count == 300)
    }
}

extension DistanceMetric {
    /// Those under which graphs may compare codes.
    fileprivate static let kindsOfCodes: [DistanceMetric] = [.l2, .cosine, .innerProduct]
}
