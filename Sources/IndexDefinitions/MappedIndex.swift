public import Evaluation
public import MappedStorage
public import VectorCore

/// An index that answers from the pages of its file, while what they hold may still be being checked.
///
/// Once something is known to be wrong, all that is asked throws. What is written or changed is checked before; an index that
/// changes is loaded into memory of its own.
public final class MappedIndex: FileBackedIndex {
    /// The index as its kind reads it.
    public let base: any FileBackedIndex
    let file: IndexFileReader

    /// Wraps what a definition has read of a mapped file.
    public init(_ base: any FileBackedIndex, of file: IndexFileReader) {
        self.base = base
        self.file = file
    }

    /// What is wrong with the file as far as that is known, or nil.
    var fault: IndexError? { file.fault }

    /// What its kind is.
    public var definition: any IndexDefinition { base.definition }
    /// What it was built with.
    public var builtWith: IndexParameters { base.builtWith }
    /// What another one like it is built with.
    public var rebuiltWith: IndexParameters { base.rebuiltWith }
    /// What is known of how well searches find.
    public var recall: MeasuredRecall { base.recall }
    /// The metric that distances are in.
    public var metric: DistanceMetric { base.metric }
    /// How many numbers a vector has.
    public var dimension: Int { base.dimension }
    /// How many rows there are.
    public var rowCount: Int { base.rowCount }
    /// Rows that no answer has.
    public var hidden: RowSet { base.hidden }
    /// Bytes of memory, most of them the file's own pages.
    public var memoryBytes: Int { base.memoryBytes }
    /// The smallest setting with which a search looks at everything.
    public var exhaustiveSetting: Int { base.exhaustiveSetting }
    /// How many of the vectors a search may miss.
    public var missableCount: Int { base.missableCount }
    /// How to build one that finds more.
    public var remedy: String? { base.remedy }
    /// What whoever searches should know.
    public var warning: String? { base.warning }
    /// Whether the vectors are in the index.
    public var keepsVectors: Bool { base.keepsVectors }

    /// This index with its vectors read from where they are kept.
    public func reading(_ source: any RowVectors) -> MappedIndex {
        MappedIndex(base.reading(source), of: file)
    }

    /// This index with something else known of how well searches find.
    public func with(_ recall: MeasuredRecall) -> MappedIndex {
        MappedIndex(base.with(recall), of: file)
    }

    /// The least effort with which a recall is to be expected.
    public func effort(
        reaching recall: Double, k: Int
    ) throws(IndexError) -> SearchLimits.Effort {
        try base.effort(reaching: recall, k: k)
    }

    /// Answers as the index does, or throws where the file is known to be damaged.
    public func search(
        _ queries: borrowing Queries, _ limits: SearchLimits, into answers: inout Answers
    ) throws(IndexError) {
        if let fault { throw fault }
        let before = answers.count
        do throws(IndexError) {
            try base.search(queries, limits, into: &answers)
        } catch {
            throw fault ?? error
        }
        guard let fault else { return }
        answers.removeAll(from: before)
        throw fault
    }

    /// Some of the vectors, or an error where the file is known to be damaged.
    public func vectors(of rows: [UInt32]) throws(IndexError) -> FloatMatrix {
        try trusting { () throws(IndexError) in try base.vectors(of: rows) }
    }

    /// Adds the index's sections to a file, once all of its own are known to be as they were written.
    public func writeSections(to writer: inout IndexFileWriter) throws(IndexError) {
        try file.checks.finish()
        try base.writeSections(to: &writer)
        if let fault { throw fault }
    }

    /// Measures how well searches find, once the whole file is known to be as it was written.
    public func measuringRecall(
        _ queries: FloatMatrix, threads: Int
    ) throws(IndexError) -> MeasuredRecall {
        try file.checks.finish()
        return try trusting { () throws(IndexError) in
            try base.measuringRecall(queries, threads: threads)
        }
    }

    /// What asks queries with one setting after another, as the index does.
    public func sampleSearch(
        _ sample: SampleQueries, threads: Int
    ) throws(IndexError) -> any SampleSearch {
        try base.sampleSearch(sample, threads: threads)
    }

    /// How many of some queries are vectors of the index.
    public func seenCount(among queries: FloatMatrix) throws(IndexError) -> Int {
        try trusting { () throws(IndexError) in try base.seenCount(among: queries) }
    }

    /// What takes in changes of this index, which is loaded for it.
    ///
    /// - Complexity: O(bytes)
    public func living(ids: RowIDs, waits: Bool) throws(IndexError) -> any LivingIndex {
        try definition.read(file.loaded).with(recall).living(ids: ids, waits: waits)
    }

    private func trusting<R>(_ body: () throws(IndexError) -> R) throws(IndexError) -> R {
        do throws(IndexError) {
            let result = try body()
            if let fault { throw fault }
            return result
        } catch {
            throw fault ?? error
        }
    }
}
