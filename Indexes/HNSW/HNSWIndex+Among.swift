import GraphConstruction
public import VectorCore
import VectorKernels
import WorkerThreads

extension HNSWIndex {
    /// Answers many queries from some of the rows: for each the `min(k, rows.count)` nearest of them
    /// that are found.
    ///
    /// What is cheaper by prediction is done: a walk through the graph, or a scan of the rows, which
    /// also answers what a walk does not within its bounds. Together they score at most 1.2 times as
    /// many rows as there are in `rows`. Where few rows of the graph are among them, the walk steps
    /// over those that are not to their neighbours (Patel et al., "ACORN", SIGMOD 2024).
    ///
    /// - Throws: ``IndexError`` as `search` does.
    /// - Complexity: at most O(queries · rows.count · dimension / threads)
    public func searchBatch(
        _ queries: FloatMatrix, k: Int, parameters: SearchParameters, among rows: RowSet,
        threads: Int
    ) throws(IndexError) -> [[Neighbor]] {
        try answersAmong(queries, k: k, parameters: parameters, among: rows, threads: threads)
            .map(\.neighbors)
    }

    /// An answer, and how many rows were scored by what the graph compares to find it.
    public struct CountedAnswer: Sendable {
        /// The nearest rows, nearest first.
        public let neighbors: [Neighbor]
        /// How many rows were scored.
        public let scored: Int
    }

    /// Answers many queries from some of the rows, and counts.
    ///
    /// - Throws: ``IndexError`` as `search` does.
    public func answersAmong(
        _ queries: FloatMatrix, k: Int, parameters: SearchParameters, among rows: RowSet,
        threads: Int
    ) throws(IndexError) -> [CountedAnswer] {
        try validate(queries, k: k)
        let task = AmongTask(
            self, rows, k: k, efSearch: try efSearch(k: k, parameters))
        guard queries.rows > 0 else { return [] }
        return try answers(queries.rows, piece: 16, threads) { row, scratch throws(IndexError) in
            try search(queries[row], task, scratch)
        }
    }

    private func search(
        _ query: Span<Float>, _ task: AmongTask, _ scratch: SearchScratch
    ) throws(IndexError) -> CountedAnswer {
        let wanted = min(task.k, task.rows.count)
        guard wanted > 0 else { return CountedAnswer(neighbors: [], scored: 0) }
        return unsafe try withPreparedQuery(query) { prepared throws(IndexError) in
            let scorer = unsafe self.rows.scorer(prepared, metric: kernel, scratch)
            var scored = 0
            if let walk = task.walk {
                let isWhole = graph.search(
                    from: entry, walk, task.inside, scorer, scratch, &scored)
                if isWhole {
                    scratch.offer(task.pending, scorer)
                    scored += task.pending.count
                }
                let vertices = isWhole ? scratch.beam.rows.filter(task.inside.contains) : []
                let found = unsafe try answer(vertices, task, wanted, prepared)
                if found.count == wanted {
                    return CountedAnswer(neighbors: found, scored: scored)
                }
            }
            let spare = wanted + wanted / 2 + Self.leastSpare
            let nearest = nearest(of: task.vertices, count: spare, scorer)
            let found = unsafe try answer(nearest, task, wanted, prepared)
            return CountedAnswer(neighbors: found, scored: scored + task.vertices.count)
        }
    }

    /// The nearest of some vertices by what the graph compares.
    private func nearest(
        of vertices: [UInt32], count: Int, _ scorer: DistanceScorer
    ) -> [UInt32] {
        var top = TopK(k: count)
        var distances = [Float](repeating: 0, count: min(256, vertices.count))
        unsafe vertices.withUnsafeBufferPointer { vertices in
            guard let start = vertices.baseAddress else { return }
            for first in stride(from: 0, to: vertices.count, by: 256) {
                let size = min(256, vertices.count - first)
                unsafe scorer.score(rows: start + first, count: size, into: &distances)
                for place in 0..<size where distances[place] <= top.worst {
                    let row = RowID(rawValue: unsafe vertices[first + place])
                    top.offer(Neighbor(row: row, distance: distances[place]))
                }
            }
        }
        return top.sorted().map(\.row.rawValue)
    }

    /// The `wanted` nearest of some vertices, their copies and the rows outside the graph, as far as
    /// they are asked for, by the vectors.
    private func answer(
        _ vertices: [UInt32], _ task: AmongTask, _ wanted: Int, _ query: UnsafePointer<Float>
    ) throws(IndexError) -> [Neighbor] {
        guard keepsVectors else {
            let candidates = candidates(vertices, wanted: wanted, task.rows.contains)
            return unsafe try nearest(of: candidates, task.isolated, k: wanted, to: query)
        }
        let exact = unsafe DistanceScorer(kernel, query: query, vectors: self.vectors)
        var top = TopK(k: wanted)
        for vertex in vertices.prefix(wanted + wanted / 2 + Self.leastSpare) {
            let distance = kernel.finish(exact.distance(to: vertex))
            if task.rows.contains(vertex) {
                top.offer(Neighbor(row: RowID(rawValue: vertex), distance: distance))
            }
            guard !equals.pairs.isEmpty else { continue }
            for copy in equals.copies(of: vertex) where task.rows.contains(copy) {
                top.offer(Neighbor(row: RowID(rawValue: copy), distance: distance))
            }
        }
        for row in task.isolated {
            let distance = kernel.finish(exact.distance(to: row))
            top.offer(Neighbor(row: RowID(rawValue: row), distance: distance))
        }
        return top.sorted()
    }
}

/// What a search among some rows asks of the graph; the same for all queries of a batch.
private struct AmongTask: Sendable {
    let k: Int
    /// The rows that may be in answers.
    let rows: RowSet
    /// The vertices that stand for them.
    let inside: RowSet
    let vertices: [UInt32]
    /// Those of them that are outside the graph, and those that are not in it yet.
    let isolated: [UInt32]
    let pending: [UInt32]
    /// How to walk, or nil where a scan is cheaper.
    let walk: AmongWalk?

    init(_ index: HNSWIndex, _ wanted: RowSet, k: Int, efSearch: Int) {
        self.k = k
        var rows = wanted
        rows.subtract(index.hidden)
        self.rows = rows
        var inside = rows
        isolated = index.isolated.filter(rows.contains)
        pending = index.pending.filter(rows.contains)
        for row in isolated { inside.remove(row) }
        for pair in index.equals.pairs where rows.contains(pair.copy) {
            inside.remove(pair.copy)
            inside.insert(pair.original)
        }
        self.inside = inside
        vertices = inside.rows
        walk = AmongWalk(
            vertices: inside.count - pending.count, of: index.vertexCount,
            degree: 2 * index.graph.m, efSearch: efSearch)
    }
}

/// How a graph is walked for some of its vertices.
struct AmongWalk: Sendable {
    /// How many candidates are kept.
    let efSearch: Int
    /// Whether vertices that are not asked for are stepped over to their neighbours.
    let stepsOver: Bool
    /// How many rows may be scored.
    let budget: Int

    /// Below this share of the vertices the walk steps over the others.
    private static let leastShare = 0.3

    /// Plans a walk, or gives nil where it would score too many rows to be worth it.
    init?(vertices: Int, of count: Int, degree: Int, efSearch: Int) {
        budget = vertices / 5
        let share = Double(vertices) / Double(max(1, count))
        stepsOver = share < Self.leastShare
        // Where others are walked through too, only a share of the candidates counts.
        self.efSearch = stepsOver ? efSearch : Int((Double(efSearch) / share).rounded(.up))
        // About half of a vertex's neighbours have been met before.
        let expected = self.efSearch * (stepsOver ? degree : degree / 2)
        guard expected <= budget else { return nil }
    }
}
