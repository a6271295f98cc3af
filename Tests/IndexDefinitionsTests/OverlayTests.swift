import Flat
import HNSW
import IndexDefinitions
import MappedStorage
import Matrix
import TestSupport
import Testing
import VectorCore

/// Whatever index lies under it, an overlay holds what a list of vectors with ids holds.
@Suite struct OverlayTests {
    private static let dimension = 6
    private static let definitions: [any IndexDefinition] = [
        HNSWDefinition(), FlatDefinition(), MatrixDefinition(),
    ]

    /// An overlay and the list beside it.
    private struct Pair {
        let overlay: Overlay
        let metric: DistanceMetric
        var vectors: [UInt64: [Float]] = [:]

        init(_ definition: any IndexDefinition, _ first: [[Float]], _ metric: DistanceMetric) throws
        {
            let index = try definition.build(
                FloatMatrix(first, columns: OverlayTests.dimension), metric: metric,
                options: BuildOptions(threads: 2))
            let ids = first.indices.map { UInt64($0) * 3 }
            let scanned = index as? FlatIndex
            overlay =
                try scanned.map { _ in
                    try #require(
                        try index.living(ids: try RowIDs(ids), waits: true) as? Overlay)
                } ?? Overlay(index, ids: try RowIDs(ids))
            self.metric = metric
            for (id, vector) in zip(ids, first) { vectors[id] = vector }
        }

        mutating func change(using generator: inout SplitMix64, most: Int) throws {
            let drawn = randomVectors(
                Int.random(in: 0...most, using: &generator), dimension: OverlayTests.dimension,
                using: &generator)
            let matrix = FloatMatrix(drawn, columns: OverlayTests.dimension)
            let known = vectors.keys.sorted().shuffled(using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0:
                let largest = vectors.keys.max().map { $0 + 1 } ?? 0
                try overlay.change(.add(matrix, ids: nil))
                for (place, vector) in drawn.enumerated() {
                    vectors[largest + UInt64(place)] = vector
                }
            case 1:
                let fresh = (vectors.keys.max() ?? 0) + 1
                let ids = drawn.indices.map { place in
                    if place % 2 == 0, place < known.count { return known[place] }
                    return fresh + UInt64(place)
                }
                try overlay.change(.upsert(matrix, ids: ids))
                for (id, vector) in zip(ids, drawn) { vectors[id] = vector }
            case 2:
                let gone = Array(known.prefix(Int.random(in: 0...most, using: &generator)))
                try overlay.change(.remove(gone))
                for id in gone { vectors[id] = nil }
            default:
                let changed = Set(known.prefix(drawn.count + 3))
                let ids = Array(changed.sorted().prefix(drawn.count))
                let come = FloatMatrix(
                    Array(drawn.prefix(ids.count)), columns: OverlayTests.dimension)
                try overlay.change(.replay(changed: changed, come, ids: ids))
                for id in changed { vectors[id] = nil }
                for (id, vector) in zip(ids, drawn) { vectors[id] = vector }
            }
        }

        /// Checks exact answers, of all vectors, of some, and up to a distance.
        func check(using generator: inout SplitMix64, _ place: Comment) throws {
            let version = overlay.version
            #expect(version.count == vectors.count, place)
            let shown = version.index.shown.rows
            #expect(Set(shown.map { version.ids[$0] }) == Set(vectors.keys), place)
            let query = randomVectors(1, dimension: OverlayTests.dimension, using: &generator)[0]
            let some = RowSet(of: shown.filter { _ in Bool.random(using: &generator) })
            for allowed in [nil, some] {
                for within in [nil, Float(2)] {
                    let limits = SearchLimits(
                        k: 15, effort: .exact, within: within, allowed: allowed)
                    let found = try version.index.nearest(query.span, limits)
                    let ids = Set((allowed?.rows ?? shown).map { version.ids[$0] })
                    let right = vectors.filter { ids.contains($0.key) }
                        .map { ReferenceSearch.distance(metric, query, $0.value) }.sorted()
                        .filter { $0 <= within.map { Double($0) } ?? .infinity }.prefix(15)
                    #expect(found.count == right.count, place)
                    for (match, distance) in zip(found, right) {
                        #expect(abs(Double(match.distance) - distance) <= 1e-4, place)
                        let vector = vectors[version.ids[match.row]]
                        let own = vector.map { ReferenceSearch.distance(metric, query, $0) }
                        #expect(own.map { abs($0 - distance) <= 1e-4 } == true, place)
                    }
                }
            }
        }
    }

    @Test(arguments: 0..<3, [DistanceMetric.l2, .innerProduct])
    func itHoldsWhatAListHolds(kind: Int, metric: DistanceMetric) throws {
        try withEverySeed(0..<2) { generator, seed in
            let definition = Self.definitions[kind]
            var pair = try Pair(
                definition, randomVectors(120, dimension: Self.dimension, using: &generator), metric
            )
            for step in 0..<60 {
                try pair.change(using: &generator, most: 25)
                let place: Comment = "\(definition.kind), \(metric), seed \(seed), step \(step)"
                try pair.check(using: &generator, place)
            }
            let (dense, ids) = try pair.overlay.dense(threads: 2)
            #expect(dense.count == pair.vectors.count && dense.hidden.isEmpty, "seed \(seed)")
            let rows = try dense.vectors(of: Array(0..<UInt32(ids.count)))
            for (row, id) in ids.enumerated() {
                #expect(rows.vector(row) == pair.vectors[id], "seed \(seed), id \(id)")
            }
        }
    }

    /// Once much has changed the index is built anew, and what changes meanwhile is not lost.
    @Test func whatHasChangedMuchIsBuiltAnew() throws {
        try withEverySeed(0..<2) { generator, seed in
            var pair = try Pair(
                HNSWDefinition(), randomVectors(900, dimension: Self.dimension, using: &generator),
                .l2)
            for step in 0..<120 {
                try pair.change(using: &generator, most: 60)
                if step % 20 == 19 {
                    try pair.check(using: &generator, "seed \(seed), step \(step)")
                }
            }
            try pair.overlay.settle(threads: 2)
            #expect(pair.overlay.rebuilds[.changes] ?? 0 >= 1 && pair.overlay.fault == nil)
            try pair.check(using: &generator, "seed \(seed), built anew")
        }
    }

    /// Who changes nothing but what is refused changes nothing at all, and is told which id it is.
    @Test(arguments: 0..<3)
    func whatIsRefusedChangesNothing(kind: Int) throws {
        var generator = SplitMix64(seed: 5)
        let first = randomVectors(20, dimension: Self.dimension, using: &generator)
        let pair = try Pair(Self.definitions[kind], first, .l2)
        let two = FloatMatrix(Array(first.prefix(2)), columns: Self.dimension)
        let cases: [(IndexChange, Int?)] = [
            (.add(two, ids: [1, 3]), 1), (.add(two, ids: [1, 1]), 1), (.add(two, ids: [1]), nil),
            (.upsert(two, ids: [3, 3]), 1), (.remove([0, 1]), 1), (.remove([0, 3, 0]), 2),
            (.add(FloatMatrix([[1, 2]], columns: 2), ids: nil), nil),
            (.add(FloatMatrix([[1, .nan, 2, 3, 4, 5]], columns: 6), ids: nil), nil),
        ]
        for (change, position) in cases {
            let error = #expect(throws: ChangeError.self) { try pair.overlay.change(change) }
            #expect(error?.position == position, "\(change)")
            #expect(error?.message.isEmpty == false)
        }
        #expect(pair.overlay.version.count == 20)
        try pair.check(using: &generator, "after what was refused")
    }
}
