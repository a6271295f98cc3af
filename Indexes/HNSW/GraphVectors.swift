import Quantization
import VectorCore
import VectorKernels

/// The vectors as the graph compares them: themselves, or their codes.
struct GraphVectors: Sendable {
    /// The vectors as ``preparation`` writes them.
    ///
    /// It has no rows where they are kept elsewhere.
    let matrix: FloatMatrix
    /// Their codes, where the graph compares those.
    let codes: CodeRows?
    /// How many there are.
    let count: Int
    /// How vectors become what the graph compares.
    let preparation: VectorPreparation
    /// Whether the vectors are here.
    let keepsVectors: Bool
    private let kernel: DistanceKernel

    init(_ matrix: FloatMatrix, codes: CodeRows?, _ preparation: VectorPreparation) {
        self.matrix = matrix
        self.codes = codes
        count = matrix.rows
        self.preparation = preparation
        keepsVectors = true
        kernel = DistanceKernel(preparation.metric)
    }

    /// Codes of vectors that are kept elsewhere.
    init(_ codes: CodeRows, of preparation: VectorPreparation) {
        matrix = FloatMatrix([], columns: preparation.dimension)
        self.codes = codes
        count = codes.count
        self.preparation = preparation
        keepsVectors = false
        kernel = DistanceKernel(preparation.metric)
    }

    /// Bytes of what the graph compares.
    var byteCount: Int { codes?.byteCount ?? matrix.rows * matrix.stride * 4 }

    /// What tells a row from others: its vector, or its codes where the vector is kept elsewhere.
    ///
    /// Rows with the same codes are one to the graph, whatever their vectors are.
    func bytes(of row: UInt32) -> UnsafeRawBufferPointer {
        if !keepsVectors, let codes {
            let stride = codes.quantizer.stride
            return unsafe UnsafeRawBufferPointer(
                start: codes.base + Int(row) * stride, count: stride)
        }
        return unsafe UnsafeRawBufferPointer(
            start: matrix.pointer(row: Int(row)), count: matrix.columns * 4)
    }

    /// Whether two rows are equal, bit for bit.
    func areEqual(_ left: UInt32, _ right: UInt32) -> Bool {
        unsafe bytes(of: left).elementsEqual(bytes(of: right))
    }

    /// The raw distances of rows, for as long as these vectors are.
    var pairs: RowPairs { codes.map { RowPairs($0) } ?? RowPairs(matrix, kernel) }

    /// What scores rows against one of them, and what its scores lack to be raw distances.
    ///
    /// - Parameter scratch: what the scorer borrows.
    func scorer(row: UInt32, _ scratch: SearchScratch) -> (scorer: DistanceScorer, rest: Float) {
        if let codes, let memory = scratch.codes {
            let (scorer, squaredNorm) = unsafe codes.scorer(row: row, memory)
            return (scorer, squaredNorm)
        }
        return unsafe (
            DistanceScorer(kernel, query: matrix.pointer(row: Int(row)), vectors: matrix), 0
        )
    }

    /// What scores rows against a query that was prepared as the rows were.
    @unsafe
    func scorer(
        _ query: UnsafePointer<Float>, metric: DistanceKernel, _ scratch: SearchScratch
    ) -> DistanceScorer {
        if let codes, let memory = scratch.codes {
            return unsafe codes.scorer(query, memory).scorer
        }
        return unsafe DistanceScorer(metric, query: query, vectors: matrix)
    }
}
