/// How far a score in single precision can be from the true one: |score − s| ≤ relative · s +
/// absolute.
///
/// With it the candidates of a fast scan can be cut without losing any of the exact answer. The
/// bounds are those of Higham, "Accuracy and Stability of Numerical Algorithms" (2002), §3.1: a sum
/// of n rounded terms, in any order, is off by at most γₙ times the sum of the terms' sizes.
struct RoundingBound {
    let relative: Double
    let absolute: Double

    /// What may be lost where a term is too small for a normal number.
    static let underflow = 0x1p-125

    /// γₙ = n u / (1 − n u) with u = 2⁻²⁴; infinite where it says nothing.
    static func gamma(_ n: Int) -> Double {
        let roundings = Double(n) * 0x1p-24
        return roundings < 0.25 ? roundings / (1 - roundings) : .infinity
    }

    /// Whether a scan under this bound decides anything.
    var isUseful: Bool { relative <= 0.5 && absolute.isFinite }

    /// The largest score that a row among the k nearest can have, the k-th smallest being `kth`.
    ///
    /// At least k rows have scores up to `kth`, so the k-th smallest true value is at most
    /// (kth + absolute) / (1 − relative), and no row of the answer scores more than that one can.
    /// The last factor leaves room for the roundings of double precision, which decides the order.
    func cut(_ kth: Float) -> Float {
        let largest = (Double(kth) + absolute) / (1 - relative)
        let cut = largest + relative * abs(largest) + absolute
        return Float(cut + abs(cut) * 0x1p-22).nextUp
    }
}
