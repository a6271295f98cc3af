import Evaluation
public import VectorCore
import VectorKernels

extension FileBackedIndex {
    /// So many rows are copied at once.
    private static var block: Int { 4096 }

    /// How many of some queries are vectors of the index, bit for bit; under cosine, once both are normalised.
    public func seenCount(among queries: FloatMatrix) throws(IndexError) -> Int {
        var wanted = EqualBytes(asCompared(queries))
        let rows = shown.rows
        var found = 0
        for first in stride(from: 0, to: rows.count, by: Self.block) {
            let block = Array(rows[first..<min(rows.count, first + Self.block)])
            found += wanted.find(among: asCompared(try vectors(of: block)))
        }
        return found
    }

    private func asCompared(_ vectors: FloatMatrix) -> FloatMatrix {
        guard metric == .cosine else { return vectors }
        let kernel = DistanceKernel(metric)
        return unsafe FloatMatrix(rows: vectors.rows, columns: vectors.columns) { row, target in
            guard let start = target.baseAddress else { return }
            unsafe normalize(
                vectors.pointer(row: row), into: start, dimension: vectors.columns,
                kernel: kernel)
        }
    }
}
