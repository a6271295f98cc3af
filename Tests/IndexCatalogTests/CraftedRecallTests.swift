import HNSW
import IndexCatalog
import TestSupport
import Testing
import VectorCore

/// Files with right checksums whose operating points nobody would have measured.
@Suite struct CraftedRecallTests {
    private static let dimension = 8

    /// What is known of recall, as it was measured with 50 queries, of which five are in the index.
    private func publish(in folder: TemporaryFolder) throws -> Published {
        let set = VectorSet.gaussian(600, dimension: Self.dimension)
        let queries =
            set.vectors.prefix(5) + VectorSet.gaussian(45, dimension: Self.dimension).vectors
        let index = try HNSWIndex.build(
            set.matrix, metric: .l2, parameters: HNSWParameters(m: 4, efConstruction: 20),
            threads: 2)
        let recall = try index.measuringRecall(
            FloatMatrix(Array(queries), columns: Self.dimension), threads: 2)
        return try Published(index.with(recall), in: folder)
    }

    private func numbers(_ published: Published) -> [Double] {
        let bytes = published["recall"]
        return stride(from: 0, to: bytes.count, by: 8).map {
            Double(bitPattern: bytes.number(at: $0, as: UInt64.self))
        }
    }

    private func write(_ numbers: [Double], to published: inout Published) throws {
        var bytes = [UInt8](repeating: 0, count: 8 * numbers.count)
        for (place, number) in numbers.enumerated() {
            bytes.setNumber(number.bitPattern, at: 8 * place)
        }
        published["recall"] = bytes
        try published.write()
    }

    @Test func theFileAsItIsCanBeWrittenAnew() throws {
        let folder = try TemporaryFolder()
        var published = try publish(in: folder)
        let known = numbers(published)
        #expect(known.last == 50 || known.last == 5)
        try write(known, to: &published)
        guard let opened = try published.open().index as? HNSWIndex else {
            Issue.record("It is no graph any more.")
            return
        }
        #expect(opened.recallTable?.source == .queries)
        #expect(opened.recallTable?.queryCount == 50)
    }

    @Test func whatCannotBeIsRefused() throws {
        let folder = try TemporaryFolder()
        let original = try publish(in: folder)
        let known = numbers(original)
        var edits: [(String, [Double])] = [
            ("nothing", []), ("cut", Array(known.dropLast(2))), ("longer", known + [1, 1]),
        ]
        for (place, value) in [
            (0, 3), (0, 0.5), (0, -1), (1, .nan), (1, -5), (1, 0x1p60), (2, .infinity), (3, 0),
            (3, 1e6),
            (4, 0), (5, 1), (known.count - 1, 3.7), (known.count - 1, 0), (known.count - 1, 51),
            (known.count - 1, 1e12),
            // Only the user's queries may be vectors of the index.
            (0, 0), (0, 1),
        ] as [(Int, Double)] {
            var numbers = known
            numbers[place] = value
            edits.append(("\(place): \(value)", numbers))
        }
        for (name, numbers) in edits {
            var published = original
            try write(numbers, to: &published)
            let error = #expect(throws: IndexError.self, "\(name)") { _ = try published.open() }
            #expect(error?.code == .damagedFile, "\(name)")
        }
    }
}
