import Evaluation
import IndexCatalog
import IndexDefinitions
import TestSupport
import Testing
import VectorCore

/// Every kind whose searches may miss some has its recall measured, keeps what is known and goes by it.
@Suite struct MeasuredKindsTests {
    @Test(arguments: IndexCatalog.kinds, [DistanceMetric.l2, .cosine])
    func whatIsKnownIsKept(kind: IndexKind, metric: DistanceMetric) throws {
        let folder = try TemporaryFolder()
        let definition = try IndexCatalog.definition(of: kind)
        let set = VectorSet.clustered(1500, dimension: 12)
        let built = try definition.build(
            set.matrix, metric: metric, options: BuildOptions(threads: 2))
        #expect((built.setting == nil) == definition.isExact)
        guard let setting = built.setting else {
            #expect(built.recallTable == nil && definition.sweep(k: 10).isEmpty)
            return
        }
        #expect(built.recallTable?.source == .heldOut && built.exhaustiveSetting >= 1)
        let queries = VectorSet.clustered(200, dimension: 12, seed: 5).vectors + [set.vectors[7]]
        let tuned = built.with(
            try built.measuringRecall(FloatMatrix(queries, columns: 12), threads: 2))
        #expect(tuned.recallTable?.source == .queries && tuned.recallTable?.seenCount == 1)
        for index in [built, tuned] {
            let opened = try Published(index, in: folder).open().index
            #expect(opened.recallTable == index.recallTable)
            #expect(opened.recall.queries?.rows == index.recall.queries?.rows)
            let effort = try opened.effort(reaching: 0.9, k: 10)
            guard case .setting(let number) = effort else {
                Issue.record("It is reached by \(effort).")
                continue
            }
            #expect(number >= setting.range.lowerBound && number <= opened.exhaustiveSetting)
            let check = try opened.nearest(set.queryMatrix, SearchLimits(k: 10, effort: effort))
            #expect(check.allSatisfy { $0.count == 10 })
        }
    }
}
