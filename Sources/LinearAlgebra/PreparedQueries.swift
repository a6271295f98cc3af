import VectorCore
import VectorKernels

/// Norms between these keep all products of single precision finite, and far above underflow.
private let safeNorms = 1e-17...1e17

extension ExactSearch {
    /// A query as the fast pass compares it, and how far that may be off.
    struct PreparedQueries {
        /// Normalised for cosine, else as they came: what precise distances compare too.
        let matrix: FloatMatrix
        /// For each, or nil where single precision cannot serve it.
        let bounds: [RoundingBound?]
    }

    /// Prepares some of the queries.
    func prepare(_ queries: FloatMatrix, rows: Range<Int>, forProducts: Bool) -> PreparedQueries {
        let columns = vectors.columns
        var bounds: [RoundingBound?] = []
        bounds.reserveCapacity(rows.count)
        let matrix = unsafe FloatMatrix(rows: rows.count, columns: columns) { row, target in
            let source = unsafe queries.pointer(row: rows.lowerBound + row)
            guard let start = target.baseAddress else { return }
            var norm = 0.0
            if kernel.expectsNormalized {
                norm = unsafe normalize(source, into: start, dimension: columns, kernel: kernel)
            } else {
                unsafe start.update(from: source, count: columns)
                if norms.largest > 0 {
                    norm = unsafe kernel.squaredNorm(source, dimension: columns).squareRoot()
                }
            }
            let bound = forProducts ? productBound(norm) : scanBound(norm)
            bounds.append(bound.flatMap { $0.isUseful ? $0 : nil })
        }
        return PreparedQueries(matrix: matrix, bounds: bounds)
    }

    /// The bound of scores made of matrix products, or nil where numbers may overflow.
    ///
    /// A product of two rows is off by at most γ |q| |x|, as the sizes of its terms add up to no
    /// more than |q| |x|. OpenBLAS adds blocks of columns up, which costs a rounding each.
    private func productBound(_ norm: Double) -> RoundingBound? {
        let columns = vectors.columns
        let gamma = RoundingBound.gamma(columns + columns / 32 + 16)
        let underflow = RoundingBound.underflow * Double(columns)
        switch kernel.metric {
        case .l2, .l2Squared:
            // |x|² − 2⟨q, x⟩: the norm is rounded, and so is the difference.
            guard norm <= safeNorms.upperBound, norms.largest <= safeNorms.upperBound else {
                return nil
            }
            let largest = norms.largest
            let absolute = 2 * gamma * norm * largest + 0x1.8p-23 * largest * largest
            return RoundingBound(relative: 0, absolute: absolute + underflow)
        case .cosine, .innerProduct: return dotBound(norm, gamma: gamma)
        case .l1, .minkowski: return nil
        }
    }

    /// The bound of scores by the distance kernels, or nil where numbers may overflow.
    ///
    /// Sums of terms ≥ 0 are off by γ times themselves; a term has a few roundings of its own.
    private func scanBound(_ norm: Double) -> RoundingBound? {
        let columns = vectors.columns
        let gamma = RoundingBound.gamma(columns + 16)
        let underflow = RoundingBound.underflow * Double(columns)
        switch kernel.metric {
        case .l2, .l2Squared, .l1: return RoundingBound(relative: gamma, absolute: underflow)
        case .cosine, .innerProduct: return dotBound(norm, gamma: gamma)
        case .minkowski(let p):
            // The logarithm has an error that the power multiplies; see `power.h`.
            let term = 0x1p-20 + Double(p) * 0x1p-22
            return RoundingBound(relative: gamma + 2 * term, absolute: underflow)
        }
    }

    private func dotBound(_ norm: Double, gamma: Double) -> RoundingBound? {
        let columns = vectors.columns
        if kernel.metric == .innerProduct {
            guard norm <= safeNorms.upperBound, norms.largest <= safeNorms.upperBound else {
                return nil
            }
            let underflow = RoundingBound.underflow * Double(columns)
            return RoundingBound(
                relative: 0, absolute: gamma * norm * norms.largest + underflow)
        }
        // What is bounded is the difference from s = ½ |q̂ − x̂|² − ½ |q̂|² − ½, which has the order of
        // the precise distances. It is ½ (|x̂|² − 1) − ⟨q̂, x̂⟩, and the score is −⟨q̂, x⟩ / |x|.
        // 1. The score has the roundings of a product, of 1 / |x| and of multiplying with it, and |q̂|
        //    is at most 1 + 2⁻²³: γ and 2⁻²⁰ γ have room for all of that, for the roundings of
        //    double precision, and for what underflows, which is multiplied by 1 / |x|.
        // 2. Where x is normalised, x̂ differs from x / |x| by at most 2⁻²⁴ |x̂|, and |x̂|² from 1 by
        //    less than 2⁻²³ + 2⁻⁴⁷: together less than 2⁻²³ + 2⁻⁴⁵.
        // 3. Where x is taken as it is, | |x|² − 1 | is at most 2⁻²², so that |x| differs from 1 by at
        //    most 2⁻²³ + 2⁻⁴⁵, and so does ⟨q̂, x⟩ from ⟨q̂, x⟩ / |x|: together less than 2⁻²² + 2⁻⁴³.
        // 4. Where x is zero, the distance is 1 and s = ½ − ½ |q̂|², at most 2⁻²³ from the score of 0.
        //    Where q is zero, all distances are alike, and so are all scores.
        guard
            norms.largest == 0
                || (safeNorms.contains(norms.largest) && safeNorms.contains(norms.smallest))
        else { return nil }
        let rounding = gamma + 0x1p-20 * gamma + 0x1p-60
        return RoundingBound(relative: 0, absolute: rounding + 0x1p-22 + 0x1p-42)
    }
}
