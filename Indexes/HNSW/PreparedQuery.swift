import VectorCore
import VectorKernels

/// A query as an index compares it.
@safe
struct PreparedQuery {
    /// 64-byte aligned and padded with zeros.
    @unsafe let numbers: UnsafePointer<Float>
    /// Whether single precision can tell its distances.
    let isUsual: Bool
    /// What turns a distance of prepared vectors into one of the vectors as they came.
    let unscaling: Double
}

extension HNSWIndex {
    /// The query as the index compares it, in scratch memory until that is used for another.
    func prepared(_ query: Span<Float>, in scratch: SearchScratch) -> PreparedQuery {
        unsafe query.withUnsafeBufferPointer { query in
            guard let source = query.baseAddress else { preconditionFailure() }
            return unsafe prepare(source, into: scratch.query)
        }
    }

    /// Writes the query as the index compares it.
    ///
    /// - Parameter target: zeros for a row of the index's stride, 64-byte aligned, which the query borrows.
    @unsafe
    func prepare(
        _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
    ) -> PreparedQuery {
        guard metric != .cosine else {
            unsafe normalize(source, into: target, dimension: dimension, kernel: kernel)
            return unsafe PreparedQuery(numbers: target, isUsual: true, unscaling: 1)
        }
        var exponent = preparation.exponent
        let factor = Double(sign: .plus, exponent: exponent, significand: 1)
        var largest = unsafe Double(Self.largest(of: source, count: dimension)) * factor
        // The order of products does not depend on the query's length.
        if metric == .innerProduct, largest != 0, !Self.usualNumbers.contains(largest) {
            let norm = unsafe kernel.squaredNorm(source, dimension: dimension).squareRoot()
            exponent = -Int(norm.exponent)
            largest = 1
        }
        unsafe preparation.scale(source, by: exponent, into: target)
        let keepsDigits =
            unsafe exponent == 0 || metric == .innerProduct
            || Self.areMultiples(target, of: source, by: exponent, count: dimension)
        return unsafe PreparedQuery(
            numbers: target, isUsual: keepsDigits && largest <= Self.largestNumber,
            unscaling: preparation.unscaling(queryExponent: exponent))
    }

    /// Whether no digit was lost where numbers were multiplied by two to a power.
    @unsafe
    private static func areMultiples(
        _ scaled: UnsafePointer<Float>, of numbers: UnsafePointer<Float>, by exponent: Int,
        count: Int
    ) -> Bool {
        let factor = Double(sign: .plus, exponent: exponent, significand: 1)
        return (0..<count).allSatisfy {
            unsafe Double(scaled[$0]) == Double(numbers[$0]) * factor
        }
    }

    private static let usualNumbers: ClosedRange<Double> = 0x1p-30...0x1p30
    private static let largestNumber: Double = 0x1p50

    /// The largest size of some numbers; integers order alike, and are compared many at a time.
    @unsafe
    private static func largest(of numbers: UnsafePointer<Float>, count: Int) -> Float {
        var largest: UInt32 = 0
        for column in 0..<count {
            largest = max(largest, unsafe numbers[column].bitPattern & 0x7FFF_FFFF)
        }
        return Float(bitPattern: largest)
    }

    /// Calls `body` with the distances of rows as they are reported, before they are rounded to single precision.
    ///
    /// - Parameter rows: rows of this index, which keeps its vectors.
    func withPreciseDistances<R>(
        _ query: PreparedQuery, _ rows: [UInt32], _ body: (Span<Double>) -> R
    ) -> R {
        unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: rows.count) { distances in
            if !rows.isEmpty, let start = distances.baseAddress {
                unsafe kernel.preciseNormalized(
                    query.numbers, base: vectors.pointer(row: 0), stride: vectors.stride,
                    rows: rows, dimension: dimension, into: start)
                for place in rows.indices { unsafe distances[place] *= query.unscaling }
            }
            return unsafe body(distances.span)
        }
    }

    /// The distance of a vector that was prepared as the rows are.
    @unsafe
    func preciseDistance(_ query: PreparedQuery, to vector: UnsafePointer<Float>) -> Double {
        unsafe query.unscaling
            * kernel.preciseNormalized(query.numbers, vector, dimension: dimension)
    }
}
