import HNSW
import IndexCatalog
import IndexDefinitions
import TestSupport
import Testing
import VectorCore

/// Files with right checksums whose graph no builder would have written.
@Suite struct CraftedHNSWTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private static let m = 4
    private static let count = 400

    /// Three zero vectors, and twenty that others equal.
    private static let set: VectorSet = {
        let plain = VectorSet.zeros(3, of: count, dimension: 8)
        return VectorSet(
            plain.description, Array(plain.vectors.dropLast(20) + plain.vectors.prefix(20)),
            queries: plain.queries, dimension: 8)
    }()

    private func publish(_ metric: DistanceMetric = .l2) throws -> Published {
        let index = try build(.hnsw, Self.set, metric, options: testOptions(m: Self.m))
        return try Published(index, in: folder)
    }

    private func expectRefusal(_ published: Published, _ what: String) throws {
        try published.write()
        let error = #expect(throws: IndexError.self, "\(what)") { _ = try published.open() }
        #expect(error?.code == .damagedFile, "\(what): \(error?.message ?? "")")
        #expect(
            error?.message.contains("build the index again") == true,
            "\(what): \(error?.message ?? "")")
    }

    @Test func theFileAsItIsCanBeWrittenAnew() throws {
        let published = try publish()
        try published.write()
        #expect(try published.open().points.count == Self.count)
    }

    @Test func impossibleSettingsAreRefused() throws {
        let original = try publish()
        let edits: [(String, Int, UInt32)] = [
            ("m", 0, 0), ("m", 0, 1), ("m", 0, 5), ("m", 0, 513), ("m", 0, .max),
            ("efConstruction", 1, 0), ("efConstruction", 1, .max), ("efSearch", 2, 0),
            ("efSearch", 2, .max), ("entry", 3, UInt32(Self.count)), ("entry", 3, .max),
            ("isolated", 6, 1), ("isolated", 6, .max), ("blocks", 7, 0), ("blocks", 7, .max),
            ("flags", 14, 8), ("zero vectors without a direction", 14, 2),
        ]
        for (name, number, value) in edits {
            var published = original
            published["hnsw", number, as: UInt32.self] = value
            try expectRefusal(published, "\(name) \(value)")
        }
    }

    /// A row of at least one upper layer that is not the entry, one of none, and the entry.
    private func rows(of published: Published) -> (upper: Int, ground: Int, entry: Int) {
        let levels = published["levels"]
        let entry = Int(published["hnsw", 3, as: UInt32.self])
        let upper = levels.indices.first { levels[$0] >= 1 && $0 != entry }
        let ground = levels.indices.first { levels[$0] == 0 }
        guard let upper, let ground else { preconditionFailure("m is too large for this test") }
        return (upper, ground, entry)
    }

    @Test func linksThatLeadNowhereAreRefused() throws {
        let original = try publish()
        let (upper, ground, _) = rows(of: original)
        let block = Int(original["starts", upper, as: UInt32.self])
        let last = (Self.count - 1) * 2 * Self.m
        let edits: [(String, String, Int, UInt32)] = [
            ("past the end", "ground", 0, UInt32(Self.count)),
            ("past the end, in the last row", "ground", last, UInt32(Self.count)),
            ("nearly none", "ground", 0, .max - 1), ("past 2^31", "ground", 0, 1 << 31),
            ("to itself", "ground", upper * 2 * Self.m, UInt32(upper)),
            ("past the end, above", "upper", block * Self.m, UInt32(Self.count)),
            ("to itself, above", "upper", block * Self.m, UInt32(upper)),
            ("down to a row that is not there", "upper", block * Self.m, UInt32(ground)),
        ]
        for (what, section, number, value) in edits {
            var published = original
            published[section, number, as: UInt32.self] = value
            try expectRefusal(published, "a link \(what)")
        }
    }

    @Test func levelsThatCannotBeAreRefused() throws {
        let original = try publish()
        let (upper, ground, entry) = rows(of: original)
        let blocks = original["hnsw", 7, as: UInt32.self]
        for (row, level) in [(entry, UInt8(255)), (upper, 255), (ground, 64), (entry, 0)] {
            var published = original
            published["levels", row, as: UInt8.self] = level
            try expectRefusal(published, "level \(level) of row \(row)")
        }
        for start in [blocks, .max, .max - 1, 1 << 31] {
            var published = original
            published["starts", upper, as: UInt32.self] = start
            try expectRefusal(published, "start \(start)")
        }
        var published = original
        published["hnsw", 3, as: UInt32.self] = UInt32(ground)
        try expectRefusal(published, "an entry below the top")
    }

    /// A row that is both scanned and linked would be in an answer twice.
    @Test func rowsOutsideTheGraphThatCannotBeAreRefused() throws {
        let original = try publish(.cosine)
        let isolated = (0..<3).map { original["isolated", $0, as: UInt32.self] }
        let (upper, ground, entry) = rows(of: original)
        var lists = [
            [isolated[2], isolated[1], isolated[0]], [isolated[0], isolated[0], isolated[2]],
            [isolated[0], isolated[1], UInt32(Self.count)], [.max], isolated + [.max],
        ]
        for linked in [upper, ground, entry] { lists.append([UInt32(linked)]) }
        lists.append((isolated + [UInt32(entry)]).sorted())
        for list in lists {
            var published = original
            published["isolated"] = list.flatMap { value in
                (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
            }
            published["hnsw", 6, as: UInt32.self] = UInt32(list.count)
            try expectRefusal(published, "isolated \(list)")
        }
        var published = original
        published["ground", 0, as: UInt32.self] = isolated[1]
        try expectRefusal(published, "a link to a row outside the graph")
    }

    @Test func equalRowsThatCannotBeAreRefused() throws {
        let original = try publish(.cosine)
        try #require(original["equals"].count == 20 * 8)
        let isolated = original["isolated", 0, as: UInt32.self]
        let (first, copy) = (
            original["equals", 0, as: UInt32.self], original["equals", 1, as: UInt32.self]
        )
        let edits: [(String, Int, UInt32)] = [
            ("a copy past the end", 1, UInt32(Self.count)), ("a copy far past it", 1, .max),
            ("a copy that is linked", 1, UInt32(rows(of: original).entry)),
            ("a copy of itself", 1, first), ("a copy of a later row", 0, copy + 1),
            ("a copy that is scanned", 1, isolated), ("a copy of nothing", 0, .max),
            ("a copy of another vector", 0, first + 1), ("a copy given twice", 3, copy),
            ("a copy of a copy", 2, copy),
        ]
        for (what, number, value) in edits {
            var published = original
            published["equals", number, as: UInt32.self] = value
            try expectRefusal(published, what)
        }
        var published = original
        published["equals"].removeLast(4)
        try expectRefusal(published, "half a pair")
    }

    /// Files from before there were codes have a number less.
    @Test func aFileWithoutWordOfCodesOpens() throws {
        var options = testOptions(m: Self.m)
        options.hnsw.codes = .f32
        let index = try build(.hnsw, Self.set, .l2, options: options)
        var published = try Published(index, in: folder)
        // Nor flags; then no words about what was asked for, and how vectors were scaled.
        for bytes in [4, 24] {
            published["hnsw"].removeLast(bytes)
            try published.write()
            let opened = try published.open().index
            for query in Self.set.queries {
                #expect(try opened.search(query, k: 10) == index.search(query, k: 10))
            }
        }
        published["hnsw"].removeLast(4)
        try expectRefusal(published, "a number too few")
    }

    @Test func codesThatCannotBeAreRefused() throws {
        var options = testOptions(m: Self.m)
        options.hnsw.codes = .rq8
        let index = try build(.hnsw, Self.set, .l2, options: options)
        let original = try Published(index, in: folder)
        try original.write()
        guard let opened = try original.open().index as? HNSWIndex else { preconditionFailure() }
        #expect(opened.codesKind == .rq8 && opened.parameters.codes == .rq8)
        // Eight numbers become 32 codes, and four factors follow.
        let infinity = Float.infinity.bitPattern
        let edits: [(String, String, Int, UInt32)] = [
            ("a center of NaN", "quant", 3, Float.nan.bitPattern),
            ("an infinite factor", "codes", 8, infinity),
            ("an infinite factor of the last row", "codes", 12 * Self.count - 1, infinity),
            ("another kind of codes", "hnsw", 8, 2), ("codes for another metric", "hnsw", 8, 3),
            ("codes of no kind", "hnsw", 8, .max),
        ]
        for (what, section, number, value) in edits {
            var published = original
            published[section, number, as: UInt32.self] = value
            try expectRefusal(published, what)
        }
        for section in ["quant", "codes"] {
            var published = original
            published[section].removeLast(4)
            try expectRefusal(published, "a shorter \(section)")
        }
        var published = try publish()
        published["hnsw", 8, as: UInt32.self] = 1
        try expectRefusal(published, "codes that are not there")
    }

    @Test func halvesAndBytesThatCannotBeAreRefused() throws {
        var options = testOptions(m: Self.m)
        // Behind the least number of each of eight dimensions is the step.
        let edits: [(VectorCodes, String, Int, UInt32)] = [
            (.f16, "codes", 0, 0x7C00), (.f16, "hnsw", 8, 3), (.sq8, "hnsw", 8, 2),
            (.sq8, "quant", 0, Float.nan.bitPattern), (.sq8, "quant", 8, 0),
            (.sq8, "quant", 8, Float.infinity.bitPattern),
        ]
        for (codes, section, number, value) in edits {
            options.hnsw.codes = codes
            let original = try Published(build(.hnsw, Self.set, .l1, options: options), in: folder)
            try original.write()
            guard let opened = try original.open().index as? HNSWIndex else {
                preconditionFailure()
            }
            #expect(opened.codesKind == codes && opened.parameters.codes == codes)
            var published = original
            published[section, number, as: UInt32.self] = value
            try expectRefusal(published, "\(codes), \(section) \(number)")
        }
    }

    @Test func pointsOutOfOrderAreRefused() throws {
        let original = try publish()
        for (number, value) in [(0, UInt64.max), (1, 1), (5, 0), (Self.count - 1, 0)] {
            var published = original
            published["points", number, as: UInt64.self] = value
            try expectRefusal(published, "point \(value) of row \(number)")
        }
    }

    /// Links, levels and settings changed at random: refused, or every answer is well formed.
    @Test func noStructureWithRightChecksumsDoesHarm() throws {
        let original = try publish(.cosine)
        let names = ["hnsw", "levels", "starts", "ground", "upper", "isolated", "equals"]
        var opened = 0
        try withEverySeed(0..<300) { generator, seed in
            var published = original
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let name = names.randomElement(using: &generator) ?? "ground"
                let byte = Int.random(in: 0..<published[name].count, using: &generator)
                // A small value half of the time, since large ones are easily refused.
                published[name, byte, as: UInt8.self] =
                    Bool.random(using: &generator)
                    ? UInt8.random(in: 0...1, using: &generator)
                    : published[name][byte] ^ 1 << UInt8.random(in: 0..<8, using: &generator)
            }
            try published.write()
            do {
                let index = try published.open().index
                opened += 1
                for query in Self.set.queries {
                    let found = try index.search(query, k: 10)
                    #expect(found.count == 10, "seed \(seed)")
                    #expect(Set(found.map(\.row)).count == 10, "seed \(seed)")
                    #expect(found.allSatisfy { $0.row.position < Self.count }, "seed \(seed)")
                    #expect(found == found.sorted(), "seed \(seed)")
                }
            } catch let error as IndexError {
                #expect(error.code == .damagedFile, "seed \(seed): \(error)")
            }
        }
        #expect(opened > 10, "so few of the changed files open that the test shows nothing")
    }
}
