import GraphConstruction
import HNSW
import IndexDefinitions
import TestSupport
import Testing
import VectorCore

/// What holds for every graph that has been built.
@Suite struct HNSWGraphTests {
    private static let sets: [VectorSet] = [
        .gaussian(1, dimension: 3), .gaussian(2, dimension: 3), .gaussian(10, dimension: 1),
        .clustered(1200, dimension: 12), .grid(800, dimension: 2), .allEqual(600, dimension: 5),
        .copies(dimension: 8), .zeros(30, of: 300, dimension: 4), .zeros(40, of: 40, dimension: 3),
        .growingNorms(800, dimension: 10), .outliers(1000, dimension: 6),
    ]

    private func build(
        _ set: VectorSet, _ metric: DistanceMetric, m: Int, threads: Int = 2
    ) throws(IndexError) -> HNSWIndex {
        try HNSWIndex.build(
            set.matrix, metric: metric, parameters: HNSWParameters(m: m, efConstruction: 60),
            threads: threads)
    }

    @Test(arguments: allMetrics, [2, 3, 16])
    func everyGraphIsSoundAndEveryRowReachable(metric: DistanceMetric, m: Int) throws {
        for set in Self.sets {
            let index = try build(set, metric, m: m)
            #expect(index.structuralFault() == nil, "\(set)")
            #expect(index.unreachableCount() == 0, "\(set)")
            let reached = reachedRows(index)
            let outside = rowsOutside(index)
            #expect(reached.count == index.count - outside.count, "\(set)")
            #expect(reached.isDisjoint(with: outside), "\(set)")
            expectLists(index, set)
            expectLevels(index, set)
        }
    }

    private func rowsOutside(_ index: HNSWIndex) -> Set<UInt32> {
        Set(index.isolated).union(index.equals.pairs.map(\.copy))
    }

    /// A walk of its own, not the one that the repair makes.
    private func reachedRows(_ index: HNSWIndex) -> Set<UInt32> {
        guard index.isolated.count < index.count else { return [] }
        var reached: Set = [index.entry]
        var frontier = [index.entry]
        while let row = frontier.popLast() {
            for neighbor in list(index.graph, row, 0) where reached.insert(neighbor).inserted {
                frontier.append(neighbor)
            }
        }
        return reached
    }

    private func list(_ graph: HNSWGraph, _ row: UInt32, _ layer: Int) -> [UInt32] {
        let links = unsafe graph.links(of: row, on: layer)
        let places = (0..<graph.degree(on: layer)).map { unsafe links[$0] }
        let list = places.prefix { $0 != LinkTable.none }
        #expect(
            places.dropFirst(list.count).allSatisfy { $0 == LinkTable.none },
            "row \(row) has links after the end of its list on layer \(layer)")
        return Array(list)
    }

    /// At most *m* links, at the bottom 2*m*, to others of the layer, each once.
    private func expectLists(_ index: HNSWIndex, _ set: VectorSet) {
        let graph = index.graph
        let outside = rowsOutside(index)
        #expect(graph.degree(on: 0) == 2 * index.parameters.m)
        for row in 0..<UInt32(index.count) {
            for layer in 0...graph.level(of: row) {
                let list = list(graph, row, layer)
                let place: Comment = "\(set), row \(row), layer \(layer)"
                #expect(layer == 0 || graph.degree(on: layer) == index.parameters.m, place)
                #expect(Set(list).count == list.count, place)
                #expect(!list.contains(row), place)
                #expect(list.allSatisfy { $0 < index.count }, place)
                #expect(list.allSatisfy { graph.level(of: $0) >= layer }, place)
                #expect(list.isEmpty || !outside.contains(row), place)
            }
        }
    }

    private func expectLevels(_ index: HNSWIndex, _ set: VectorSet) {
        let drawn = HNSWGraph.drawLevels(
            count: index.count, m: index.parameters.m, seed: index.parameters.seed)
        let outside = rowsOutside(index)
        for row in 0..<UInt32(index.count) {
            let level = outside.contains(row) ? 0 : Int(drawn[Int(row)])
            #expect(index.graph.level(of: row) == level, "\(set), row \(row)")
            #expect(level <= index.graph.level(of: index.entry), "\(set), row \(row)")
        }
    }

    /// The zero vectors under cosine, which have no direction, and the longest few under the inner product.
    @Test(arguments: allMetrics)
    func fewVectorsAreOutside(metric: DistanceMetric) throws {
        let set = VectorSet.zeros(30, of: 300, dimension: 4)
        let index = try build(set, metric, m: 8)
        let norms = set.vectors.map { $0.reduce(0) { $0 + Double($1) * Double($1) } }
        let isolated = index.isolated.map { norms[Int($0)] }
        switch metric {
        case .cosine:
            #expect(index.isolated == norms.indices.filter { norms[$0] == 0 }.map { UInt32($0) })
        case .innerProduct:
            #expect((1...30).contains(isolated.count))
            #expect(norms.count { $0 >= isolated.min() ?? 0 } == isolated.count)
        case .l2, .l2Squared, .l1, .minkowski:
            #expect(index.isolated.isEmpty)
        }
    }

    /// One of equal vectors is in the graph, the earliest, and stands for all others.
    @Test(arguments: allMetrics)
    func theEarliestOfEqualVectorsStandsForThem(metric: DistanceMetric) throws {
        let set = VectorSet.copies(dimension: 8)
        let index = try build(set, metric, m: 8)
        var earliest: [[Float]: UInt32] = [:]
        var expected: [EqualRows.Pair] = []
        for (row, vector) in set.vectors.enumerated() {
            if let original = earliest[vector] {
                expected.append(EqualRows.Pair(original: original, copy: UInt32(row)))
            } else {
                earliest[vector] = UInt32(row)
            }
        }
        #expect(expected.count == 538)
        #expect(index.equals.pairs == expected.sorted())
    }

    /// Scaled by powers of two, vectors are equal once they are normalised.
    @Test func vectorsOfOneDirectionAreEqualUnderCosine() throws {
        let set = VectorSet(
            "four", [[1, 3], [2, 6], [-1, -3], [0.25, 0.75]], queries: [[1, 3]], dimension: 2)
        let index = try build(set, .cosine, m: 2)
        #expect(
            index.equals.pairs == [
                EqualRows.Pair(original: 0, copy: 1), EqualRows.Pair(original: 0, copy: 3),
            ])
        let found = try index.search(set.queries[0], k: 4)
        #expect(found.map(\.row.position) == [0, 1, 3, 2])
        #expect(try build(set, .innerProduct, m: 2).equals.pairs.isEmpty)
    }

    /// P(level ≥ l) = m^-l: 100,000 draws stay within five standard deviations.
    @Test(arguments: [2, 4, 16])
    func levelsHaveThePaperDistribution(m: Int) {
        withEverySeed(1..<4) { _, seed in
            let count = 100_000
            let levels = HNSWGraph.drawLevels(count: count, m: m, seed: seed)
            for level in 1...4 {
                var share = 1.0
                for _ in 0..<level { share /= Double(m) }
                let expected = Double(count) * share
                let found = Double(levels.count { Int($0) >= level })
                #expect(
                    abs(found - expected) <= 5 * max(1, expected).squareRoot(),
                    "seed \(seed), level \(level): \(found), not \(expected)")
            }
        }
    }

    @Test func anotherSeedDrawsOtherLevels() {
        let levels = (1...3).map { HNSWGraph.drawLevels(count: 500, m: 4, seed: $0) }
        #expect(levels[0] != levels[1])
        #expect(levels[1] != levels[2])
    }

    @Test func efSearchIsCheckedAndRaisedToK() throws {
        let set = VectorSet.clustered(1000, dimension: 8)
        let index = try build(set, .l2, m: 8)
        let query = set.queries[1]
        for efSearch in [0, -1, .min] {
            let parameters = SearchLimits.Effort.setting(efSearch)
            let error = #expect(throws: IndexError.self) {
                _ = try index.search(query, k: 1, parameters)
            }
            #expect(error?.code == .invalidParameter)
            let batchError = #expect(throws: IndexError.self) {
                _ = try index.searchBatch(
                    set.queryMatrix, k: 1, effort: parameters, threads: 2)
            }
            #expect(batchError?.code == .invalidParameter)
        }
        for efSearch in [1, 5, 1000, .max] {
            let found = try index.search(
                query, k: 20, SearchLimits.Effort.setting(efSearch))
            #expect(found.count == 20, "efSearch \(efSearch)")
        }
    }

    /// Keeping all rows as candidates finds all neighbours, since every row can be reached.
    @Test(arguments: allMetrics)
    func moreCandidatesFindMore(metric: DistanceMetric) throws {
        let set = VectorSet.gaussian(800, dimension: 30)
        let index = try build(set, metric, m: 4)
        let reference = ReferenceSearch(set.vectors, metric: metric)
        let recalls = try [10, 40, 160, 800].map { efSearch in
            let parameters = SearchLimits.Effort.setting(efSearch)
            let each = try set.queries.map { query in
                let found = try index.search(query, k: 10, parameters)
                return recall(
                    of: found.map(\.row.position), distances: reference.distances(from: query))
            }
            return each.reduce(0, +) / Double(each.count)
        }
        #expect(recalls == recalls.sorted(), "\(recalls)")
        #expect(recalls[0] < recalls[2], "\(recalls)")
        #expect(recalls[3] == 1, "\(recalls)")
    }
}
