public import VectorCore

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

extension FloatMatrix {
    /// A copy whose rows have norm 1, and which rows are zero and stay so.
    ///
    /// - Complexity: O(rows · columns)
    public func normalized() -> (matrix: FloatMatrix, zeroRows: [RowID]) {
        let kernel = DistanceKernel(.cosine)
        var zeroRows: [RowID] = []
        let matrix = unsafe FloatMatrix(rows: rows, columns: columns) { row, target in
            guard let start = target.baseAddress else { return }
            let norm = unsafe normalize(
                pointer(row: row), into: start, dimension: columns, kernel: kernel)
            if norm == 0 { zeroRows.append(RowID(row)) }
        }
        return (matrix, zeroRows)
    }
}
