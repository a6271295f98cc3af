import Evaluation
import Flat
import IndexDefinitions
import TestSupport
import Testing
import VectorCore

/// What recall is measured with, and what is said where it is not reached.
@Suite struct MeasuredRowsTests {
    @Test(arguments: [DistanceMetric.l2, .cosine, .innerProduct])
    func queriesThatItHoldsAreCounted(metric: DistanceMetric) throws {
        var generator = SplitMix64(seed: 9)
        let vectors = RoughDefinition.drawn(5000, using: &generator)
        let index = try RoughDefinition.all[0].built(vectors, metric)
        let seen = vectors[10..<30].map { $0.map { metric == .cosine ? 2 * $0 : $0 } }
        let queries = seen + seen + RoughDefinition.drawn(50, using: &generator)
        let table = try index.measuringRecall(RoughDefinition.matrix(queries), threads: 2).table
        #expect(table?.seenCount == 40)
    }

    /// Rows that equal one that is asked would be found at once.
    @Test func copiesOfWhatIsHeldOutStayOutToo() throws {
        var generator = SplitMix64(seed: 10)
        let vectors = RoughDefinition.drawn(1000, using: &generator)
        let index = try RoughDefinition.all[0].built(vectors + vectors + vectors)
        #expect(index.recallTable?.count == 2700 && index.recallTable?.queryCount == 100)
        let alone = try RoughDefinition.all[0].built([[Float]](repeating: vectors[0], count: 600))
        #expect(alone.recallTable == nil)
    }

    @Test(arguments: RoughDefinition.all)
    func fewRowsAreAllLookedAt(definition: RoughDefinition) throws {
        var generator = SplitMix64(seed: 11)
        for count in [0, 1, 20, 256] {
            let index = try definition.built(RoughDefinition.drawn(count, using: &generator))
            #expect(index.recallTable == nil)
            let all = try index.setting(reaching: 0.9, k: 10)
            #expect(all == index.exhaustiveSetting && all >= 1, "\(count)")
        }
        // Without a table all of few are looked at, and k may be larger than there are vectors.
        let index = try definition.built(RoughDefinition.drawn(3000, using: &generator))
        #expect(try index.setting(reaching: 0.9, k: .max) <= index.exhaustiveSetting)
        let unmeasured = index.with(MeasuredRecall())
        #expect(try unmeasured.setting(reaching: 0.9, k: 10) == index.exhaustiveSetting)
        let few = try definition.built(
            RoughDefinition.drawn(50, using: &generator), measures: false)
        let queries = RoughDefinition.matrix(RoughDefinition.drawn(30, using: &generator))
        let table = try #require(try few.measuringRecall(queries, threads: 2).table)
        // There are not 100.
        #expect(table.points.allSatisfy { $0[4] == nil } && table.queryCount == 30)
    }

    @Test func whatIsNotReachedIsRefused() throws {
        var generator = SplitMix64(seed: 12)
        // At most twelve candidates by two of six numbers.
        let definition = RoughDefinition(form: .candidates, most: 12)
        let vectors = randomVectors(5000, dimension: RoughDefinition.dimension, using: &generator)
        let index = try definition.built(vectors)
        #expect(try index.setting(reaching: 0.01, k: 10) == 10)
        let unmeasured = index.with(MeasuredRecall())
        for (index, words) in [
            (index, ["No setting of candidates is known to reach a recall@10 of", "500 queries"]),
            (unmeasured, ["has not been measured", "set candidates yourself"]),
        ] {
            let error = #expect(throws: IndexError.self) {
                try index.setting(reaching: 0.99, k: 10)
            }
            #expect(error?.code == .invalidParameter)
            for word in words {
                #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
            }
        }
        for wrong in [0, -1, 1.01, .nan] {
            #expect(throws: IndexError.self) { try index.setting(reaching: wrong, k: 10) }
        }
        let none = FloatMatrix([], columns: RoughDefinition.dimension)
        #expect(throws: IndexError.self) { try index.measuringRecall(none, threads: 1) }
        let narrow = FloatMatrix([[1, 2]], columns: 2)
        #expect(throws: IndexError.self) { try index.measuringRecall(narrow, threads: 1) }
        let exact = try FlatIndex.build(RoughDefinition.matrix(vectors), metric: .l2)
        let error = #expect(throws: IndexError.self) {
            try exact.measuringRecall(RoughDefinition.matrix(vectors), threads: 1)
        }
        #expect(error?.message.contains("nothing to tune") == true)
        #expect(try exact.effort(reaching: 0.9, k: 3) == .usual)
    }

    /// Where a setting alone decides what is looked at, one search for all numbers finds the same.
    @Test func nestedAnswersAreAskedForOnce() throws {
        var generator = SplitMix64(seed: 13)
        let index = RoughIndex(
            RoughDefinition.matrix(RoughDefinition.drawn(900, using: &generator)), .l2,
            RoughDefinition.all[0])
        let sample = try SampleQueries(
            RoughDefinition.matrix(RoughDefinition.drawn(60, using: &generator)), of: index,
            threads: 2)
        for setting in [1, 3, 40] {
            let sums = try [true, false].map { isNested in
                try PlainSampleSearch(sample, in: index, isNested: isNested)
                    .ask(50, setting: setting, [1, 10, 100], threads: 2) {}
            }
            #expect(sums[0] == sums[1])
            #expect(sums[0].allSatisfy { $0.point(1)?.queryCount == 50 })
        }
    }
}
