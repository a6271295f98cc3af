public import VectorCore

/// What is known of how well searches of an index find.
public struct MeasuredRecall: Sendable {
    /// What was measured, by setting; nil where nothing was.
    public var table: RecallTable?
    /// How often the index had been changed by then.
    public var changeCount = 0
    /// How many seconds it took while the index was built.
    public var seconds = 0.0
    /// What the user gave to measure with, as it came; nil to measure with vectors of the index.
    public var queries: FloatMatrix?

    /// Makes what is known of an index that was not measured.
    public init() {}

    /// Makes what is known.
    public init(
        table: RecallTable?, changeCount: Int = 0, seconds: Double, queries: FloatMatrix? = nil
    ) {
        self.table = table
        self.changeCount = changeCount
        self.seconds = seconds
        self.queries = queries
    }

    /// The same for an index whose changes are counted anew.
    public func rebased(by changes: Int) -> MeasuredRecall {
        var recall = self
        recall.changeCount -= changes
        return recall
    }

    /// Whether so much has changed that it is measured again: a quarter of the vectors.
    ///
    /// - Parameters:
    ///   - changes: how often the index has been changed by now.
    ///   - count: how many vectors it has.
    ///   - settling: whether somebody waits for everything to be done, which a sixteenth is enough for.
    public func isDue(after changes: Int, count: Int, settling: Bool) -> Bool {
        table == nil || changes - changeCount > count / (settling ? 16 : 4)
    }
}
