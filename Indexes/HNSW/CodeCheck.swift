import LinearAlgebra
import Quantization
import VectorCore
import VectorKernels

/// Whether codes find the neighbours of vectors nearly as the vectors themselves do.
enum CodeCheck {
    /// Sample rows at most, and sample queries among them.
    private static let mostRows = 4000
    private static let mostQueries = 100
    /// When an index is built so many are asked, with so many of their nearest among all rows.
    private static let mostBuildQueries = 64
    private static let mostNearest = 31
    /// The share of the ten nearest that must be among the fifteen nearest by codes.
    private static let leastRecall = 0.995

    /// Some vectors, of which some are queries.
    struct Sample {
        /// Shape (sample rows, columns), as the graph compares them.
        let vectors: FloatMatrix
        /// Which of them are queries.
        let queries: [Int]

        /// Draws from all of some rows.
        init(of vectors: FloatMatrix, among rows: [UInt32], seed: UInt64) {
            let drawn = Self.draw(mostRows, of: rows, seed: seed)
            self.init(
                of: vectors, drawn,
                queries: Self.draw(mostQueries, of: Array(drawn.indices), seed: ~seed))
        }

        /// Draws from all of some rows, and adds those that are nearest to the queries: of a sample alone they lie
        /// farther apart, and are easier to tell.
        ///
        /// - Complexity: O(sample queries · rows · columns / threads)
        init(
            of vectors: FloatMatrix, metric: DistanceMetric, withNearestAmong rows: [UInt32],
            seed: UInt64, threads: Int
        ) {
            let queries = Self.draw(mostBuildQueries, of: rows, seed: ~seed)
            var others = RowSet(all: vectors.rows)
            others.subtract(RowSet(of: rows))
            let exact = ExactSearch(vectors, metric: metric.ofNormalized)
            let found = exact.searchBatch(
                vectors.selecting(rows: queries.map { Int($0) }), k: mostNearest, threads: threads,
                hiding: others)
            var near = RowSet(of: queries)
            for neighbor in found.joined() { near.insert(neighbor.row.rawValue) }
            let rest = Self.draw(mostRows, of: rows, seed: seed).filter { !near.contains($0) }
            let drawn = near.rows + rest.prefix(max(0, mostRows - near.count))
            let places = Dictionary(
                uniqueKeysWithValues: drawn.enumerated().map { ($1, $0) })
            self.init(of: vectors, drawn, queries: queries.compactMap { places[$0] })
        }

        /// Draws half from rows that came lately, and half from all.
        init(of vectors: FloatMatrix, recent: [UInt32], among rows: [UInt32], seed: UInt64) {
            let new = Self.draw(mostRows / 2, of: recent, seed: seed)
            let known = RowSet(of: new)
            let all = Self.draw(mostRows / 2, of: rows, seed: seed).filter { !known.contains($0) }
            let queries =
                Self.draw(mostQueries / 4, of: Array(new.indices), seed: ~seed)
                + Self.draw(mostQueries / 4, of: Array(all.indices), seed: ~seed).map {
                    $0 + new.count
                }
            self.init(of: vectors, new + all, queries: queries)
        }

        init(_ vectors: FloatMatrix, seed: UInt64) {
            self.vectors = vectors
            queries = Self.draw(mostQueries / 4, of: Array(0..<vectors.rows), seed: seed)
        }

        private init(of vectors: FloatMatrix, _ rows: [UInt32], queries: [Int]) {
            self.vectors = vectors.selecting(rows: rows.map { Int($0) })
            self.queries = queries
        }

        /// At most so many elements, one of each of as many equal parts: evenly spaced ones might be of some
        /// groups only.
        private static func draw<T>(_ most: Int, of all: [T], seed: UInt64) -> [T] {
            guard all.count > most else { return all }
            var generator = SplitMix64(seed: seed)
            return (0..<most).map { part in
                let places = part * all.count / most..<(part + 1) * all.count / most
                return all[Int.random(in: places, using: &generator)]
            }
        }
    }

    /// Whether codes find the neighbours of sample queries among the sample.
    ///
    /// - Parameters:
    ///   - sample: prepared as the quantiser expects.
    ///   - quantizer: what makes the codes.
    ///   - metric: what vectors are compared under.
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    /// - Complexity: O(sample queries · sample rows · columns)
    static func keepsOrder(
        _ sample: Sample, _ quantizer: any VectorQuantizer, metric: DistanceMetric
    ) throws(IndexError) -> Bool {
        guard quantizer.parameters.allSatisfy(\.isFinite) else { return false }
        let vectors = sample.vectors
        let count = vectors.rows
        let k = min(10, count - 1)
        guard k > 0 else { return true }
        let codes = try CodeRows(vectors, quantizer, threads: 1)
        guard codes.firstNonFinite() == nil else { return false }
        let exact = ExactSearch(vectors, metric: metric.ofNormalized)
        let scratch = CodeScratch(width: quantizer.width)
        var kept = 0
        var wanted = 0
        for query in sample.queries {
            let truth = exact.search(vectors[query], k: k + 1)
            let bound = truth[k].distance
            let scorer = unsafe codes.scorer(vectors.pointer(row: query), scratch).scorer
            var estimates = [Float](repeating: 0, count: count)
            unsafe estimates.withUnsafeMutableBufferPointer { estimates in
                guard let start = estimates.baseAddress else { return }
                unsafe scorer.score(consecutive: 0, count: count, into: start)
            }
            var top = TopK(k: k + 1 + k / 2)
            for (row, estimate) in estimates.enumerated() {
                top.offer(Neighbor(row: RowID(rawValue: UInt32(row)), distance: estimate))
            }
            let found = top.sorted().count {
                Float(exact.distance(vectors, query, $0.row.rawValue)) <= bound
            }
            kept += min(found, k + 1)
            wanted += k + 1
        }
        return Double(kept) >= leastRecall * Double(wanted)
    }
}
