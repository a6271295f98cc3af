import MappedStorage
import VectorCore
import VectorKernels

/// The vectors of an index as its graph compares them, in huge pages.
struct PreparedVectors {
    let matrix: FloatMatrix
    /// Rows that cannot be in the graph, ascending: zero vectors under cosine.
    let isolated: [UInt32]
    /// Rows that are in the graph only by their equals.
    let equals: EqualRows

    /// Copies vectors, normalises them for cosine, and folds the inner product into L2.
    init(_ vectors: FloatMatrix, metric: DistanceMetric) throws(IndexError) {
        let columns = HNSWIndex.storedDimension(vectors.columns, metric: metric)
        let stride = FloatMatrix.stride(columns: columns)
        let pages = try HugePages(byteCount: vectors.rows * stride * 4)
        let base = unsafe pages.base.bindMemory(to: Float.self, capacity: vectors.rows * stride)
        let largest = metric == .innerProduct ? Self.largestSquaredNorm(vectors) : 0
        let kernel = DistanceKernel(metric)
        var isolated: [UInt32] = []
        for row in 0..<vectors.rows {
            let target = unsafe base + row * stride
            let source = unsafe vectors.pointer(row: row)
            switch metric {
            case .cosine:
                let norm = unsafe normalize(
                    source, into: target, dimension: columns, kernel: kernel)
                if norm == 0 { isolated.append(UInt32(row)) }
            case .innerProduct:
                unsafe target.update(from: source, count: vectors.columns)
                let rest = max(0, largest - Self.squaredNorm(vectors[row]))
                unsafe target[vectors.columns] = Float(rest.squareRoot())
            case .l2, .l2Squared, .l1, .minkowski:
                unsafe target.update(from: source, count: columns)
            }
        }
        let outside = Set(isolated)
        self.matrix = pages.matrix(rows: vectors.rows, columns: columns)
        self.isolated = isolated
        self.equals = EqualRows(
            among: (0..<UInt32(vectors.rows)).lazy.filter { !outside.contains($0) }, of: matrix)
    }

    private static func largestSquaredNorm(_ vectors: FloatMatrix) -> Double {
        (0..<vectors.rows).reduce(0) { max($0, squaredNorm(vectors[$1])) }
    }

    private static func squaredNorm(_ vector: Span<Float>) -> Double {
        var sum = 0.0
        for i in vector.indices { sum += Double(vector[i]) * Double(vector[i]) }
        return sum
    }
}
