import Evaluation
public import IndexDefinitions
public import LinearAlgebra
public import MappedStorage
public import VectorCore

/// All vectors as they came, scanned for every query: the exact answer.
///
/// Answers are in the order of distances in double precision, ties by row. All metrics are
/// supported; no effort changes anything.
///
/// The sections of its file:
///
/// | section | content |
/// |---|---|
/// | `vectors` | rows of `f32`, padded to a multiple of 16 numbers; as they came |
///
/// Norms are computed again when the file is read, which costs less than reading it.
public final class FlatIndex: ScannableIndex {
    let scanned: ScannedVectors

    /// What its kind is.
    public var definition: any IndexDefinition { FlatDefinition() }
    /// None.
    public var builtWith: IndexParameters { IndexParameters() }
    /// What scans the vectors.
    public var exact: ExactSearch { scanned.exact }
    /// Bytes of memory that the index occupies.
    public var memoryBytes: Int { scanned.memoryBytes }

    private init(_ scanned: ScannedVectors) {
        self.scanned = scanned
    }

    /// Makes an index of the rows of `vectors`, which it shares.
    ///
    /// - Parameters:
    ///   - vectors: shape (count, dimension), finite.
    ///   - metric: what distances mean.
    /// - Throws: ``IndexError`` with `notFinite`, `invalidParameter` or `unsupportedMetric`.
    /// - Complexity: O(count · dimension)
    public static func build(
        _ vectors: FloatMatrix, metric: DistanceMetric
    ) throws(IndexError) -> FlatIndex {
        FlatIndex(try ScannedVectors(checking: vectors, metric: metric))
    }

    /// Loads the vectors, checking that they are finite.
    ///
    /// - Throws: ``IndexError`` with `damagedFile` or `system`.
    /// - Complexity: O(bytes)
    public convenience init(reading file: IndexFileReader) throws(IndexError) {
        let header = file.header
        let vectors = try file.vectors("vectors", columns: header.dimension)
        self.init(ScannedVectors(ExactSearch(vectors, metric: header.metric)))
    }

    /// Adds the vectors to a file.
    ///
    /// - Throws: ``IndexError`` with `system` where the disk refuses.
    public func writeSections(to writer: inout IndexFileWriter) throws(IndexError) {
        try writer.section("vectors") { sink throws(IndexError) in try sink.write(vectors) }
    }

    /// Answers queries exactly, by matrix products where there are many and the metric allows.
    ///
    /// - Complexity: O(queries · allowed rows · dimension / threads)
    public func search(
        _ queries: borrowing Queries, _ limits: SearchLimits, into answers: inout Answers
    ) throws(IndexError) {
        try scanned.search(queries, limits, into: &answers)
    }

    /// What takes in changes: all vectors are scanned anyway.
    ///
    /// Where nobody is to wait, as in the view of a store, they are not copied to make room for others.
    public func living(ids: RowIDs, waits: Bool) -> any LivingIndex {
        Overlay(self, ids: ids, scanned: waits ? scanned : nil)
    }
}
