import IndexCatalog
import Likeness
import SearchService
import Synchronization
import TestSupport
import Testing
import VectorCore
import WorkerThreads

/// Graphs that take in and give up vectors, held to a scan of what they should have.
@Suite struct ChangedGraphTests {
    /// What an index should have.
    private struct Model {
        let metric: DistanceMetric
        var vectors: [UInt64: [Float]] = [:]

        func nearest(_ query: [Float], k: Int) -> [(id: UInt64, distance: Double)] {
            Array(
                vectors.map { ($0.key, ReferenceSearch.distance(metric, query, $0.value)) }
                    .sorted { $0.1 < $1.1 }.prefix(k))
        }
    }

    /// Checks that answers are as many as can be, sorted, without repetition, true, and near the best.
    private func check(
        _ index: StandaloneIndex, _ model: Model, _ queries: [[Float]], k: Int,
        recall floor: Double,
        _ what: String
    ) throws {
        #expect(index.count == model.vectors.count, "\(what)")
        #expect(Set(index.ids) == Set(model.vectors.keys), "\(what)")
        guard let dimension = queries.first?.count else { return }
        var found = 0
        var wanted = 0
        for effort in [SearchEffort.usual, .exact] {
            let answers = try index.searchBatch(
                FloatMatrix(queries, columns: dimension), k: k, effort: effort)
            for (query, answer) in zip(queries, answers) {
                let best = model.nearest(query, k: k)
                #expect(answer.count == best.count, "\(what), \(effort)")
                #expect(Set(answer.map(\.id)).count == answer.count, "\(what), \(effort)")
                #expect(answer.map(\.distance) == answer.map(\.distance).sorted(), "\(what)")
                for match in answer {
                    guard let vector = model.vectors[match.id] else {
                        Issue.record("\(what), \(effort): \(match.id) is not there")
                        continue
                    }
                    let right = ReferenceSearch.distance(model.metric, query, vector)
                    #expect(
                        abs(Double(match.distance) - right) <= 1e-3 * max(1, abs(right)),
                        "\(what), \(effort)")
                }
                guard let last = best.last else { continue }
                let bound = last.distance + 1e-3 * max(1, abs(last.distance))
                let good = answer.count { Double($0.distance) <= bound }
                if effort == .exact {
                    #expect(good == best.count, "\(what)")
                } else {
                    found += good
                    wanted += best.count
                }
            }
        }
        #expect(Double(found) >= floor * Double(wanted), "\(what): \(found) of \(wanted)")
    }

    @Test(arguments: [DistanceMetric.l2, .cosine, .innerProduct, .l1], [8, 40])
    func answersAsAScanDoesThroughAnyChanges(metric: DistanceMetric, dimension: Int) throws {
        try withEverySeed(0..<2) { generator, seed in
            var model = Model(metric: metric)
            var next: UInt64 = 0
            func made(_ count: Int) -> (ids: [UInt64], vectors: [[Float]]) {
                let vectors = randomVectors(count, dimension: dimension, using: &generator)
                    .map { vector in
                        // Some are equal, and some are zero.
                        switch UInt8.random(in: 0..<20, using: &generator) {
                        case 0: model.vectors.values.randomElement(using: &generator) ?? vector
                        case 1: [Float](repeating: 0, count: dimension)
                        default: vector
                        }
                    }
                next += UInt64(count)
                return ((next - UInt64(count)..<next).map { $0 * 3 }, vectors)
            }
            let first = made(300)
            let index = try StandaloneIndex.build(
                FloatMatrix(first.vectors, columns: dimension), ids: first.ids, kind: .hnsw,
                metric: metric)
            for (id, vector) in zip(first.ids, first.vectors) { model.vectors[id] = vector }
            let queries = randomVectors(12, dimension: dimension, using: &generator)
            for round in 0..<25 {
                let count = Int.random(in: 1...60, using: &generator)
                switch UInt8.random(in: 0..<3, using: &generator) {
                case 0:
                    let added = made(count)
                    try index.add(
                        FloatMatrix(added.vectors, columns: dimension), ids: added.ids)
                    for (id, vector) in zip(added.ids, added.vectors) { model.vectors[id] = vector }
                case 1:
                    let gone = Array(
                        model.vectors.keys.sorted().shuffled(using: &generator).prefix(count))
                    try index.remove(gone)
                    for id in gone { model.vectors[id] = nil }
                default:
                    var (ids, vectors) = made(count)
                    let known = model.vectors.keys.sorted().shuffled(using: &generator)
                    for place in 0..<min(count / 2, known.count) { ids[place] = known[place] }
                    try index.upsert(FloatMatrix(vectors, columns: dimension), ids: ids)
                    for (id, vector) in zip(ids, vectors) { model.vectors[id] = vector }
                    vectors = []
                }
                if round % 6 == 5 { try index.settle() }
                try check(
                    index, model, queries, k: 10, recall: metric == .innerProduct ? 0.8 : 0.95,
                    "seed \(seed), round \(round)")
            }
            let folder = try TemporaryFolder()
            try index.save(to: folder.path("index"))
            let opened = try StandaloneIndex.open(folder.path("index"))
            try check(
                opened, model, queries, k: 10, recall: metric == .innerProduct ? 0.8 : 0.95,
                "seed \(seed), saved")
        }
    }

    @Test func beginsWithNothing() throws {
        try withEverySeed(0..<1) { generator, _ in
            for metric in [DistanceMetric.l2, .innerProduct, .cosine] {
                var model = Model(metric: metric)
                let index = try StandaloneIndex.build(
                    FloatMatrix([], columns: 40), kind: .hnsw, metric: metric)
                try index.add(FloatMatrix([], columns: 40))
                try index.remove([])
                try check(index, model, [[Float](repeating: 1, count: 40)], k: 3, recall: 1, "none")
                let vectors = randomVectors(6000, dimension: 40, using: &generator)
                for start in stride(from: 0, to: 6000, by: 1000) {
                    let some = Array(vectors[start..<start + 1000])
                    try index.add(FloatMatrix(some, columns: 40))
                    for (place, vector) in some.enumerated() {
                        model.vectors[UInt64(start + place)] = vector
                    }
                    try check(
                        index, model, Array(vectors[..<5]), k: 10, recall: 0.7,
                        "\(metric), \(start)")
                }
                try index.settle()
                try check(
                    index, model, Array(vectors[..<20]), k: 10,
                    recall: metric == .innerProduct ? 0.7 : 0.9, "\(metric), settled")
            }
        }
    }

    @Test func everythingIsDeletedAndOthersCome() throws {
        try withEverySeed(0..<2) { generator, seed in
            var model = Model(metric: .l2)
            let vectors = randomVectors(1500, dimension: 16, using: &generator)
            let index = try StandaloneIndex.build(
                FloatMatrix(vectors, columns: 16), kind: .hnsw, metric: .l2)
            try index.remove(Array(0..<1500))
            try check(index, model, [vectors[0]], k: 10, recall: 1, "seed \(seed), empty")
            for round in 0..<3 {
                let added = randomVectors(700, dimension: 16, using: &generator)
                let ids = (0..<700).map { UInt64(round * 1000 + $0) }
                try index.upsert(FloatMatrix(added, columns: 16), ids: ids)
                for (id, vector) in zip(ids, added) { model.vectors[id] = vector }
                try check(
                    index, model, Array(added[..<20]), k: 10, recall: 0.95,
                    "seed \(seed), round \(round)")
                try index.settle()
                try check(
                    index, model, Array(added[..<20]), k: 3000, recall: 1,
                    "seed \(seed), round \(round), settled")
            }
            try index.remove(index.ids)
            try index.settle()
            try check(index, Model(metric: .l2), [vectors[0]], k: 10, recall: 1, "seed \(seed)")
        }
    }

    @Test func halfIsReplacedAndRecallStays() throws {
        try withEverySeed(0..<1) { generator, seed in
            let all = VectorSet.clustered(8000, dimension: 48)
            // Of the same groups; so many that half a point is more than chance.
            let queries = FloatMatrix(Array(all.vectors[6000...]), columns: 48)
            let index = try StandaloneIndex.build(
                FloatMatrix(Array(all.vectors[..<4000]), columns: 48), kind: .hnsw, metric: .l2)
            var halfway = 0
            for start in stride(from: 0, to: 2000, by: 100) {
                try index.remove((start..<start + 100).map { UInt64($0) })
                try index.add(
                    FloatMatrix(Array(all.vectors[(4000 + start)..<(4100 + start)]), columns: 48))
                if start % 500 == 0 { try index.settle() }
                if start == 1000 { halfway = index.memoryBytes }
            }
            try index.settle()
            // Slots of vectors that have gone are used again.
            #expect(index.memoryBytes <= halfway * 11 / 10, "\(halfway), \(index.memoryBytes)")
            let fresh = try StandaloneIndex.build(
                FloatMatrix(Array(all.vectors[2000..<6000]), columns: 48),
                ids: (2000..<6000).map { UInt64($0) }, kind: .hnsw, metric: .l2)
            let truth = try fresh.searchBatch(queries, k: 10, effort: .exact)
            func recall(_ index: StandaloneIndex, _ efSearch: Int) throws -> Double {
                let found = try index.searchBatch(queries, k: 10, effort: .setting(efSearch))
                let hits = zip(truth, found).reduce(0) { sum, pair in
                    sum + Set(pair.0.map(\.id)).intersection(pair.1.map(\.id)).count
                }
                return Double(hits) / Double(10 * truth.count)
            }
            for efSearch in [10, 20, 40] {
                let (changed, new) = try (recall(index, efSearch), recall(fresh, efSearch))
                #expect(
                    changed >= new - 0.005, "seed \(seed), efSearch \(efSearch): \(changed), \(new)"
                )
            }
        }
    }

    @Test func copiesOutliveWhatTheyEqual() throws {
        try withEverySeed(0..<1) { generator, _ in
            var model = Model(metric: .l2)
            let vectors = randomVectors(200, dimension: 8, using: &generator)
            let index = try StandaloneIndex.build(
                FloatMatrix(vectors + vectors, columns: 8), kind: .hnsw, metric: .l2)
            try index.add(FloatMatrix(vectors, columns: 8))
            for id in 0..<600 { model.vectors[UInt64(id)] = vectors[id % 200] }
            for _ in 0..<2 {
                try check(index, model, Array(vectors[..<10]), k: 7, recall: 1, "all")
                try index.settle()
            }
            try index.remove((0..<200).map { UInt64($0) })
            for id in 0..<200 { model.vectors[UInt64(id)] = nil }
            for _ in 0..<2 {
                try check(index, model, Array(vectors[..<10]), k: 7, recall: 1, "two")
                try index.settle()
            }
            try index.remove((400..<600).map { UInt64($0) })
            for id in 400..<600 { model.vectors[UInt64(id)] = nil }
            let folder = try TemporaryFolder()
            try index.save(to: folder.path("index"))
            try check(
                StandaloneIndex.open(folder.path("index")), model, Array(vectors[..<10]), k: 7,
                recall: 1, "saved")
            try index.settle()
            try check(index, model, Array(vectors[..<10]), k: 7, recall: 1, "one")
        }
    }

    @Test func longerAndLongerVectorsAreFoundUnderTheInnerProduct() throws {
        try withEverySeed(0..<1) { generator, _ in
            var model = Model(metric: .innerProduct)
            let first = randomVectors(500, dimension: 12, using: &generator)
            let index = try StandaloneIndex.build(
                FloatMatrix(first, columns: 12), kind: .hnsw, metric: .innerProduct)
            for (id, vector) in first.enumerated() { model.vectors[UInt64(id)] = vector }
            for round in 1...10 {
                let longer = randomVectors(50, dimension: 12, using: &generator)
                    .map { $0.map { $0 * Float(1 + round) } }
                let ids = (0..<50).map { UInt64(1000 * round + $0) }
                try index.add(FloatMatrix(longer, columns: 12), ids: ids)
                for (id, vector) in zip(ids, longer) { model.vectors[id] = vector }
                if round % 3 == 0 { try index.settle() }
                try check(
                    index, model, Array(first[..<20]), k: 10, recall: 0.9, "round \(round)")
            }
        }
    }

    @Test func searchesGoOnWhileEverythingChanges() throws {
        var generator = SplitMix64(seed: 4)
        let dimension = 40
        let vectors = randomVectors(2000, dimension: dimension, using: &generator)
        let index = try StandaloneIndex.build(
            FloatMatrix(vectors, columns: dimension), kind: .hnsw, metric: .l2)
        let queries = randomVectors(50, dimension: dimension, using: &generator)
        let isDone = Atomic(false)
        let wrong = Mutex<[String]>([])
        WorkerThreads.run(4) { thread in
            if thread == 0 {
                // Ids keep their vectors' last digit, so that a reader knows what may be there.
                for round in 0..<60 {
                    let ids = (0..<40).map { UInt64((round * 40 + $0) % 2000) }
                    let vectors = ids.map { id in
                        vectors[Int(id)].map { $0 + Float(round) / 1000 }
                    }
                    do {
                        if round % 3 == 0 { try index.remove(ids) }
                        try index.upsert(FloatMatrix(vectors, columns: dimension), ids: ids)
                    } catch {
                        wrong.withLock { $0.append("\(error)") }
                    }
                }
                isDone.store(true, ordering: .releasing)
                return
            }
            repeat {
                for query in queries {
                    do {
                        let effort: SearchEffort = thread == 1 ? .exact : .usual
                        let found = try index.search(query, k: 10, effort: effort)
                        let distances = found.map(\.distance)
                        if found.count != 10 || Set(found.map(\.id)).count != 10
                            || distances != distances.sorted()
                        {
                            wrong.withLock { $0.append("\(found)") }
                        }
                        for match in found {
                            let near = ReferenceSearch.distance(
                                .l2, query, vectors[Int(match.id)])
                            // Vectors move by at most 0.06 in each of their numbers.
                            if abs(near - Double(match.distance)) > 0.4 {
                                wrong.withLock { $0.append("\(match), \(near)") }
                            }
                        }
                    } catch {
                        wrong.withLock { $0.append("\(error)") }
                    }
                }
            } while !isDone.load(ordering: .acquiring)
        }
        #expect(wrong.withLock { $0 } == [])
        try index.settle()
        #expect(index.count == 2000)
    }
}
