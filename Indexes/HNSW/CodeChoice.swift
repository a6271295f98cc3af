import LinearAlgebra
import Quantization
import VectorCore
import VectorKernels

/// Which codes a graph is built on.
enum CodeChoice {
    /// Below this, codes save too little to pay for the exact look at the end.
    static let leastDimension = 32

    /// The codes of vectors, or nil where the graph had better compare the vectors themselves.
    ///
    /// - Parameters:
    ///   - wanted: what was asked for, or nil to measure which is better.
    ///   - vectors: as the graph compares them.
    ///   - outside: rows that are not in the graph.
    ///   - isCancelled: asked now and then by the calling thread whether to stop.
    /// - Throws: ``IndexError`` with `unsupportedMetric` or `invalidParameter` where what was asked for
    ///   cannot be, `system` where there is no memory, `cancelled`.
    static func codes(
        _ wanted: VectorCodes?, _ vectors: FloatMatrix, leavingOut outside: RowSet,
        metric: DistanceMetric, seed: UInt64, threads: Int, isCancelled: @Sendable () -> Bool
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
        let quantizer = kind.quantizer(
            fitting: vectors, metric: metric, leavingOut: outside, seed: seed)
        guard let quantizer else {
            guard wanted == nil else {
                throw IndexError(
                    .invalidParameter,
                    "Numbers lie too far apart or too near for codes of kind \(kind.rawValue); "
                        + "use f32.")
            }
            return nil
        }
        if wanted == nil {
            let sample = CodeCheck.Sample(
                of: vectors, metric: metric,
                withNearestAmong: rows(of: vectors, leavingOut: outside), seed: seed,
                threads: threads)
            if try !CodeCheck.keepsOrder(sample, quantizer, metric: metric) { return nil }
        }
        let codes = try CodeRows(
            vectors, quantizer, threads: threads, isCancelled: isCancelled)
        if let row = codes.firstNonFinite(leavingOut: outside) {
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
    static func usual(_ metric: DistanceMetric) -> VectorCodes {
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

    private static func rows(of vectors: FloatMatrix, leavingOut outside: RowSet) -> [UInt32] {
        (0..<UInt32(vectors.rows)).filter { !outside.contains($0) }
    }
}
