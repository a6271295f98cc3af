import GraphConstruction
import VectorCore

/// Builds the graph of an index that nobody sees yet.
final class HNSWBuilder: Sendable {
    private let metric: DistanceMetric
    private let dimension: Int
    private let parameters: HNSWParameters
    private let vectors: GraphVectors
    private let preparation: VectorPreparation
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
        let codes = try CodeChoice.codes(
            parameters.codes, prepared.matrix, metric: metric, seed: parameters.seed,
            threads: threads, isCancelled: isCancelled)
        guard codes != nil || parameters.vectors == .index else {
            throw IndexError(
                .invalidParameter,
                "For these vectors it was found best that the graph compares the vectors themselves "
                    + "(f32), and then it keeps them; choose codes (--codes rq8), or leave the "
                    + "vectors in the index (--vectors index).")
        }
        vectors = GraphVectors(prepared.matrix, codes: codes, metric: metric)
        preparation = prepared.preparation
        isolated = prepared.isolated
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
        isCancelled: () -> Bool, progress: ((_ rows: Int) -> Void)?
    ) throws(IndexError) -> HNSWIndex {
        let graph = insertion.graph
        // In the order given, whole classes, scenes and bursts would come in one batch, and the rows of a
        // batch cannot find each other.
        var generator = SplitMix64(seed: parameters.seed ^ Self.orderSeed)
        let rows = (0..<UInt32(vectors.count)).filter { !outside.contains($0) }
            .shuffled(using: &generator)
        var entry = rows.first ?? 0
        var inserted = min(1, rows.count)
        while inserted < rows.count {
            guard !isCancelled() else { throw .buildCancelled }
            let size = min(GraphInsertion.batchSize(inserted), rows.count - inserted)
            let batch = Array(rows[inserted..<inserted + size])
            _ = insertion.insert(batch, entry: entry)
            for row in batch where graph.level(of: row) > graph.level(of: entry) { entry = row }
            inserted += size
            progress?(inserted)
        }
        if !rows.isEmpty {
            _ = insertion.connectUnreachable(from: entry, isExempt: outside.contains)
        }
        var kept = vectors
        if parameters.vectors == .store, let codes = vectors.codes {
            kept = GraphVectors(codes, of: preparation)
        }
        return HNSWIndex(
            metric: metric, dimension: dimension, parameters: parameters, vectors: kept,
            graph: graph, entry: entry, isolated: isolated, equals: equals)
    }
}
