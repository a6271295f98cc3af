public import VectorCore

/// An index whose searches may miss neighbours, and may be told how hard to look: so their recall can be measured.
///
/// An exact one has no setting, and nothing is measured.
public protocol TunableIndex: VectorIndex {
    /// Its kind, as messages name it.
    var kind: IndexKind { get }
    /// What a search may be told; nil where every answer is exact.
    var setting: SearchSetting? { get }
    /// What is known of how well searches find; nothing where they are exact.
    var recall: MeasuredRecall { get }
    /// The smallest setting with which a search looks at everything, at least 1.
    var exhaustiveSetting: Int { get }
    /// How many of the vectors a search may miss; others are scanned.
    var missableCount: Int { get }
    /// How to build one that finds more, in words that follow “or”; nil where there is no such way.
    var remedy: String? { get }

    /// This index with something else known of how well searches find.
    func with(_ recall: MeasuredRecall) -> Self

    /// What is known once it has been measured with queries of the user's how well searches find.
    ///
    /// - Parameter queries: shape (queries, dimension), not among the vectors.
    /// - Throws: ``IndexError`` as a search does; with `invalidParameter` where there are no queries, or searches are
    ///   exact.
    /// - Complexity: O(queries · count · dimension / threads)
    func measuringRecall(
        _ queries: FloatMatrix, threads: Int
    ) throws(IndexError) -> MeasuredRecall

    /// What asks queries with one setting after another.
    func sampleSearch(
        _ sample: SampleQueries, threads: Int
    ) throws(IndexError) -> any SampleSearch

    /// How many of some queries are vectors of the index, which are easier to find than new ones.
    ///
    /// - Parameter queries: rows of the index's dimension, finite.
    /// - Throws: ``IndexError`` where the vectors are kept elsewhere and cannot be read.
    /// - Complexity: O((queries + rows) · dimension)
    func seenCount(among queries: FloatMatrix) throws(IndexError) -> Int
}

extension TunableIndex {
    /// Nothing: searches are exact.
    public var recall: MeasuredRecall { MeasuredRecall() }
    /// How large a share of the true neighbours searches find, by setting; nil where it has not been measured.
    public var recallTable: RecallTable? { recall.table }

    /// All vectors where candidates are counted, else the largest that is measured.
    public var exhaustiveSetting: Int {
        guard let setting, !setting.countsCandidates else { return max(1, count) }
        return setting.range.upperBound
    }

    /// All.
    public var missableCount: Int { count }
    /// None.
    public var remedy: String? { nil }

    /// Itself: searches are exact, and there is nothing to know.
    ///
    /// - Precondition: there is no setting; a kind with one keeps what is known.
    public func with(_ recall: MeasuredRecall) -> Self {
        precondition(setting == nil, "\(kind) keeps nothing of its recall")
        return self
    }

    /// Measures all of the index.
    public func measuringRecall(
        _ queries: FloatMatrix, threads: Int
    ) throws(IndexError) -> MeasuredRecall {
        try MeasuredRecall(of: self, with: queries, threads: threads)
    }

    /// One search a number of neighbours.
    public func sampleSearch(
        _ sample: SampleQueries, threads: Int
    ) throws(IndexError) -> any SampleSearch {
        PlainSampleSearch(sample, in: self)
    }
}

extension IndexError {
    /// What is said where somebody wants to tune an exact index.
    package static func nothingToTune(_ kind: IndexKind) -> IndexError {
        IndexError(
            .invalidParameter, "An index of kind \(kind) is exact, so there is nothing to tune.")
    }
}
