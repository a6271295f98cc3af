import VectorCore
import VectorKernels

extension VectorPreparation {
    /// Under the inner product, vectors that are longer than the median by this factor may be scanned.
    private static let longShare = 1.5
    /// So many of them at most, or such a share of all.
    private static let mostLong = 1024
    private static let mostLongShare = 100
    private static let fewLong = 32
    /// But none that is shorter than this share of the longest but ``fewLong``: it is in few answers, and a scan of a
    /// thousand costs as much as a walk.
    private static let scannedShare = 0.4
    /// A vector is an extreme one where it is so many times as long as the median.
    private static let extremeShare = 0x1p30

    /// Prepares vectors like the given ones.
    ///
    /// Under the inner product the longest vectors are near to most others, whatever their direction: they
    /// would be in every list, and nothing else would. The longest few are left to a scan.
    ///
    /// - Throws: ``IndexError`` with `invalidParameter` where lengths differ by more than single precision can
    ///   hold.
    /// - Complexity: O(rows · columns + rows · log rows)
    init(fitting vectors: FloatMatrix, metric: DistanceMetric) throws(IndexError) {
        let dimension = vectors.columns
        guard metric != .cosine else {
            self.init(metric: metric, dimension: dimension)
            return
        }
        let kernel = DistanceKernel(metric)
        var norms: [Double] = []
        norms.reserveCapacity(vectors.rows)
        for row in 0..<vectors.rows {
            let square = unsafe kernel.squaredNorm(vectors.pointer(row: row), dimension: dimension)
            if square > 0 { norms.append(square.squareRoot()) }
        }
        norms.sort()
        guard let largest = norms.last else {
            self.init(metric: metric, dimension: dimension)
            return
        }
        let median = norms[norms.count / 2]
        let count = vectors.rows
        let most = min(
            Self.mostLong, max(count / Self.mostLongShare, min(Self.fewLong, count / 10)))
        let isProduct = metric == .innerProduct
        let difference = IndexError(
            .invalidParameter,
            "The vectors' lengths differ too much for a graph: the shortest is \(Float(norms[0])), the "
                + "median \(Float(median)), the longest \(Float(largest)). Scale them alike, or use an "
                + "index of kind flat.")
        let edge = median * (isProduct ? Self.longShare : Self.extremeShare)
        let long = norms.reversed().prefix { $0 > edge }.count
        var longest: Double
        if long <= most {
            longest = isProduct || long > 0 ? edge : .infinity
        } else {
            // So many short ones are one point to the long ones, where walks would end.
            guard isProduct else { throw difference }
            longest = norms[norms.count - 1 - most]
        }
        if isProduct, norms.count > Self.fewLong {
            longest = max(longest, Self.scannedShare * norms[norms.count - 1 - Self.fewLong])
        }
        let reach = min(largest, longest)
        let exponent = Self.usualNorms.contains(reach) ? 0 : -Int(reach.exponent)
        let factor = Double(sign: .plus, exponent: exponent, significand: 1)
        guard largest * factor <= Self.possibleNorms.upperBound,
            exponent == 0 || norms[0] * factor >= Self.possibleNorms.lowerBound
        else { throw difference }
        self.init(
            metric: metric, dimension: dimension, exponent: exponent, longest: longest * factor,
            lengthsDiffer: isProduct && Self.lengthsDiffer(vectors, upTo: longest))
    }

    /// Whether squared lengths differ by more than a small share of the squared distances of vectors: all that makes
    /// the order of products another one than that of distances.
    ///
    /// - Parameters:
    ///   - longest: vectors that are longer are not in the graph, and do not count.
    ///   - clearly: whether a sample tells, and must leave no doubt.
    /// - Complexity: O(rows · columns)
    static func lengthsDiffer(
        _ vectors: FloatMatrix, upTo longest: Double = .infinity, clearly: Bool = false
    ) -> Bool {
        var center = [Double](repeating: 0, count: vectors.columns)
        var squares: [Double] = []
        for row in 0..<vectors.rows {
            let vector = vectors[row]
            var square = 0.0
            for column in vector.indices {
                let number = Double(vector[column])
                square += number * number
            }
            guard square.squareRoot() <= longest else { continue }
            squares.append(square)
            for column in vector.indices { center[column] += Double(vector[column]) }
        }
        guard !squares.isEmpty else { return false }
        let count = Double(squares.count)
        let mean = squares.reduce(0, +) / count
        let variance = squares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        let offset = center.reduce(0) { $0 + $1 * $1 } / (count * count)
        let share = clearly ? 2 * differingShare : differingShare
        return variance.squareRoot() > share * max(0, mean - offset)
    }

    /// Vectors that were normalised, and rounded to 16 bits then, stay below it.
    private static let differingShare = 0.02
}
