import HNSW
import TestSupport
import Testing
import VectorCore

/// What holds for the lists of a graph that has been changed.
@Suite struct ChangedListsTests {
    private struct Lists: Equatable {
        var entry: UInt32
        var neighbors: [[[UInt32]]]

        init(_ index: HNSWIndex) {
            let graph = index.graph
            entry = index.entry
            neighbors = (0..<UInt32(graph.count)).map { row in
                (0...graph.level(of: row)).map { graph.neighbors(of: row, on: $0) }
            }
        }
    }

    /// Each list leads to others of its layer that are there, each once.
    private func expectSound(_ index: HNSWIndex, _ what: String) {
        let shown = index.shown
        for (row, layers) in Lists(index).neighbors.enumerated() {
            for (layer, list) in layers.enumerated() {
                let place: Comment = "\(what), row \(row), layer \(layer)"
                #expect(Set(list).count == list.count, place)
                #expect(!list.contains(UInt32(row)), place)
                #expect(list.allSatisfy { index.graph.level(of: $0) >= layer }, place)
                #expect(list.allSatisfy(shown.contains), place)
                #expect(list.isEmpty || shown.contains(UInt32(row)), place)
            }
        }
    }

    /// Replaces a tenth again and again.
    ///
    /// - Parameter keepsGraphs: holds all graphs, so that each fold needs a copy of the one before.
    private func changed(
        seed: UInt64, m: Int, threads: Int, keepsGraphs: Bool = false,
        look: (HNSWIndex, String) -> Void = { _, _ in }
    ) throws -> Lists {
        var generator = SplitMix64(seed: seed)
        func made(_ count: Int) -> FloatMatrix {
            FloatMatrix(randomVectors(count, dimension: 12, using: &generator), columns: 12)
        }
        let index = try HNSWIndex.build(
            made(1500), metric: .l2, parameters: HNSWParameters(m: m, efConstruction: 40),
            threads: 1)
        let writer = HNSWWriter(index)
        var kept: [HNSWIndex] = []
        for step in 0..<12 {
            let shown = writer.version.shown.rows.shuffled(using: &generator)
            try writer.change(removing: Array(shown.prefix(150)), adding: made(150))
            try writer.fold(threads: threads, completely: true)
            look(writer.version, "seed \(seed), m \(m), step \(step)")
            if keepsGraphs { kept.append(writer.version) }
        }
        return withExtendedLifetime(kept) { Lists(writer.version) }
    }

    @Test(arguments: [2, 5, 16])
    func listsStaySound(m: Int) throws {
        try withEverySeed(0..<2) { _, seed in
            _ = try changed(seed: seed, m: m, threads: 2, look: expectSound)
        }
    }

    @Test func listsDependNeitherOnThreadsNorOnWhoSearches() throws {
        try withEverySeed(0..<2) { _, seed in
            let alone = try changed(seed: seed, m: 6, threads: 1)
            for threads in [2, 3] {
                #expect(
                    try changed(seed: seed, m: 6, threads: threads) == alone, "\(threads) threads")
            }
            #expect(try changed(seed: seed, m: 6, threads: 2, keepsGraphs: true) == alone, "kept")
        }
    }

    /// A list loses more links at once than there is room for vertices on the way.
    @Test func aLongListLosesMostOfItsLinks() throws {
        let dimension = 700
        // One in the middle, which is the nearest of all others.
        let vectors = (0...dimension).map { row in
            (1...dimension).map { Float($0 == row ? 1 : 0) }
        }
        let index = try HNSWIndex.build(
            FloatMatrix(vectors, columns: dimension), metric: .l2,
            parameters: HNSWParameters(m: 400, efConstruction: 400, codes: .f32), threads: 2)
        #expect(index.graph.neighbors(of: 0, on: 0).count > 600)
        let writer = HNSWWriter(index)
        try writer.change(removing: (1...600).map { UInt32($0) }, adding: nil)
        try writer.fold(threads: 2, completely: true)
        expectSound(writer.version, "600 of 700 removed")
        #expect(writer.version.unreachableCount() == 0)
    }
}
