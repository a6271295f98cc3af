import IndexCatalog
import IndexDefinitions
import MappedStorage
import TestSupport
import Testing
import VectorCore
import WorkerThreads

/// Graphs that are built anew in the background while they change, held to a list of what they should have.
@Suite struct RebuiltGraphTests {
    /// An index, and the same vectors in a dictionary.
    private struct Pair {
        let graph: KeyedHNSW
        let metric: DistanceMetric
        var vectors: [UInt64: [Float]] = [:]
        /// Ids that were there once.
        var gone: Set<UInt64> = []
        private var next: UInt64

        private static let dimension = 6

        init(_ first: [[Float]], metric: DistanceMetric) throws {
            // Not the numbers of their rows.
            let ids = first.indices.map { UInt64($0) * 3 }
            let index = try HNSWIndex.build(
                FloatMatrix(first, columns: Self.dimension), metric: metric,
                parameters: HNSWParameters(m: 8, efConstruction: 60), threads: 2)
            graph = KeyedHNSW(index, ids: try RowIDs(ids))
            self.metric = metric
            next = UInt64(first.count)
            for (id, vector) in zip(ids, first) { vectors[id] = vector }
        }

        static func drawn(_ count: Int, using generator: inout SplitMix64) -> [[Float]] {
            randomVectors(count, dimension: dimension, using: &generator)
        }

        /// Removes some ids, and puts vectors under others, which may be there.
        mutating func change(removing removed: [UInt64], putting put: [UInt64: [Float]]) throws {
            try graph.change(
                .replay(
                    changed: Set(removed).union(put.keys),
                    FloatMatrix(Array(put.values), columns: Self.dimension),
                    ids: Array(put.keys)))
            for id in removed { vectors[id] = nil }
            gone.formUnion(removed)
            for (id, vector) in put { vectors[id] = vector }
        }

        mutating func add(_ added: [[Float]]) throws {
            var put: [UInt64: [Float]] = [:]
            for vector in added {
                put[next * 3] = vector
                next += 1
            }
            try change(removing: [], putting: put)
        }

        mutating func remove(_ count: Int, using generator: inout SplitMix64) throws {
            let ids = vectors.keys.sorted().shuffled(using: &generator)
            try change(removing: Array(ids.prefix(count)), putting: [:])
        }

        /// Removes one, replaces two and adds one, or two where the index is to grow.
        mutating func stir(using generator: inout SplitMix64, longer factor: Float = 1) throws {
            let ids = (0..<3).compactMap { _ in vectors.keys.randomElement(using: &generator) }
            guard Set(ids).count == 3 else { return }
            let drawn = Self.drawn(3, using: &generator).map { $0.map { $0 * factor } }
            try change(
                removing: [ids[0]],
                putting: [ids[1]: drawn[0], ids[2]: drawn[1], next * 3: drawn[2]])
            next += 1
        }

        /// Checks that an exact answer of all has what is there, each at its distance, and nothing else.
        func check(_ query: [Float], _ what: String) throws {
            let version = graph.version
            #expect(version.index.count == vectors.count, "\(what)")
            let found = try version.index.search(query.span, k: vectors.count + 10, effort: .exact)
            let ids = found.map { version.ids[$0.row] }
            #expect(Set(ids) == Set(vectors.keys) && ids.count == vectors.count, "\(what)")
            for (id, match) in zip(ids, found) {
                guard let vector = vectors[id] else { continue }
                let right = ReferenceSearch.distance(metric, query, vector)
                #expect(abs(Double(match.distance) - right) <= 1e-4 * max(1, abs(right)), "\(what)")
            }
        }

        /// Checks answers of the graph: each as near as the exact one says, but for a small share.
        func checkGraph(_ queries: [[Float]], recall floor: Double, _ what: String) throws {
            let version = graph.version
            var good = 0
            for query in queries {
                let exact = try version.index.search(query.span, k: 10, effort: .exact)
                let found = try version.index.search(
                    query.span, k: 10, effort: .setting(100))
                let bound = exact.last?.distance ?? 0
                good += found.count { $0.distance <= bound + 1e-5 * abs(bound) }
                #expect(found.count == 10, "\(what)")
                for match in found {
                    #expect(vectors[version.ids[match.row]] != nil, "\(what)")
                }
            }
            #expect(Double(good) >= floor * Double(10 * queries.count), "\(what): \(good)")
        }

        /// Goes on changing the index until it has been built anew.
        ///
        /// - Returns: how often it was changed.
        mutating func stirUntilRebuilt(
            using generator: inout SplitMix64, longer factor: Float = 1
        ) throws -> Int {
            var changes = 0
            var last = graph.now.index.changeCount
            while true {
                try stir(using: &generator, longer: factor)
                changes += 1
                if changes % 50 == 0 {
                    try check(Self.drawn(1, using: &generator)[0], "change \(changes)")
                }
                let now = graph.now.index.changeCount
                // Only an index that was built anew has seen fewer.
                if now < last {
                    // Each change is of up to six rows; these are more than the last one or two.
                    #expect(now > 12, "nothing was changed while it was built")
                    return changes
                }
                last = now
                try #require(changes < 50_000, "it is not built anew")
                _ = WorkerThreads.wait(milliseconds: 1) { false }
            }
        }
    }

    private func finish(_ pair: inout Pair, using generator: inout SplitMix64) throws {
        let queries = Pair.drawn(30, using: &generator)
        let floor = pair.metric == .innerProduct ? 0.8 : 0.95
        try pair.check(queries[0], "built anew")
        try pair.checkGraph(queries, recall: floor, "built anew")
        // The table of ids is that of the new index.
        for _ in 0..<100 { try pair.stir(using: &generator) }
        try pair.check(queries[1], "changed after")
        try pair.graph.settle(threads: 2)
        #expect(pair.graph.fault == nil)
        try pair.check(queries[2], "settled")
        try pair.checkGraph(queries, recall: floor, "settled")
        let shown = pair.graph.now
        let answers = Set(shown.index.shown.rows.map { shown.ids[$0] })
        #expect(answers == Set(pair.vectors.keys))
        #expect(pair.gone.isDisjoint(with: answers))
    }

    @Test func anIndexThatHasGrownIsBuiltAnewBesideChanges() throws {
        try withEverySeed(0..<2) { generator, seed in
            var pair = try Pair(Pair.drawn(1200, using: &generator), metric: .l2)
            while pair.vectors.count < 4750 {
                try pair.add(Pair.drawn(100, using: &generator))
                try pair.stir(using: &generator)
            }
            #expect(pair.graph.now.index.changeCount >= 3550)
            try pair.add(Pair.drawn(100, using: &generator))
            _ = try pair.stirUntilRebuilt(using: &generator)
            try finish(&pair, using: &generator)
        }
    }

    @Test func anIndexThatHasShrunkIsBuiltAnewBesideChanges() throws {
        try withEverySeed(0..<2) { generator, seed in
            var pair = try Pair(Pair.drawn(6000, using: &generator), metric: .l2)
            while pair.vectors.count > 1550 { try pair.remove(150, using: &generator) }
            let large = pair.graph.now.index
            #expect(large.rowCount == 6000)
            let bytes = large.memoryBytes + pair.graph.byteCount
            try pair.remove(150, using: &generator)
            _ = try pair.stirUntilRebuilt(using: &generator)
            let small = pair.graph.now.index
            #expect(small.rowCount < 2500, "seed \(seed): \(small.rowCount) slots")
            #expect(
                small.memoryBytes + pair.graph.byteCount < bytes / 2,
                "seed \(seed): \(bytes) bytes, then \(small.memoryBytes) + \(pair.graph.byteCount)")
            try finish(&pair, using: &generator)
        }
    }

    @Test func anIndexWithVectorsThatAreTooLongIsBuiltAnewBesideChanges() throws {
        try withEverySeed(0..<2) { generator, seed in
            var pair = try Pair(Pair.drawn(4200, using: &generator), metric: .innerProduct)
            for _ in 0..<2 {
                try pair.add(Pair.drawn(100, using: &generator).map { $0.map { $0 * 10 } })
            }
            // Almost all of them are longer than any before; they are scanned, as the longest of a build are.
            let scanned = pair.graph.now.index.isolated.count
            #expect(scanned > 190 && scanned <= 242, "seed \(seed): \(scanned)")
            try pair.add(Pair.drawn(150, using: &generator).map { $0.map { $0 * 10 } })
            let changes = try pair.stirUntilRebuilt(using: &generator, longer: 20)
            // What came meanwhile may be too long again.
            #expect(pair.graph.now.index.isolated.count <= 3 * changes + 50, "seed \(seed)")
            try finish(&pair, using: &generator)
        }
    }
}
