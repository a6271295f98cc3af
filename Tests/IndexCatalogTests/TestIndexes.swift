import HNSW
import IndexCatalog
import IndexDefinitions
import TestSupport
import Testing
import VectorCore

/// The metrics that every kind must answer under, or refuse.
let allMetrics: [DistanceMetric] = [
    .l2, .l2Squared, .cosine, .innerProduct, .l1, .minkowski(p: 1.5), .minkowski(p: 3),
]

/// Options that keep tests short: half the usual candidates.
func testOptions(
    m: Int = 16, efConstruction: Int = 100, threads: Int = 2
) -> BuildOptions {
    BuildOptions(hnsw: HNSWParameters(m: m, efConstruction: efConstruction), threads: threads)
}

/// An index of a kind over a set's vectors, with those of the parameters that the kind has.
func build(
    _ kind: IndexKind, _ set: VectorSet, _ metric: DistanceMetric,
    options: BuildOptions = testOptions()
) throws(IndexError) -> any FileBackedIndex {
    try build(kind, set.matrix, metric: metric, options: options)
}

/// An index of a kind over the rows of a matrix, with those of the parameters that the kind has.
func build(
    _ kind: IndexKind, _ vectors: FloatMatrix, metric: DistanceMetric,
    options: BuildOptions = testOptions()
) throws(IndexError) -> any FileBackedIndex {
    let definition = try IndexCatalog.definition(of: kind)
    var options = options
    for name in options.parameters.names
    where !definition.parameters.contains(where: { $0.name == name }) {
        options.parameters[name] = nil
    }
    return try definition.build(vectors, metric: metric, options: options)
}

/// A kind, and what its graph compares where that is not left to a measurement.
struct TestedKind: CaseIterable, CustomTestStringConvertible, Sendable {
    let kind: IndexKind
    var codes: VectorCodes?
    var vectors = VectorPlace.index

    static let allCases =
        IndexCatalog.kinds.map { TestedKind(kind: $0) }
        + VectorCodes.allCases.map { TestedKind(kind: .hnsw, codes: $0) }
        + VectorCodes.allCases.filter { $0 != .f32 }
        .map { TestedKind(kind: .hnsw, codes: $0, vectors: .store) }

    /// The kinds whose answers are all exact.
    static let exact = IndexCatalog.definitions.filter(\.isExact).map { TestedKind(kind: $0.kind) }

    /// Whether no number is rounded, unless a measurement said that it does no harm.
    var keepsNumbers: Bool { codes == nil || codes == .f32 }

    var testDescription: String {
        kind.rawValue + (codes.map { " \($0.rawValue)" } ?? "")
            + (vectors == .store ? " without vectors" : "")
    }
}

/// The vectors of rows in memory, where an index does not keep them.
struct MatrixRows: RowVectors {
    let matrix: FloatMatrix
    /// Rows whose vectors are others by now.
    var changed: Set<UInt32> = []
    private var leavesOut = false

    init(_ matrix: FloatMatrix, changed: Set<UInt32> = []) {
        self.matrix = matrix
        self.changed = changed
    }

    var unchanged: any RowVectors {
        var others = self
        others.leavesOut = true
        return others
    }

    func forEach(
        _ rows: [UInt32], _ body: (_ place: Int, _ vector: UnsafePointer<Float>) -> Void
    ) throws(IndexError) {
        for (place, row) in rows.enumerated() {
            if changed.contains(row) {
                guard leavesOut else { throw IndexError(.outdated, "Row \(row) has changed.") }
                continue
            }
            unsafe body(place, matrix.pointer(row: Int(row)))
        }
    }
}

/// Holds one kind to the conformance suite over one set, or to refusing it where `Float` may not hold
/// its distances.
func check(
    _ tested: TestedKind, _ set: VectorSet, _ metric: DistanceMetric, recall floor: Double,
    efSearch: Int = 100, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    var options = testOptions()
    options.hnsw.codes = tested.codes
    options.hnsw.vectors = tested.vectors
    // Once is enough: it takes as long as the build.
    options.hnsw.measuresRecall = tested.codes == nil
    if let codes = tested.codes, !codes.supports(metric) {
        let error = #expect(throws: IndexError.self, sourceLocation: sourceLocation) {
            _ = try build(tested.kind, set, metric, options: options)
        }
        #expect(error?.code == .unsupportedMetric, sourceLocation: sourceLocation)
        #expect(error?.message.contains("use f32") == true, sourceLocation: sourceLocation)
        return
    }
    guard set.matrix.holdsDistances(metric) else {
        let error = #expect(throws: IndexError.self, sourceLocation: sourceLocation) {
            _ = try build(tested.kind, set, metric, options: options)
        }
        #expect(error?.code == .invalidParameter, sourceLocation: sourceLocation)
        #expect(error?.message.contains("scale") == true, sourceLocation: sourceLocation)
        return
    }
    // Under the inner product queries lie far from all vectors, and graphs need to look harder.
    let efSearch = metric == .innerProduct ? 4 * efSearch : efSearch
    // Few numbers in few levels: many distances are equal by codes that are not.
    let isCoarse = [.f16, .sq8].contains(tested.codes) && set.dimension < 4
    let floor = isCoarse ? min(floor, 0.95) : floor
    let expected: ExpectedAnswers =
        try IndexCatalog.definition(of: tested.kind).isExact
        ? .exact : .recall(floor, SearchLimits.Effort.setting(efSearch))
    var index = try build(tested.kind, set, metric, options: options)
    if tested.vectors == .store {
        #expect(!index.keepsVectors, sourceLocation: sourceLocation)
        index = index.reading(MatrixRows(set.matrix))
    }
    try checkVectorIndex(
        index, over: set, metric: metric, expecting: expected,
        keepsVectors: tested.vectors == .index, sourceLocation: sourceLocation)
}

extension FloatMatrix {
    /// Whether `Float` holds the distance of any two vectors that are as long as the longest of these.
    func holdsDistances(_ metric: DistanceMetric) -> Bool {
        let zero = [Float](repeating: 0, count: columns)
        return (0..<rows).map { vector($0) }.allSatisfy { vector in
            let toZero = ReferenceSearch.distance(metric, vector, zero)
            let largest =
                switch metric {
                case .cosine: 1.0
                case .innerProduct: -ReferenceSearch.distance(metric, vector, vector)
                case .l2Squared: 4 * toZero
                case .l2, .l1, .minkowski: 2 * toZero
                }
            return largest <= Double(Float.greatestFiniteMagnitude)
        }
    }
}
