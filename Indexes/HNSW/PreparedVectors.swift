import MappedStorage
import VectorCore

/// The vectors of an index as its graph compares them, in huge pages.
struct PreparedVectors {
    let matrix: FloatMatrix
    /// How they became so.
    let preparation: VectorPreparation
    /// Rows that are scanned instead of being in the graph, ascending: zero vectors under cosine, the longest
    /// under the inner product.
    let isolated: [UInt32]
    /// Rows that are in the graph only by their equals.
    let equals: EqualRows

    /// Copies vectors, and normalises or scales them.
    ///
    /// - Throws: ``IndexError`` with `system` where there is no memory, `invalidParameter` where their lengths
    ///   differ too much.
    init(_ vectors: FloatMatrix, metric: DistanceMetric) throws(IndexError) {
        let preparation = try VectorPreparation(fitting: vectors, metric: metric)
        let columns = vectors.columns
        let stride = FloatMatrix.stride(columns: columns)
        let pages = try IndexPages(byteCount: vectors.rows * stride * 4)
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
            of: GraphVectors(matrix, codes: nil, preparation))
    }
}
