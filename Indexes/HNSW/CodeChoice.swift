import LinearAlgebra
import Quantization
import VectorCore
import VectorKernels

/// Which codes a graph is built on.
enum CodeChoice {
    /// Rows that ask, and rows that are asked, at most.
    private static let askers = 100
    private static let asked = 4000
    /// The share of the ten nearest that must be among the fifteen nearest by codes.
    private static let leastRecall = 0.995
    /// Below this, codes save too little to pay for the exact look at the end.
    private static let leastDimension = 32

    /// The codes of vectors, or nil where the graph had better compare the vectors themselves.
    ///
    /// - Parameters:
    ///   - wanted: what was asked for, or nil to measure which is better.
    ///   - vectors: as the graph compares them, under L2 for the inner product.
    ///   - isCancelled: asked now and then by the calling thread whether to stop.
    /// - Throws: ``IndexError`` with `unsupportedMetric` or `invalidParameter` where what was asked for
    ///   cannot be, `system` where there is no memory, `cancelled`.
    static func codes(
        _ wanted: VectorCodes?, _ vectors: FloatMatrix, metric: DistanceMetric, seed: UInt64,
        threads: Int, isCancelled: @Sendable () -> Bool
    ) throws(IndexError) -> CodeRows? {
        let kind = wanted ?? usual(metric)
        guard kind.supports(metric) else {
            throw IndexError(
                .unsupportedMetric,
                "Codes of kind \(kind.rawValue) cannot be compared under \(metric); use f32.")
        }
        guard kind != .f32, vectors.rows > 0 else { return nil }
        if wanted == nil, vectors.columns < leastDimension { return nil }
        guard vectors.columns <= kind.largestDimension else {
            guard wanted == nil else {
                throw IndexError(
                    .invalidParameter,
                    "Vectors of \(vectors.columns) numbers are too long for codes of kind "
                        + "\(kind.rawValue), which take up to \(kind.largestDimension); use f32.")
            }
            return nil
        }
        let metric = GraphVectors.metric(of: metric)
        let quantizer = kind.quantizer(fitting: vectors, metric: metric, seed: seed)
        guard let quantizer else {
            guard wanted == nil else {
                throw IndexError(
                    .invalidParameter,
                    "Numbers lie too far apart or too near for codes of kind \(kind.rawValue); "
                        + "use f32.")
            }
            return nil
        }
        if wanted == nil, try !keepOrder(vectors, quantizer, metric) { return nil }
        let codes = try CodeRows(
            vectors, quantizer, threads: threads, isCancelled: isCancelled)
        if let row = codes.firstNonFinite {
            guard wanted == nil else {
                throw IndexError(
                    .invalidParameter,
                    "Vector \(row) has no codes of kind \(kind.rawValue): its numbers are too large; "
                        + "use f32."
                )
            }
            return nil
        }
        return codes
    }

    /// The codes that are tried where none are asked for.
    private static func usual(_ metric: DistanceMetric) -> VectorCodes {
        VectorCodes.rq8.supports(metric) ? .rq8 : .sq8
    }

    /// How many bytes the codes of a vector take at most.
    ///
    /// - Parameter dimension: that of the vectors as the graph compares them.
    static func bytesPerRow(
        _ wanted: VectorCodes?, dimension: Int, metric: DistanceMetric
    ) -> Int {
        let kind = wanted ?? usual(metric)
        let isTried = wanted != nil || dimension >= leastDimension
        return isTried && dimension <= kind.largestDimension
            ? kind.bytesPerRow(dimension: dimension) : 0
    }

    /// Whether codes find the neighbours of some rows among some others nearly as vectors do.
    private static func keepOrder(
        _ vectors: FloatMatrix, _ quantizer: any VectorQuantizer, _ metric: DistanceMetric
    ) throws(IndexError) -> Bool {
        guard quantizer.parameters.allSatisfy(\.isFinite) else { return false }
        let count = min(asked, vectors.rows)
        let step = vectors.rows / count
        let sample = unsafe FloatMatrix(rows: count, columns: vectors.columns) { row, target in
            guard let start = target.baseAddress else { return }
            unsafe start.update(from: vectors.pointer(row: row * step), count: vectors.columns)
        }
        let codes = try CodeRows(sample, quantizer, threads: 1)
        guard codes.firstNonFinite == nil else { return false }
        let k = min(10, count - 1)
        guard k > 0 else { return true }
        let exact = ExactSearch(sample, metric: metric == .cosine ? .l2Squared : metric)
        let scratch = CodeScratch(width: quantizer.width)
        var kept = 0
        var wanted = 0
        for asker in stride(from: 0, to: count, by: max(1, count / askers)) {
            let truth = exact.search(sample[asker], k: k + 1)
            let bound = truth[k].distance
            let scorer = unsafe codes.scorer(row: UInt32(asker), scratch).scorer
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
                Float(exact.distance(sample, asker, $0.row.rawValue)) <= bound
            }
            kept += min(found, k + 1)
            wanted += k + 1
        }
        return Double(kept) >= leastRecall * Double(wanted)
    }
}
