/// Writes `source` divided by its norm, which is computed in double precision.
///
/// A zero vector is written as zeros, and a vector whose squared norm is within 2⁻²² of 1 as it is.
/// So what this writes stays the same, to the bit, when it is normalised again: a number that is
/// rounded is off by at most 2⁻²⁴ of itself, hence a squared norm by (1 + 2⁻²⁴)² − 1 < 2⁻²³ + 2⁻⁴⁷,
/// and double precision adds about dimension · 2⁻⁵⁶. What is too small for a normal number is off by
/// at most 2⁻¹⁵⁰, which adds less than dimension · 2⁻¹⁴⁸.
///
/// No norm overflows or underflows: squares of numbers lie between 2⁻²⁹⁸ and 2²⁵⁶.
///
/// - Parameters:
///   - source: `dimension` floats.
///   - target: room for as many.
///   - dimension: how many.
///   - kernel: any metric's; it lends its dot product.
/// - Returns: the norm of `source`; 0 means that it has no direction.
/// - Complexity: O(dimension)
@unsafe
@discardableResult
public func normalize(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, dimension: Int,
    kernel: DistanceKernel
) -> Double {
    let squaredNorm = unsafe kernel.squaredNorm(source, dimension: dimension)
    unsafe kernel.scale(
        source, by: normalizingFactor(squaredNorm: squaredNorm), into: target,
        dimension: dimension)
    return squaredNorm.squareRoot()
}

/// What ``normalize(_:into:dimension:kernel:)`` multiplies a vector by.
package func normalizingFactor(squaredNorm: Double) -> Double {
    if squaredNorm == 0 { return 0 }
    return abs(squaredNorm - 1) <= 0x1p-22 ? 1 : 1 / squaredNorm.squareRoot()
}
