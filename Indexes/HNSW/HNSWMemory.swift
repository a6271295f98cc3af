import LinearAlgebra
import MappedStorage
import Quantization
import VectorCore
import VectorKernels

/// The vectors of an index that changes, with their codes and norms, a slot each; or their codes alone, where
/// the index does not keep them.
///
/// A slot is written once it has been handed out, and again only when nobody can see it any more.
struct HNSWMemory: Sendable {
    /// How vectors become what is in the slots.
    let preparation: VectorPreparation
    private let kernel: DistanceKernel
    private let quantizer: (any VectorQuantizer)?
    private var vectors: ReusableRows<Float>?
    private var codes: ReusableRows<UInt8>?
    private var factors: ReusableRows<Float>?
    /// What codes lack to be those of L2 distances, where links are chosen by these as well.
    private var halves: ReusableRows<Float>?
    private var largest: Double
    private var smallest: Double
    /// The largest ``VectorQuantizer/squaredReach(_:)`` that a vertex may have.
    private let largestReach: Float

    /// So many times the largest that vertices have: twice as far from the center as the farthest of them.
    private static let reachShare: Float = 4

    /// Takes over the memory of an index.
    ///
    /// - Complexity: O(rows · dimension) unless the index has been scanned before, or where its rows are not
    ///   ``GraphVectors/linkable()`` yet
    init(_ index: HNSWIndex) {
        kernel = index.kernel
        quantizer = index.codes?.quantizer
        let reach = index.codes?.largestSquaredReach(leavingOut: RowSet(of: index.isolated))
        largestReach = Self.reachShare * (reach ?? .infinity)
        codes = index.codes.map { codes in
            unsafe ReusableRows(
                adopting: codes.base.assumingMemoryBound(to: UInt8.self), count: codes.count,
                stride: codes.quantizer.stride, owner: codes)
        }
        preparation = index.preparation
        let linked = index.rows.linkable().halves
        halves = linked.map { halves in
            unsafe ReusableRows(
                adopting: halves.baseAddress, count: halves.columns, stride: 1, owner: halves)
        }
        guard index.keepsVectors else {
            (vectors, factors, largest, smallest) = (nil, nil, 0, 0)
            return
        }
        let matrix = index.vectors
        let exact = index.exact
        unsafe vectors = ReusableRows(
            adopting: matrix.baseAddress, count: matrix.rows, stride: matrix.stride, owner: matrix)
        unsafe factors = ReusableRows(
            adopting: exact.norms.factors.baseAddress, count: exact.norms.factors.columns,
            stride: 1, owner: exact.norms.factors)
        largest = exact.norms.largest
        smallest = exact.norms.smallest
    }

    /// How many slots there are.
    var count: Int { vectors?.count ?? codes?.count ?? 0 }

    /// Adds slots.
    ///
    /// - Throws: ``IndexError`` with `system` where there is no memory; then some parts may have more
    ///   room, and nothing else has changed.
    mutating func grow(to total: Int) throws(IndexError) {
        try codes?.grow(to: total)
        try halves?.grow(to: total)
        if RowNorms.factorCount(kernel.metric, rows: 1) == 1 { try factors?.grow(to: total) }
        try vectors?.grow(to: total)
    }

    /// Writes a vector into a slot that nobody can see.
    ///
    /// - Returns: what it is to the graph.
    @unsafe
    mutating func write(
        _ source: UnsafePointer<Float>, to slot: UInt32, _ scratch: CodeScratch?
    ) -> VectorPreparation.Fit {
        guard let vectors else {
            var fit = VectorPreparation.Fit.vertex
            let vector = unsafe FloatMatrix(rows: 1, columns: preparation.dimension) { _, target in
                guard let start = target.baseAddress else { return }
                fit = unsafe preparation.write(source, to: start)
            }
            return unsafe encode(vector.pointer(row: 0), fit, to: slot, scratch)
        }
        let target = unsafe vectors.place(of: slot)
        let fit = unsafe preparation.write(source, to: target)
        let norms = unsafe RowNorms(
            of: FloatMatrix(
                borrowing: target, rows: 1, columns: preparation.dimension, owner: vectors.owner),
            metric: kernel.metric)
        if norms.factors.columns == 1, let factors {
            unsafe factors.place(of: slot).pointee = norms.factors.baseAddress[0]
        }
        largest = max(largest, norms.largest)
        if norms.smallest > 0 {
            smallest = smallest > 0 ? min(smallest, norms.smallest) : norms.smallest
        }
        return unsafe encode(target, fit, to: slot, scratch)
    }

    /// Writes the codes of a vector that can be a vertex, and says whether it still can.
    @unsafe
    private func encode(
        _ vector: UnsafePointer<Float>, _ fit: VectorPreparation.Fit, to slot: UInt32,
        _ scratch: CodeScratch?
    ) -> VectorPreparation.Fit {
        guard fit == .vertex, let quantizer, let codes, let scratch else { return fit }
        let row = unsafe UnsafeMutableRawPointer(codes.place(of: slot))
        unsafe quantizer.encode(vector, into: row, scratch)
        if let halves {
            unsafe halves.place(of: slot).pointee = GraphVectors.half(row, quantizer.pairs)
        }
        guard unsafe quantizer.isFinite(row) else { return .long }
        let reach = unsafe quantizer.squaredReach(row)
        // Codes this far out are coarser than what is near them is apart.
        return reach <= largestReach ? .vertex : .long
    }

    /// The memory that encoding needs.
    var scratch: CodeScratch? { quantizer.map { CodeScratch(width: $0.width) } }

    /// The slots as a graph compares them.
    var graphVectors: GraphVectors {
        let rows = quantizer.flatMap { quantizer in
            codes.map { codes in
                unsafe CodeRows(
                    borrowing: UnsafeRawPointer(codes.base), count: count, quantizer,
                    owner: codes.owner)
            }
        }
        let halves = halves.map { halves in
            unsafe FloatMatrix(
                borrowing: halves.base, rows: 1, columns: count, owner: halves.owner)
        }
        if vectors == nil, let rows {
            return GraphVectors(rows, of: preparation, halves: halves)
        }
        return GraphVectors(matrix, codes: rows, preparation, halves: halves)
    }

    /// The slots as a scan reads them; nil where the vectors are kept elsewhere.
    func exact(_ matrix: FloatMatrix) -> ExactSearch? {
        guard let factors else { return nil }
        let columns = RowNorms.factorCount(kernel.metric, rows: matrix.rows)
        let borrowed = unsafe FloatMatrix(
            borrowing: factors.base, rows: 1, columns: columns, owner: factors.owner)
        return ExactSearch(
            matrix, kernel: kernel,
            norms: RowNorms(factors: borrowed, largest: largest, smallest: smallest))
    }

    private var matrix: FloatMatrix {
        guard let vectors else { return FloatMatrix([], columns: preparation.dimension) }
        return unsafe FloatMatrix(
            borrowing: vectors.base, rows: count, columns: preparation.dimension,
            owner: vectors.owner)
    }
}
