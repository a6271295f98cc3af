import COpenBLAS
import Locks

/// Matrix products by OpenBLAS, on the calling thread alone.
enum MatrixProduct {
    /// Makes OpenBLAS leave threads to us; its own would multiply with ours.
    private static let singleThreaded: Void = openblas_set_num_threads(1)

    /// Writes `factor` · A · Bᵀ: for each row of A its products with all rows of B.
    ///
    /// - Parameters:
    ///   - a: `rowsOfA` rows, `strideOfA` floats apart.
    ///   - b: `rowsOfB` rows, `strideOfB` floats apart.
    ///   - columns: how many numbers a row has.
    ///   - result: `rowsOfA` × `rowsOfB` floats, without gaps.
    /// - Complexity: O(rowsOfA · rowsOfB · columns)
    @unsafe
    static func rows(
        of a: UnsafePointer<Float>, strideOfA: Int, rowsOfA: Int,
        timesRowsOf b: UnsafePointer<Float>, strideOfB: Int, rowsOfB: Int, columns: Int,
        factor: Float, into result: UnsafeMutablePointer<Float>
    ) {
        singleThreaded
        // OpenBLAS has locks of its own, which a forked process must not find taken.
        Forks.holding {
            unsafe cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasTrans, blasint(rowsOfA), blasint(rowsOfB),
                blasint(columns), factor, a, blasint(strideOfA), b, blasint(strideOfB), 0, result,
                blasint(rowsOfB))
        }
    }
}
