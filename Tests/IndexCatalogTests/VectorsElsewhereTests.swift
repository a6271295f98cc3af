import HNSW
import IndexCatalog
import IndexDefinitions
import TestSupport
import Testing
import VectorCore

/// Graphs that leave their vectors elsewhere, held against the same graphs with their vectors.
@Suite struct VectorsElsewhereTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private static let sets: [VectorSet] = [
        .gaussian(1, dimension: 3), .clustered(900, dimension: 40), .copies(dimension: 17),
        .zeros(30, of: 300, dimension: 9), .zeros(5, of: 5, dimension: 2),
        .allEqual(300, dimension: 5), .growingNorms(300, dimension: 20),
    ]

    private func codes(_ metric: DistanceMetric) -> [VectorCodes] {
        VectorCodes.allCases.filter { $0 != .f32 && $0.supports(metric) }
    }

    private func graph(
        _ set: VectorSet, _ metric: DistanceMetric, _ codes: VectorCodes?, _ vectors: VectorPlace
    ) throws(IndexError) -> HNSWIndex {
        try HNSWIndex.build(
            set.matrix, metric: metric,
            parameters: HNSWParameters(m: 8, efConstruction: 60, codes: codes, vectors: vectors),
            threads: 2)
    }

    private func expectSame(
        _ left: [[Neighbor]], _ right: [[Neighbor]], _ what: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(left.count == right.count, "\(what)", sourceLocation: sourceLocation)
        #expect(
            zip(left, right).allSatisfy(areIdentical), "\(what)", sourceLocation: sourceLocation)
    }

    /// The same rows at the same distances, bit for bit, whatever is asked.
    @Test(arguments: allMetrics)
    func answersAreThoseOfAnIndexWithItsVectors(metric: DistanceMetric) throws {
        for set in Self.sets {
            for codes in codes(metric) {
                let with = try graph(set, metric, codes, .index)
                let without = try graph(set, metric, codes, .store)
                    .reading(MatrixRows(set.matrix))
                #expect(without.structuralFault() == nil)
                for k in [1, 10, 1000] {
                    let what = "\(set), \(codes), k \(k)"
                    let effort = SearchLimits.Effort.setting(50)
                    expectSame(
                        try with.searchBatch(
                            set.queryMatrix, k: k, effort: effort, threads: 2),
                        try without.searchBatch(
                            set.queryMatrix, k: k, effort: effort, threads: 2), what)
                    expectSame(
                        try with.searchBatch(set.queryMatrix, k: k, effort: .exact, threads: 2),
                        try without.searchBatch(set.queryMatrix, k: k, effort: .exact, threads: 2),
                        what)
                    try withEverySeed(0..<2) { generator, seed in
                        for share in [0.5, 0.03] {
                            var rows = RowSet()
                            for row in 0..<UInt32(with.count)
                            where Double.random(in: 0..<1, using: &generator) < share {
                                rows.insert(row)
                            }
                            expectSame(
                                try with.searchBatch(
                                    set.queryMatrix, k: k, effort: effort, among: rows,
                                    threads: 2),
                                try without.searchBatch(
                                    set.queryMatrix, k: k, effort: effort, among: rows,
                                    threads: 2), "\(what), seed \(seed), share \(share)")
                            for within in [Float?.none, 1, 4] {
                                expectSame(
                                    try with.searchBatch(
                                        set.queryMatrix, k: k, effort: .exact, within: within,
                                        among: rows,
                                        threads: 2),
                                    try without.searchBatch(
                                        set.queryMatrix, k: k, effort: .exact, within: within,
                                        among: rows,
                                        threads: 2), "\(what), seed \(seed), share \(share)")
                            }
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: allMetrics)
    func aFileHoldsNoVectors(metric: DistanceMetric) throws {
        for set in Self.sets {
            for codes in codes(metric) {
                let built = try graph(set, metric, codes, .store)
                let published = try Published(built, in: folder)
                #expect(!published.sections.contains { $0.name == "vectors" })
                guard let opened = try published.open().index as? HNSWIndex else {
                    Issue.record("It is no graph any more.")
                    return
                }
                #expect(!opened.keepsVectors && opened.parameters == built.parameters)
                #expect(opened.memoryBytes == built.memoryBytes)
                expectSame(
                    try built.reading(MatrixRows(set.matrix)).searchBatch(
                        set.queryMatrix, k: 12, threads: 1),
                    try opened.reading(MatrixRows(set.matrix)).searchBatch(
                        set.queryMatrix, k: 12, threads: 1),
                    "\(set), \(codes)")
                let again = try Published(opened, in: folder)
                #expect(again.bytes == published.bytes, "\(set), \(codes)")
            }
        }
    }

    /// Every cut and many flipped bits, and files with right checksums that say what cannot be.
    @Test func aDamagedFileIsRefused() throws {
        let set = VectorSet.clustered(200, dimension: 33)
        let published = try Published(
            graph(set, .innerProduct, .rq8, .store), in: folder)
        var generator = SplitMix64(seed: 11)
        for _ in 0..<200 {
            var bytes = published.bytes
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            if Bool.random(using: &generator) {
                bytes.removeSubrange(place...)
            } else {
                // The padding between sections is in no checksum, and nobody reads it.
                let isRead = published.sections.contains {
                    $0.offset..<$0.offset + $0.bytes.count ~= place
                }
                guard isRead else { continue }
                bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            }
            try published.overwrite(bytes)
            let error = #expect(throws: IndexError.self) { try published.open() }
            #expect(error?.code == .damagedFile)
        }
        for (word, value) in [
            (9, UInt32(1)), (9, 3), (8, 0), (10, 2), (11, 401), (13, 0x7FF8_0000),
            (13, 0x8010_0000), (14, 16),
        ] {
            var crafted = published
            crafted["hnsw", word, as: UInt32.self] = value
            try crafted.write()
            let error = #expect(throws: IndexError.self, "word \(word)") { try crafted.open() }
            #expect(error?.code == .damagedFile)
        }
        var shorter = published
        shorter["hnsw"].removeLast(8)
        try shorter.write()
        #expect(throws: IndexError.self) { try shorter.open() }
    }

    @Test func whatCannotBeIsRefused() throws {
        let set = VectorSet.clustered(300, dimension: 40)
        let plain = #expect(throws: IndexError.self) { try graph(set, .l2, .f32, .store) }
        #expect(plain?.code == .invalidParameter && plain?.message.contains("f32") == true)
        // Few numbers: no codes are chosen.
        let few = #expect(throws: IndexError.self) {
            try graph(.clustered(300, dimension: 8), .l2, nil, .store)
        }
        #expect(few?.code == .invalidParameter && few?.message.contains("f32") == true)
        let alone = try graph(set, .l2, nil, .store)
        let error = #expect(throws: IndexError.self) {
            try alone.search(set.queryMatrix[0], k: 3)
        }
        #expect(error?.code == .invalidParameter && error?.message.contains("store") == true)
        #expect(throws: IndexError.self) {
            try alone.searchBatch(set.queryMatrix, k: 3, effort: .exact, threads: 2)
        }
    }

    /// A row that is another one by now ends a search; what measures recall goes on without it.
    @Test func aRowThatHasChangedIsNeverAnswered() throws {
        let set = VectorSet.clustered(400, dimension: 40)
        let graph = try graph(set, .l2, .rq8, .store)
        let whole = try graph.reading(MatrixRows(set.matrix))
            .search(set.queryMatrix[0], k: 5)
        let changed = MatrixRows(set.matrix, changed: [whole[0].row.rawValue])
        let index = graph.reading(changed)
        let walk = #expect(throws: IndexError.self) {
            try index.searchBatch(
                set.queryMatrix, k: 5, threads: 2)
        }
        #expect(walk?.code == .outdated)
        let scan = #expect(throws: IndexError.self) {
            try index.searchBatch(set.queryMatrix, k: 5, effort: .exact, threads: 2)
        }
        #expect(scan?.code == .outdated)
        let others = try index.withoutOutdated
            .search(set.queryMatrix[0], k: 4)
        #expect(others == Array(whole.dropFirst()))
    }

    /// At most 0.4 of what hnswlib takes with *m* 16, which is the vector and 4 · (2 · 16 + 1) bytes and more.
    @Test(arguments: [384, 784, 1280])
    func aVectorTakesFewBytes(dimension: Int) throws {
        let set = VectorSet.gaussian(600, dimension: dimension)
        let parameters = HNSWParameters(efConstruction: 20, codes: .rq8, vectors: .store)
        let index = try HNSWIndex.build(
            set.matrix, metric: .l2, parameters: parameters, threads: 2)
        let bytes = index.memoryBytes / index.count
        print("\(bytes) bytes a vector of \(dimension) numbers")
        #expect(Double(bytes) <= 0.4 * Double(4 * dimension + 4 * (2 * 16 + 1)))
        let memory = HNSWIndex.memory(
            count: index.count, dimension: dimension, metric: .l2, parameters: parameters,
            threads: 2)
        #expect(memory.vectors == 0)
        #expect(abs(memory.index / index.count - bytes) <= bytes / 50)
        #expect(memory.building - memory.index >= index.count * dimension * 4)
    }
}
