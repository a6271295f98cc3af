import Evaluation
import IndexDefinitions
import LinearAlgebra
import MappedStorage
import TestSupport
import VectorCore

/// A kind of the tests: its searches look at some of the vectors only.
struct RoughDefinition: IndexDefinition {
    /// What the setting counts.
    enum Form: UInt32 {
        /// Lists of the vectors that are nearest to one of the first 32.
        case lists
        /// Vectors whose first two numbers are nearest.
        case candidates
    }

    let form: Form
    var most = 32
    static let all = [
        RoughDefinition(form: .lists), RoughDefinition(form: .candidates, most: 4096),
    ]

    var setting: SearchSetting? {
        SearchSetting(
            name: "\(form)", help: "", range: 1...most, countsCandidates: form == .candidates)
    }
    let kind = IndexKind("rough")
    let summary = "of the tests"
    let parameters = [IndexParameter.measureRecall]

    func built(
        _ vectors: some Collection<[Float]>, _ metric: DistanceMetric = .l2, measures: Bool = true
    ) throws -> any FileBackedIndex {
        try build(
            Self.matrix(vectors), metric: metric,
            options: BuildOptions(
                parameters: IndexParameters([IndexParameter.measuringRecall: .flag(measures)]),
                threads: 2))
    }

    static let dimension = 6

    static func drawn(_ count: Int, using generator: inout SplitMix64) -> [[Float]] {
        groupedVectors(count, dimension: dimension, groups: 40, noise: 0.8, using: &generator)
    }

    static func matrix(_ vectors: some Collection<[Float]>) -> FloatMatrix {
        FloatMatrix(Array(vectors), columns: dimension)
    }

    func memory(
        count: Int, dimension: Int, metric: DistanceMetric, options: BuildOptions
    ) -> IndexMemory {
        IndexMemory(vectors: 0, codes: 0, links: 0, working: 0, sharesVectors: true)
    }

    func build(
        _ vectors: FloatMatrix, metric: DistanceMetric, options: BuildOptions
    ) throws(IndexError) -> any FileBackedIndex {
        try measured(vectors, options) { RoughIndex($0, metric, self) }
    }

    func read(_ file: IndexFileReader) throws(IndexError) -> any FileBackedIndex {
        RoughIndex(
            try file.vectors("vectors", columns: file.header.dimension), file.header.metric,
            self, try MeasuredRecall(reading: file))
    }
}

final class RoughIndex: FileBackedIndex {
    static let listCount = 32

    let definition: any IndexDefinition
    let builtWith = IndexParameters()
    let recall: MeasuredRecall
    private let rough: RoughDefinition
    private let exact: ExactSearch
    /// What decides what is looked at: the first vectors, or the first two numbers of all.
    private let near: ExactSearch
    private let lists: [RowSet]

    init(
        _ vectors: FloatMatrix, _ metric: DistanceMetric, _ definition: RoughDefinition,
        _ recall: MeasuredRecall = MeasuredRecall()
    ) {
        self.definition = definition
        self.recall = recall
        rough = definition
        exact = ExactSearch(vectors, metric: metric)
        let leaders = vectors.selecting(rows: 0..<min(vectors.rows, Self.listCount))
        let isLists = definition.form == .lists
        near = ExactSearch(isLists ? leaders : Self.start(of: vectors), metric: metric)
        var rows = [[UInt32]](repeating: [], count: isLists ? leaders.rows : 0)
        for row in 0..<(isLists ? vectors.rows : 0) {
            rows[near.search(vectors[row], k: 1)[0].row.position].append(UInt32(row))
        }
        lists = rows.map { RowSet(of: $0) }
    }

    private static func start(of vectors: FloatMatrix) -> FloatMatrix {
        FloatMatrix((0..<vectors.rows).map { Array(vectors.vector($0).prefix(2)) }, columns: 2)
    }

    var metric: DistanceMetric { exact.metric }
    var dimension: Int { exact.vectors.columns }
    var rowCount: Int { exact.vectors.rows }
    var memoryBytes: Int { 0 }
    var exhaustiveSetting: Int { rough.form == .lists ? max(1, lists.count) : max(1, rowCount) }

    func with(_ recall: MeasuredRecall) -> RoughIndex {
        RoughIndex(exact.vectors, metric, rough, recall)
    }

    func sampleSearch(
        _ sample: SampleQueries, threads: Int
    ) throws(IndexError) -> any SampleSearch {
        PlainSampleSearch(sample, in: self, isNested: rough.form == .lists)
    }

    func vectors(of rows: [UInt32]) -> FloatMatrix {
        exact.vectors.selecting(rows: rows.map { Int($0) })
    }

    func writeSections(to writer: inout IndexFileWriter) throws(IndexError) {
        try writer.section("vectors") { sink throws(IndexError) in try sink.write(exact.vectors) }
        try recall.write(to: &writer, changeCount: 0)
    }

    func search(
        _ queries: borrowing Queries, _ limits: SearchLimits, into answers: inout Answers
    ) throws(IndexError) {
        try validate(queries, k: limits.k)
        guard limits.effort != .exact, limits.within == nil else {
            return try exact.search(queries, limits, into: &answers)
        }
        var setting = 2
        if case .setting(let number) = limits.effort { setting = number }
        guard setting <= exhaustiveSetting else {
            throw IndexError(.invalidParameter, "There are \(exhaustiveSetting), not \(setting).")
        }
        let matrix = queries.matrix
        for query in 0..<queries.count {
            var allowed = RowSet()
            switch rough.form {
            case .lists:
                for list in near.search(matrix[query], k: setting) {
                    for row in lists[list.row.position].rows { allowed.insert(row) }
                }
            case .candidates:
                let start = Self.start(of: matrix.selecting(rows: [query]))
                let found = near.search(start[0], k: min(rowCount, max(setting, limits.k)))
                allowed = RowSet(of: found.map(\.row.rawValue))
            }
            var some = limits
            if let rows = limits.rows(of: rowCount) { allowed.formIntersection(rows) }
            some.allowed = allowed
            try exact.search(Queries(matrix[query]), some, into: &answers)
        }
    }
}
