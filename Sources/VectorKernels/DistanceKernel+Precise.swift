import CVectorKernels
import Glibc
import VectorCore

extension DistanceKernel {
    /// The user's distance of two original vectors in double precision.
    ///
    /// Every answer reports it, rounded to `Float`, whatever kind of index gives it. Its bits do not
    /// depend on the instruction set (save those of a power that is not 1, 2, 3 or 4, which the
    /// system's `pow` decides), nor on which of the two vectors comes first.
    ///
    /// The cosine distance is ½ |x̂ − ŷ|² where x̂ and ŷ are the vectors as
    /// ``normalize(_:into:dimension:kernel:)`` leaves them, and 1 where either is zero. That is
    /// 1 − cos of vectors of length 1, but it is never negative, exactly 0 for equal vectors, and it
    /// tells vectors apart that are nearly parallel, whose cosines all round to 1.
    ///
    /// - Complexity: O(dimension)
    @unsafe
    public func precise(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, dimension: Int
    ) -> Double {
        guard expectsNormalized, dimension > 0 else {
            return unsafe preciseNormalized(a, b, dimension: dimension)
        }
        return unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * dimension) {
            guard let first = $0.baseAddress else { return 0 }
            let second = unsafe first + dimension
            unsafe normalize(a, into: first, dimension: dimension, kernel: self)
            unsafe normalize(b, into: second, dimension: dimension, kernel: self)
            return unsafe preciseNormalized(first, second, dimension: dimension)
        }
    }

    /// The distance that `precise` gives, of vectors that are normalised where the kernel expects
    /// that.
    ///
    /// The bits are the same: a normalised vector stays as it is when it is normalised again.
    ///
    /// - Complexity: O(dimension)
    @unsafe
    public func preciseNormalized(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, dimension: Int
    ) -> Double {
        let sum = unsafe preciseForms.precise(a, b, dimension, power)
        return unsafe finish(sum, a, b, dimension)
    }

    /// Writes the distances that `preciseNormalized` gives of rows given by number.
    ///
    /// Rows are prefetched while others are measured, so one call with many rows is much faster than many calls.
    ///
    /// - Parameters:
    ///   - stride: how many floats lie between the starts of two rows.
    ///   - distances: room for as many as there are rows.
    /// - Complexity: O(rows · dimension)
    @unsafe
    public func preciseNormalized(
        _ query: UnsafePointer<Float>, base: UnsafePointer<Float>, stride: Int, rows: [UInt32],
        dimension: Int, into distances: UnsafeMutablePointer<Double>
    ) {
        unsafe preciseForms.precise_rows(
            query, base, stride, rows, rows.count, dimension, power, distances)
        for (place, row) in rows.enumerated() {
            unsafe distances[place] = finish(
                distances[place], query, base + Int(row) * stride, dimension)
        }
    }

    /// The distance of two vectors, normalised where the kernel expects that, by their sum.
    private func finish(
        _ sum: Double, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ dimension: Int
    ) -> Double {
        switch metric {
        case .l2: return sum.squareRoot()
        case .l2Squared, .l1, .innerProduct: return sum
        case .cosine:
            let hasDirections = unsafe !isZero(a, dimension) && !isZero(b, dimension)
            return hasDirections ? sum / 2 : 1
        case .minkowski(let p):
            // Smaller sums may have lost terms that were too small for a power, and larger ones are
            // infinite.
            if sum >= 0x1p-900 && sum.isFinite { return pow(sum, 1 / Double(p)) }
            return unsafe scaledMinkowski(a, b, dimension, p: Double(p))
        }
    }

    /// The Minkowski distance by powers of differences over the largest, which are at most 1.
    private func scaledMinkowski(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ dimension: Int, p: Double
    ) -> Double {
        var largest = 0.0
        for i in 0..<dimension { largest = unsafe max(largest, abs(Double(a[i]) - Double(b[i]))) }
        guard largest > 0 else { return 0 }
        var sum = 0.0
        for i in 0..<dimension { sum += unsafe pow(abs(Double(a[i]) - Double(b[i])) / largest, p) }
        return largest * pow(sum, 1 / p)
    }

    /// Whether a vector has no direction; most are told by their first number.
    private func isZero(_ vector: UnsafePointer<Float>, _ dimension: Int) -> Bool {
        for i in 0..<dimension where unsafe vector[i] != 0 { return false }
        return true
    }
}
