import MappedStorage
import VectorCore

/// The vectors of an index as its graph compares them, in huge pages.
struct PreparedVectors {
    let matrix: FloatMatrix
    /// How they became so.
    let preparation: VectorPreparation
    /// Rows that cannot be in the graph, ascending: zero vectors under cosine.
    let isolated: [UInt32]
    /// Rows that are in the graph only by their equals.
    let equals: EqualRows

    /// Copies vectors, normalises them for cosine, and folds the inner product into L2.
    init(_ vectors: FloatMatrix, metric: DistanceMetric) throws(IndexError) {
        let preparation = VectorPreparation(fitting: vectors, metric: metric)
        let columns = preparation.columns
        let stride = FloatMatrix.stride(columns: columns)
        let pages = try HugePages(byteCount: vectors.rows * stride * 4)
        let base = unsafe pages.base.bindMemory(to: Float.self, capacity: vectors.rows * stride)
        var isolated: [UInt32] = []
        for row in 0..<vectors.rows {
            let fit = unsafe preparation.write(
                vectors.pointer(row: row), to: base + row * stride)
            if fit != .vertex { isolated.append(UInt32(row)) }
        }
        let outside = Set(isolated)
        self.matrix = pages.matrix(rows: vectors.rows, columns: columns)
        self.preparation = preparation
        self.isolated = isolated
        self.equals = EqualRows(
            among: (0..<UInt32(vectors.rows)).lazy.filter { !outside.contains($0) },
            of: GraphVectors(matrix, codes: nil, metric: metric))
    }
}
