import Foundation
import IndexCatalog
import IndexDefinitions
import Likeness
import SearchService
import Synchronization
import TestSupport
import Testing
import VectorCore
import WorkerThreads

/// A flat index whose vectors come and go, held to a list of them.
@Suite struct ChangingIndexTests {
    /// What an index should hold, in the order in which it was given.
    private struct Model {
        var entries: [(id: UInt64, vector: [Float])] = []

        func nearest(to query: [Float], _ metric: DistanceMetric, k: Int) -> [UInt64] {
            let distances = ReferenceSearch(entries.map(\.vector), metric: metric)
                .distances(from: query)
            return distances.indices.sorted { (distances[$0], $0) < (distances[$1], $1) }
                .prefix(k).map { entries[$0].id }
        }
    }

    @Test(arguments: [IndexKind.flat, .matrix], [DistanceMetric.l2, .cosine, .innerProduct, .l1])
    func itHoldsWhatAListHolds(kind: IndexKind, metric: DistanceMetric) throws {
        let folder = try TemporaryFolder()
        try withEverySeed(0..<3) { generator, seed in
            let dimension = [3, 16, 17][Int(seed) % 3]
            var model = Model()
            var index = try StandaloneIndex.build(
                .init([], columns: dimension), kind: kind, metric: metric)
            for step in 0..<250 {
                let place = "\(kind), \(metric), seed \(seed), step \(step)"
                switch Int.random(in: 0..<10, using: &generator) {
                case 0..<4:
                    // Small whole numbers, so that distances tie and the order counts.
                    let added = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                        (0..<dimension).map { _ in
                            Float(Int.random(in: -3...3, using: &generator))
                        }
                    }
                    let largest = model.entries.map(\.id).max()
                    let first =
                        Bool.random(using: &generator)
                        ? UInt64(step) * 1000 + 500_000 : largest.map { $0 + 1 } ?? 0
                    let ids = added.indices.map { first + UInt64($0) }
                    let isKnown = ids.contains { id in model.entries.contains { $0.id == id } }
                    guard !isKnown else { continue }
                    let goesOn = first == largest.map { $0 + 1 } ?? 0
                    try index.add(
                        FloatMatrix(added, columns: dimension), ids: goesOn ? nil : ids)
                    model.entries += zip(ids, added).map { ($0, $1) }
                case 4..<7:
                    let most = min(30, model.entries.count)
                    let removed = Set(
                        model.entries.map(\.id).shuffled(using: &generator)
                            .prefix(Int.random(in: 0...most, using: &generator)))
                    try index.remove(Array(removed))
                    model.entries.removeAll { removed.contains($0.id) }
                case 7:
                    let path = folder.path("\(metric)-\(seed).index")
                    try index.save(to: path)
                    index = try StandaloneIndex.open(path)
                default:
                    let known = model.entries.randomElement(using: &generator)?.id ?? 7
                    expectError(.notFound) { try index.remove([UInt64.max - 5]) }
                    if !model.entries.isEmpty {
                        let one = FloatMatrix(
                            [[Float](repeating: 1, count: dimension)], columns: dimension)
                        expectError(.invalidRequest) { try index.add(one, ids: [known]) }
                        expectError(.invalidRequest) { try index.remove([known, known]) }
                    }
                }
                #expect(index.count == model.entries.count, "\(place)")
                #expect(index.ids == model.entries.map(\.id), "\(place)")
                let query = (0..<dimension).map { _ in
                    Float(Int.random(in: -3...3, using: &generator))
                }
                let k = Int.random(in: 1...20, using: &generator)
                let found = try index.search(query, k: k).map(\.id)
                let expected = model.nearest(to: query, metric, k: k)
                if metric == .cosine {
                    // Equal angles may differ in the last bit, so only the number is certain.
                    #expect(found.count == expected.count, "\(place)")
                } else {
                    #expect(found == expected, "\(place), k \(k)")
                }
                guard step % 10 == 0 else { continue }
                // Enough queries for matrix products.
                let queries = FloatMatrix(.init(repeating: query, count: 30), columns: dimension)
                let batch = try index.searchBatch(queries, k: k, threads: 2)
                #expect(batch.allSatisfy { $0.map(\.id) == found }, "\(place), batch")
            }
        }
    }

    @Test func removingTakesMemoryBack() throws {
        let set = VectorSet.gaussian(2000, dimension: 64)
        let index = try StandaloneIndex.build(set.matrix, kind: .flat, metric: .l2)
        let full = index.memoryBytes
        try index.remove((0..<1900).map { UInt64($0) })
        #expect(index.memoryBytes < full / 4)
        #expect(try index.search(set.vectors[1950], k: 1) == [IndexMatch(id: 1950, distance: 0)])
    }

    @Test func idsRunOut() throws {
        let one = FloatMatrix([[1, 2]], columns: 2)
        let index = try StandaloneIndex.build(
            one, ids: [.max], kind: .flat, metric: .l2)
        expectError(.invalidRequest, saying: "follow") { try index.add(one) }
        try index.add(one, ids: [0])
        #expect(try index.search([1, 2], k: 5).map(\.id) == [.max, 0])
    }

    /// Every search sees the index before or after a change: the two vectors of a pair come and go
    /// together.
    @Test func searchesSeeAllOfAChangeOrNothing() throws {
        let dimension = 8
        func pair(_ number: Int) -> FloatMatrix {
            let vector = (0..<dimension).map { Float(number * dimension + $0) }
            return FloatMatrix([vector, vector], columns: dimension)
        }
        let index = try StandaloneIndex.build(
            .init([], columns: dimension), kind: .flat, metric: .l2)
        let isOver = Atomic(false)
        let faults = Mutex<[String]>([])
        try WorkerThreads.run(3) { _ in
            while !isOver.load(ordering: .relaxed) {
                do {
                    let found = try index.search(
                        [Float](repeating: 0, count: dimension), k: 1000)
                    let numbers = Dictionary(grouping: found.map { $0.id / 2 }) { $0 }
                    guard numbers.values.allSatisfy({ $0.count == 2 }) else {
                        faults.withLock { $0.append("half a pair") }
                        return
                    }
                } catch {
                    faults.withLock { $0.append("\(error)") }
                    return
                }
            }
        } beside: { _ in
            defer { isOver.store(true, ordering: .relaxed) }
            for number in 0..<400 {
                try index.add(pair(number), ids: [UInt64(2 * number), UInt64(2 * number + 1)])
                if number >= 20 {
                    let gone = UInt64(number - 20)
                    try index.remove([2 * gone, 2 * gone + 1])
                }
            }
        }
        #expect(faults.withLock { $0 }.isEmpty)
        #expect(index.count == 40)
    }
}
