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
    /// Half of each row's squared length, as codes have it, in one row; only where links are to be chosen.
    let halves: FloatMatrix?
    private let kernel: DistanceKernel

    init(
        _ matrix: FloatMatrix, codes: CodeRows?, _ preparation: VectorPreparation,
        halves: FloatMatrix? = nil
    ) {
        self.matrix = matrix
        self.codes = codes
        count = matrix.rows
        self.preparation = preparation
        self.halves = halves
        keepsVectors = true
        kernel = DistanceKernel(preparation.metric.ofNormalized)
    }

    /// Codes of vectors that are kept elsewhere.
    init(
        _ codes: CodeRows, of preparation: VectorPreparation, halves: FloatMatrix? = nil
    ) {
        matrix = FloatMatrix([], columns: preparation.dimension)
        self.codes = codes
        count = codes.count
        self.preparation = preparation
        self.halves = halves
        keepsVectors = false
        kernel = DistanceKernel(preparation.metric.ofNormalized)
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

    /// Whether half of the links are chosen by L2 distances, beside those of the metric.
    var mixesLinks: Bool { preparation.lengthsDiffer }

    /// What says best which rows are near.
    var nearness: LinkOrder { mixesLinks ? .euclidean : .metric }

    /// The raw distances of rows, for as long as these vectors are.
    func pairs(under order: LinkOrder) -> RowPairs {
        let isEuclidean = order == .euclidean
        guard let codes else {
            return RowPairs(matrix, isEuclidean ? DistanceKernel(.l2Squared) : kernel)
        }
        return RowPairs(codes, adding: isEuclidean ? codeHalves : nil)
    }

    /// What scores rows against one of them, and what its scores lack to be raw distances.
    ///
    /// - Parameter scratch: what the scorer borrows.
    func scorer(
        row: UInt32, under order: LinkOrder = .metric, _ scratch: SearchScratch
    ) -> (scorer: DistanceScorer, rest: Float) {
        let isEuclidean = order == .euclidean
        if let codes, let memory = scratch.codes {
            let (scorer, rest) = unsafe codes.scorer(row: row, memory)
            guard isEuclidean else { return (scorer, rest) }
            let halves = codeHalves
            return unsafe (scorer.adding(halves.baseAddress), rest + halves.baseAddress[Int(row)])
        }
        let kernel = isEuclidean ? DistanceKernel(.l2Squared) : self.kernel
        return unsafe (
            DistanceScorer(kernel, query: matrix.pointer(row: Int(row)), vectors: matrix), 0
        )
    }

    /// What makes half of a squared L2 distance of a negated product: ‖x − z‖² / 2 = ‖x‖² / 2 + ‖z‖² / 2 − ⟨x, z⟩.
    private var codeHalves: FloatMatrix {
        guard let halves else { preconditionFailure("No links are chosen among these rows.") }
        return halves
    }

    /// Whether links can be chosen among these vectors.
    var isLinkable: Bool { !mixesLinks || halves != nil || codes == nil }

    /// These vectors, so that links can be chosen among them.
    ///
    /// - Complexity: O(count · dimension) where links are mixed and codes are compared
    func linkable() -> GraphVectors {
        guard !isLinkable, let codes else { return self }
        let halves = unsafe FloatMatrix(rows: 1, columns: count) { _, target in
            for row in target.indices {
                unsafe target[row] = Self.half(codes.base + row * codes.stride, codes.pairs)
            }
        }
        return keepsVectors
            ? GraphVectors(matrix, codes: codes, preparation, halves: halves)
            : GraphVectors(codes, of: preparation, halves: halves)
    }

    /// Half of the squared length of a row of codes for the inner product.
    @unsafe
    static func half(_ row: UnsafeRawPointer, _ pairs: PairKernel) -> Float {
        unsafe -pairs.distance(row, row) / 2
    }

    /// What scores rows against a query that was prepared as the rows were.
    @unsafe
    func scorer(
        _ query: UnsafePointer<Float>, _ scratch: SearchScratch
    ) -> DistanceScorer {
        if let codes, let memory = scratch.codes {
            return unsafe codes.scorer(query, memory).scorer
        }
        return unsafe DistanceScorer(kernel, query: query, vectors: matrix)
    }
}
