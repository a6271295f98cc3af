import Glibc

extension DistanceMetric {
    /// Numbers below this are small enough under every metric, however many a vector has.
    static let smallNumbers: Float = 0x1p40

    /// Whether `Float` holds the distance of any two vectors that are as long as this one.
    ///
    /// By the triangle inequality no two are farther apart than twice their length, and by that of
    /// Cauchy and Schwarz no inner product is larger than its square.
    ///
    /// - Parameter vector: finite numbers.
    /// - Complexity: O(dimension)
    package func holdsDistances(ofVectorsLike vector: Span<Float>) -> Bool {
        guard vector.reaches(Self.smallNumbers) else { return true }
        return largestDistance(ofVectorsLike: vector) <= Double(Float.greatestFiniteMagnitude)
    }

    private func largestDistance(ofVectorsLike vector: Span<Float>) -> Double {
        switch self {
        case .cosine: return 2
        case .innerProduct: return sum(vector) { $0 * $0 }
        case .l2Squared: return 4 * sum(vector) { $0 * $0 }
        case .l2: return 2 * sum(vector) { $0 * $0 }.squareRoot()
        case .l1: return 2 * sum(vector) { $0 }
        case .minkowski(let p):
            // Powers of shares of the largest number do not overflow.
            var largest = 0.0
            for i in vector.indices { largest = max(largest, Double(abs(vector[i]))) }
            guard largest > 0 else { return 0 }
            let power = Double(p)
            return 2 * largest * pow(sum(vector) { pow($0 / largest, power) }, 1 / power)
        }
    }

    private func sum(_ vector: Span<Float>, _ term: (_ size: Double) -> Double) -> Double {
        var sum = 0.0
        for i in vector.indices { sum += term(Double(abs(vector[i]))) }
        return sum
    }
}

extension Span<Float> {
    /// Whether any number is NaN, or `size` or more in size.
    ///
    /// - Parameter size: above 0; infinity asks whether any number is not finite.
    package func reaches(_ size: Float) -> Bool {
        // What lies between carries into the place of the sign.
        let rest = 0x8000_0000 - size.bitPattern
        var carries: UInt32 = 0
        for i in indices { carries |= (self[i].bitPattern & 0x7FFF_FFFF) &+ rest }
        return carries >> 31 == 1
    }
}
