import Quantization
import VectorCore

/// Watches whether the codes that a graph compares suit the vectors that have come, and those that remain.
///
/// Codes are fitted when an index is built. Vectors from elsewhere (another model, another scale, far away)
/// may have codes that no longer tell near from far. After so many changes a sample is compared: half of it
/// of rows that came since the last time, half of all.
struct DriftWatch: Sendable {
    /// Whether codes would do where the graph compares vectors.
    private(set) var betterCodesFit = false
    /// Whether links must be chosen otherwise, since lengths differ that were alike.
    private(set) var lengthsDiffer = false
    private var changes = 0
    private var changesSinceBuilt = 0
    private var recent: [UInt32] = []
    /// Vectors that came lately, as the graph compares them, where the index does not keep them.
    private var recentVectors: [[Float]] = []

    /// At least so many changes, and such a share of all rows, before the sample is compared.
    private static let leastChanges = 64
    private static let changesShare = 8
    /// Rows that are remembered as recent, and vectors that are.
    private static let mostRecent = 4096
    private static let mostRecentVectors = 512

    /// Takes note of changes.
    ///
    /// - Parameters:
    ///   - count: how many rows have come and gone.
    ///   - added: those that have come, and their vectors as they came.
    ///   - vectors: all rows.
    ///   - shown: gives the rows that remain.
    ///   - parameters: what was asked for when the index was built.
    ///   - fitsSoFar: what was found the last time.
    /// - Returns: whether the codes fit; true where there are none.
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    /// - Complexity: O(1) a change, on average; O(columns) of few rows
    mutating func note(
        _ count: Int, adding added: (rows: [UInt32], vectors: FloatMatrix?),
        to vectors: GraphVectors, shown: () -> [UInt32], asked parameters: HNSWParameters,
        fitsSoFar: Bool
    ) throws(IndexError) -> Bool {
        changes += count
        changesSinceBuilt += count
        recent.append(contentsOf: added.rows.suffix(Self.mostRecent))
        if recent.count > 2 * Self.mostRecent { recent.removeFirst(recent.count - Self.mostRecent) }
        if !vectors.keepsVectors, let added = added.vectors { remember(added, vectors.preparation) }
        guard fitsSoFar, changes >= max(Self.leastChanges, vectors.count / Self.changesShare) else {
            return fitsSoFar
        }
        changes = 0
        guard vectors.keepsVectors else {
            guard let codes = vectors.codes, recentVectors.count >= Self.leastChanges else {
                return true
            }
            let sample = CodeCheck.Sample(
                FloatMatrix(recentVectors, columns: vectors.matrix.columns),
                seed: UInt64(changesSinceBuilt))
            recentVectors = []
            return try fits(
                codes.quantizer, sample, vectors.preparation.metric, parameters)
        }
        let rows = shown()
        guard !rows.isEmpty else { return true }
        let present = RowSet(of: rows)
        let sample = CodeCheck.Sample(
            of: vectors.matrix, recent: recent.filter(present.contains), among: rows,
            seed: UInt64(changesSinceBuilt))
        recent = []
        let metric = vectors.preparation.metric
        if metric == .innerProduct, !vectors.preparation.lengthsDiffer {
            lengthsDiffer = VectorPreparation.lengthsDiffer(
                CodeCheck.Sample(
                    of: vectors.matrix, among: rows, seed: UInt64(changesSinceBuilt)
                ).vectors, clearly: true)
        }
        if let codes = vectors.codes {
            return try fits(codes.quantizer, sample, metric, parameters)
        }
        if parameters.codes == nil, changesSinceBuilt >= rows.count,
            vectors.matrix.columns >= CodeChoice.leastDimension
        {
            betterCodesFit = try refitted(CodeChoice.usual(metric), sample, metric, parameters)
        }
        return true
    }

    private mutating func remember(_ added: FloatMatrix, _ preparation: VectorPreparation) {
        for row in max(0, added.rows - Self.mostRecentVectors)..<added.rows {
            let vector = unsafe [Float](unsafeUninitializedCapacity: added.columns) {
                target, count in
                guard let start = target.baseAddress else { return }
                _ = unsafe preparation.write(added.pointer(row: row), to: start)
                count = added.columns
            }
            recentVectors.append(vector)
        }
        recentVectors.removeFirst(max(0, recentVectors.count - Self.mostRecentVectors))
    }

    private func fits(
        _ quantizer: any VectorQuantizer, _ sample: CodeCheck.Sample, _ metric: DistanceMetric,
        _ parameters: HNSWParameters
    ) throws(IndexError) -> Bool {
        if try CodeCheck.keepsOrder(sample, quantizer, metric: metric) { return true }
        guard parameters.codes != nil else { return false }
        // What was asked for may not do at all; then building anew would not help.
        return try !refitted(quantizer.kind, sample, metric, parameters)
    }

    private func refitted(
        _ kind: VectorCodes, _ sample: CodeCheck.Sample, _ metric: DistanceMetric,
        _ parameters: HNSWParameters
    ) throws(IndexError) -> Bool {
        guard
            let quantizer = kind.quantizer(
                fitting: sample.vectors, metric: metric, seed: parameters.seed)
        else { return false }
        return try CodeCheck.keepsOrder(sample, quantizer, metric: metric)
    }
}
