/// Writes `source` divided by its norm, which is computed in double precision.
///
/// A zero vector is written as zeros.
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
    let norm = unsafe kernel.squaredNorm(source, dimension: dimension).squareRoot()
    let factor = norm == 0 ? 0 : 1 / norm
    for i in 0..<dimension {
        unsafe target[i] = Float(Double(source[i]) * factor)
    }
    return norm
}
