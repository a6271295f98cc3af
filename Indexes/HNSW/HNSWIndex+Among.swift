import GraphConstruction
public import VectorCore
import VectorKernels
import WorkerThreads

extension HNSWIndex {
    /// An answer, how it was found, and how many rows were scored for that.
    public struct CountedAnswer: Sendable {
        /// How an answer was found.
        public enum Way: String, Hashable, Sendable {
            /// By a walk through all vertices.
            case walk
            /// By a walk that steps over the vertices that are not asked for.
            case twoHopWalk
            /// By a scan of the rows, perhaps after a walk that was given up.
            case scan
        }

        /// The nearest rows, nearest first.
        public let neighbors: [Neighbor]
        /// How many rows were scored: by what the graph compares, on all of its layers, and those
        /// outside the graph.
        ///
        /// It does not count that the nearest of them are measured by the vectors: a quarter more than those
        /// wanted at least, with their copies.
        public let scored: Int
        /// How it was found.
        public let way: Way
    }

    /// Answers many queries from some of the rows: for each the `min(k, rows.count)` nearest of them
    /// that are found; and counts.
    ///
    /// What is predicted to take less time is done: a walk through the graph, or a scan of the rows, which
    /// also answers what a walk does not within its bounds. Together they score at most 1.5 times as
    /// many rows as there are in `rows`, as ``CountedAnswer/scored`` counts. Where few rows of the
    /// graph are among them, the walk steps over those that are not to their neighbours (Patel et
    /// al., "ACORN", SIGMOD 2024).
    ///
    /// - Throws: ``IndexError`` as `search` does.
    /// - Complexity: at most O(queries · rows.count · dimension / threads)
    public func answersAmong(
        _ queries: FloatMatrix, k: Int, efSearch: Int, among rows: RowSet, threads: Int
    ) throws(IndexError) -> [CountedAnswer] {
        try validate(Queries(queries), k: k)
        let efSearch = try self.efSearch(SearchLimits(k: k, effort: .setting(efSearch)))
        let task = AmongTask(self, rows, k: k, efSearch: efSearch)
        guard queries.rows > 0 else { return [] }
        return try scratches.map(
            queries.rows, piece: 16, threads: threads
        ) { row, scratch throws(IndexError) in
            try search(queries[row], task, scratch)
        }
    }

    private func search(
        _ query: Span<Float>, _ task: AmongTask, _ scratch: SearchScratch
    ) throws(IndexError) -> CountedAnswer {
        let wanted = min(task.k, task.rows.count)
        guard wanted > 0 else { return CountedAnswer(neighbors: [], scored: 0, way: .scan) }
        let prepared = prepared(query, in: scratch)
        guard prepared.isUsual else {
            let exact = try scanned(
                Queries(query).matrix, k: wanted, among: task.rows, threads: 1)
            return CountedAnswer(
                neighbors: exact.first ?? [], scored: task.rows.count, way: .scan)
        }
        let found = try self.found(prepared, task, wanted, scratch)
        _ = try QueryCheck.checked(found.neighbors)
        return found
    }

    private func found(
        _ query: PreparedQuery, _ task: AmongTask, _ wanted: Int, _ scratch: SearchScratch
    ) throws(IndexError) -> CountedAnswer {
        let scorer = unsafe rows.scorer(query.numbers, scratch)
        // What a walk does not come to is scored first, and once, whatever follows.
        var scored = task.isolated.count + task.pending.count
        var nearest = TopK(k: Self.candidates(for: wanted))
        score(task.pending, scorer, into: &nearest)
        if let walk = task.walk,
            graph.search(from: entry, walk, task.inside, scorer, scratch, &scored)
        {
            for neighbor in nearest.sorted() where neighbor.distance < scratch.beam.worst {
                scratch.beam.offer(neighbor.row.rawValue, at: neighbor.distance)
            }
            let vertices = scratch.beam.rows.filter(task.inside.contains)
            // Each stands for one row at least.
            if vertices.count + task.isolated.count >= wanted {
                return CountedAnswer(
                    neighbors: try answer(vertices, task, wanted, query, scratch),
                    scored: scored, way: walk.stepsOver ? .twoHopWalk : .walk)
            }
        }
        let vertices = task.vertices.list
        score(vertices, scorer, into: &nearest)
        let candidates = nearest.sorted().map(\.row.rawValue)
        return CountedAnswer(
            neighbors: try answer(candidates, task, wanted, query, scratch),
            scored: scored + vertices.count, way: .scan)
    }

    /// Scores rows by what the graph compares, and keeps the nearest.
    private func score(_ rows: [UInt32], _ scorer: DistanceScorer, into nearest: inout TopK) {
        guard !rows.isEmpty else { return }
        var distances = [Float](repeating: 0, count: min(256, rows.count))
        unsafe rows.withUnsafeBufferPointer { rows in
            guard let start = rows.baseAddress else { return }
            for first in stride(from: 0, to: rows.count, by: 256) {
                let size = min(256, rows.count - first)
                unsafe scorer.score(rows: start + first, count: size, into: &distances)
                for place in 0..<size where distances[place] <= nearest.worst {
                    let row = RowID(rawValue: unsafe rows[first + place])
                    nearest.offer(Neighbor(row: row, distance: distances[place]))
                }
            }
        }
    }

    /// The `wanted` nearest of some vertices, their copies and the rows outside the graph, as far as
    /// they are asked for, by the vectors.
    private func answer(
        _ vertices: [UInt32], _ task: AmongTask, _ wanted: Int, _ query: PreparedQuery,
        _ scratch: SearchScratch
    ) throws(IndexError) -> [Neighbor] {
        var nearest = NearestRows(k: wanted)
        try measureIsolated(task.isolated, query, into: &nearest)
        _ = try measure(vertices, query, into: &nearest, scratch, shows: task.rows.contains)
        return nearest.neighbors
    }
}
