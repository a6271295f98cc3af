import Evaluation
import GraphConstruction
import VectorCore

/// Builds the graph of an index that nobody sees yet.
final class HNSWBuilder: Sendable {
    private let metric: DistanceMetric
    private let dimension: Int
    private let parameters: HNSWParameters
    private let vectors: GraphVectors
    private let isolated: [UInt32]
    private let equals: EqualRows
    /// Rows that no link leads to: isolated ones and copies.
    private let outside: Set<UInt32>
    private let insertion: GraphInsertion

    /// So that the order of rows and their levels are drawn apart.
    private static let orderSeed: UInt64 = 0x4F72_6465_72

    init(
        _ prepared: PreparedVectors, metric: DistanceMetric, dimension: Int,
        parameters: HNSWParameters, threads: Int, isCancelled: @Sendable () -> Bool
    ) throws(IndexError) {
        self.metric = metric
        self.dimension = dimension
        self.parameters = parameters
        isolated = prepared.isolated
        let codes = try CodeChoice.codes(
            parameters.codes, prepared.matrix, leavingOut: RowSet(of: isolated), metric: metric,
            seed: parameters.seed, threads: threads, isCancelled: isCancelled)
        guard codes != nil || parameters.vectors == .index else {
            throw IndexError(
                .invalidParameter,
                "For these vectors it was found best that the graph compares the vectors themselves "
                    + "(f32), and then it keeps them; choose codes (--codes rq8), or leave the "
                    + "vectors in the index (--vectors index).")
        }
        vectors = GraphVectors(prepared.matrix, codes: codes, prepared.preparation).linkable()
        equals = prepared.equals
        outside = Set(isolated).union(equals.pairs.lazy.map(\.copy))
        var levels = HNSWGraph.drawLevels(
            count: vectors.count, m: parameters.m, seed: parameters.seed)
        for row in outside { levels[Int(row)] = 0 }
        insertion = GraphInsertion(
            graph: try HNSWGraph(levels: levels, m: parameters.m), vectors: vectors,
            parameters: parameters, threads: threads,
            scratches: ScratchPool(vectors, degree: 2 * parameters.m))
    }

    func build(
        isCancelled: @Sendable () -> Bool, progress: ((_ rows: Int) -> Void)?
    ) throws(IndexError) -> HNSWIndex {
        // In the order given, whole classes, scenes and bursts would come in one batch, and the rows of a
        // batch cannot find each other.
        let rows = HeldOutRows(
            of: (0..<UInt32(vectors.count)).filter { !outside.contains($0) },
            seed: parameters.seed ^ Self.orderSeed, isMeasured: parameters.measuresRecall)
        let held = rows.held
        var entry = rows.first ?? 0
        try insert(rows.kept, from: 0, &entry, isCancelled, progress)
        var table: RecallTable?
        let clock = ContinuousClock()
        let begun = clock.now
        if !held.isEmpty {
            _ = insertion.connectUnreachable(
                from: entry, isExempt: outside.union(held).contains)
            table = try measured(held, entry: entry, isCancelled)
        }
        let measuring = clock.now - begun
        try insert(held, from: rows.kept.count, &entry, isCancelled, progress)
        if rows.count > 0 {
            _ = insertion.connectUnreachable(from: entry, isExempt: outside.contains)
        }
        var kept = vectors
        if parameters.vectors == .store, let codes = vectors.codes {
            kept = GraphVectors(codes, of: vectors.preparation)
        }
        return HNSWIndex(
            metric: metric, dimension: dimension, parameters: parameters, vectors: kept,
            graph: insertion.graph, entry: entry, isolated: isolated,
            isolatedAreZero: metric == .cosine, equals: equals,
            recall: MeasuredRecall(table: table, seconds: measuring / .seconds(1)))
    }

    private func insert(
        _ rows: ArraySlice<UInt32>, from known: Int, _ entry: inout UInt32,
        _ isCancelled: () -> Bool, _ progress: ((_ rows: Int) -> Void)?
    ) throws(IndexError) {
        let graph = insertion.graph
        // The first row of all is there to start from.
        var inserted = known == 0 ? min(1, rows.count) : 0
        let all = Array(rows)
        while inserted < all.count {
            guard !isCancelled() else { throw .buildCancelled }
            let size = min(GraphInsertion.batchSize(known + inserted), all.count - inserted)
            let batch = Array(all[inserted..<inserted + size])
            _ = insertion.insert(batch, entry: entry)
            for row in batch where graph.level(of: row) > graph.level(of: entry) { entry = row }
            inserted += size
            progress?(known + inserted)
        }
    }

    /// What searches find of rows that are not in the graph yet.
    private func measured(
        _ held: ArraySlice<UInt32>, entry: UInt32, _ isCancelled: () -> Bool
    ) throws(IndexError) -> RecallTable {
        var hidden = RowSet(of: held)
        let pairs = equals.pairs.filter { !hidden.contains($0.original) }
        // Who stands for them is not there either.
        for pair in equals.pairs where hidden.contains(pair.original) { hidden.insert(pair.copy) }
        let index = HNSWIndex(
            metric: metric, dimension: dimension, parameters: parameters, vectors: vectors,
            graph: insertion.graph, entry: entry, isolated: isolated,
            isolatedAreZero: metric == .cosine, equals: EqualRows(pairs: pairs),
            changes: HNSWChanges(
                hidden: hidden, pending: [],
                vertexCount: vectors.count - isolated.count - equals.pairs.count - held.count,
                count: 0, scratches: insertion.scratches))
        var measurement = RecallMeasurement(HNSWDefinition.efSearch)
        try measurement.ask(
            index.ownVectors(held.map { Int($0) }), of: index, threads: insertion.threads,
            isCancelled: isCancelled)
        return measurement.table(.heldOut, count: index.count)
    }
}
