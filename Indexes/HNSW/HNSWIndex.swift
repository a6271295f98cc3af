public import Evaluation
import GraphConstruction
public import IndexDefinitions
import LinearAlgebra
import Locks
package import Quantization
public import VectorCore
import VectorKernels

/// A hierarchical navigable small-world graph over vectors or their codes.
///
/// Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using
/// Hierarchical Navigable Small World graphs", TPAMI 42(4), 2020 (arXiv 1603.09320).
///
/// All metrics are supported. Vectors are normalised for cosine. For the inner product half of each list is
/// chosen by L2 distances where lengths differ (Chen et al., "Maximum Inner Product is Query-Scaled Nearest
/// Neighbor", 2025), the others by products (Morozov and Babenko, "Non-metric similarity graphs for maximum
/// inner product search", NeurIPS 2018), and the longest few vectors, which would be in every list, stay outside the graph and
/// are scanned. So are zero vectors under cosine, which have no direction. Of equal vectors one is in the
/// graph and brings the others along.
///
/// Where the graph compares codes, the nearest by codes are measured again by the vectors. The vectors may
/// then be kept elsewhere; such an index answers once it has been told where to read them, by
/// ``reading(_:)``.
public final class HNSWIndex: FileBackedIndex {
    /// The metric that distances are in.
    public let metric: DistanceMetric
    /// How many numbers a vector has.
    public let dimension: Int
    /// How the graph was built.
    public let parameters: HNSWParameters

    /// The vectors as the graph compares them: normalised for cosine, else perhaps multiplied by a power of two.
    ///
    /// It has no rows where the vectors are kept elsewhere.
    package var vectors: FloatMatrix { rows.matrix }
    /// Whether the vectors are in the index.
    public var keepsVectors: Bool { rows.keepsVectors }
    /// How vectors become what the graph compares.
    var preparation: VectorPreparation { rows.preparation }
    /// Where the vectors are read that are kept elsewhere, once that is known.
    let source: (any RowVectors)?
    /// The codes of the vectors, where the graph compares those.
    package var codes: CodeRows? { rows.codes }
    /// What the graph compares.
    public var codesKind: VectorCodes { codes?.quantizer.kind ?? .f32 }
    let rows: GraphVectors
    package let graph: HNSWGraph
    /// Where searches start; its level is the top layer.
    package let entry: UInt32
    /// Rows outside the graph that are scanned, ascending.
    package let isolated: [UInt32]
    /// Whether all of those are zero vectors under cosine, which are all as far from everything.
    let isolatedAreZero: Bool
    /// Rows that equal one in the graph, which stands for them.
    package let equals: EqualRows
    /// Rows that no answer has; the graph may still lead through them.
    public let hidden: RowSet
    /// Rows that are found by scanning them, until they are in the graph.
    package let pending: [UInt32]
    /// How many rows are in the graph, hidden ones included.
    package let vertexCount: Int
    /// How many rows have come and gone since the graph was built.
    package let changeCount: Int
    /// Whether the codes still tell near vectors from far ones; where they do not, answers are exact until the
    /// index has been built anew.
    public let codesFit: Bool
    /// What is known of how well searches find.
    public let recall: MeasuredRecall
    let kernel: DistanceKernel
    let scratches: ScratchPool
    /// What scans the vectors, once an exact answer has been asked for.
    let scan: Lock<ExactSearch?>

    /// How many rows there are, hidden ones included.
    public var rowCount: Int { rows.count }

    /// Bytes of the vectors and the graph, of their norms once an exact answer was asked for, and of their lengths
    /// where links are chosen by two distances and the index can change.
    public var memoryBytes: Int {
        vectors.rows * vectors.stride * 4 + (codes?.byteCount ?? 0) + graph.memoryBytes
            + (isolated.count + pending.count) * 4 + hidden.byteCount
            + equals.pairs.count * 8 + (rows.halves?.stride ?? 0) * 4
            + scan.withLock { ($0?.norms.factors.stride ?? 0) * 4 }
    }

    init(
        metric: DistanceMetric, dimension: Int, parameters: HNSWParameters, vectors: GraphVectors,
        graph: HNSWGraph, entry: UInt32, isolated: [UInt32], isolatedAreZero: Bool,
        equals: EqualRows, changes: HNSWChanges? = nil, codesFit: Bool = true,
        recall: MeasuredRecall = MeasuredRecall(),
        source: (any RowVectors)? = nil
    ) {
        self.metric = metric
        self.dimension = dimension
        self.parameters = parameters
        self.rows = vectors
        self.source = source
        self.graph = graph
        self.entry = entry
        self.recall = recall
        self.isolated = isolated
        self.isolatedAreZero = isolatedAreZero
        self.equals = equals
        self.kernel = DistanceKernel(metric)
        hidden = changes?.hidden ?? RowSet()
        pending = changes?.pending ?? []
        vertexCount =
            changes?.vertexCount ?? vectors.count - isolated.count - equals.pairs.count
        changeCount = changes?.count ?? 0
        self.codesFit = changes?.codesFit ?? codesFit
        scratches = changes?.scratches ?? ScratchPool(vectors, degree: 2 * graph.m)
        scan = Lock(changes?.exact)
    }
}

/// What sets an index apart from the one that was built.
struct HNSWChanges: Sendable {
    var hidden: RowSet
    var pending: [UInt32]
    var vertexCount: Int
    var count: Int
    var codesFit = true
    var scratches: ScratchPool
    /// What scans the vectors; nil where nothing does yet, or where they are kept elsewhere.
    var exact: ExactSearch?
}
