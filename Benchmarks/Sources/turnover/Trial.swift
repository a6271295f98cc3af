import Likeness
import VectorCore

/// A graph over half of some vectors, and queries.
struct Trial {
    let name: String
    private let metric: DistanceMetric
    private let vectors: FloatMatrix
    private let queries: FloatMatrix
    private let index: StandaloneIndex
    private var generator: SplitMix64
    private var present: [Int]
    private var absent: [Int]

    /// The last is what a search keeps where it does not say otherwise.
    static let efSearches = [16, 64]
    /// In so many steps all are replaced.
    static let steps = 100
    private static let groups = 200

    /// What a graph finds of the ten nearest, as a share.
    struct Point {
        let efSearch: Int
        let now: Double
        /// Where the same vectors are built anew.
        let anew: Double
    }

    /// Begins with half of the vectors.
    init(
        _ name: String, _ vectors: FloatMatrix, _ queries: FloatMatrix, _ metric: DistanceMetric,
        seed: UInt64
    ) throws {
        self.name = name
        self.vectors = vectors
        self.queries = queries
        self.metric = metric
        generator = SplitMix64(seed: seed)
        let all = (0..<vectors.rows).shuffled(using: &generator)
        present = Array(all.prefix(vectors.rows / 2))
        absent = Array(all.dropFirst(vectors.rows / 2))
        index = try Self.build(present, of: vectors, metric)
    }

    /// Makes vectors in groups that lie far apart.
    init(grouped count: Int, dimension: Int, queries: Int, seed: UInt64) throws {
        var generator = SplitMix64(seed: ~seed)
        let centers = (0..<Self.groups).map { _ in
            (0..<dimension).map { _ in Float.random(in: -1...1, using: &generator) }
        }
        func made(_ count: Int) -> FloatMatrix {
            FloatMatrix(
                (0..<count).map { row in
                    centers[row % Self.groups].map {
                        $0 + Float.random(in: -0.4...0.4, using: &generator)
                    }
                }, columns: dimension)
        }
        let vectors = made(count)
        try self.init("\(Self.groups) groups", vectors, made(queries), .l2, seed: seed)
    }

    var description: String {
        "\(present.count) of \(vectors.rows) × \(vectors.columns), \(metric), "
            + "\(queries.rows) queries"
    }

    /// Replaces all vectors.
    ///
    /// - Returns: the seconds that took.
    mutating func replaceAll() throws -> Double {
        present.shuffle(using: &generator)
        absent.shuffle(using: &generator)
        var seconds = 0.0
        for step in 0..<Self.steps {
            let part = step * present.count / Self.steps..<(step + 1) * present.count / Self.steps
            let coming = Self.matrix(Array(absent[part]), of: vectors)
            let start = ContinuousClock.now
            try index.remove(present[part].map { UInt64($0) })
            try index.add(coming, ids: absent[part].map { UInt64($0) })
            try index.settle()
            seconds += (ContinuousClock.now - start) / .seconds(1)
        }
        let gone = present
        present = Array(absent.prefix(gone.count))
        absent = absent.dropFirst(gone.count) + gone
        return seconds
    }

    /// The recall of the graph as it is now, beside that of one that is built anew.
    func measure() throws -> [Point] {
        let fresh = try Self.build(present, of: vectors, metric)
        let truth = try fresh.searchBatch(queries, k: 10, effort: .exact)
        return try Self.efSearches.map { efSearch in
            Point(
                efSearch: efSearch, now: try recall(of: index, truth, efSearch),
                anew: try recall(of: fresh, truth, efSearch))
        }
    }

    private func recall(
        of index: StandaloneIndex, _ truth: [[IndexMatch]], _ efSearch: Int
    ) throws -> Double {
        let found = try index.searchBatch(queries, k: 10, effort: .setting(efSearch))
        let hits = zip(truth, found).map { Set($0.map(\.id)).intersection($1.map(\.id)).count }
        return Double(hits.reduce(0, +)) / Double(truth.map(\.count).reduce(0, +))
    }

    private static func matrix(_ rows: [Int], of vectors: FloatMatrix) -> FloatMatrix {
        FloatMatrix(rows.map { vectors.vector($0) }, columns: vectors.columns)
    }

    private static func build(
        _ rows: [Int], of vectors: FloatMatrix, _ metric: DistanceMetric
    ) throws -> StandaloneIndex {
        try StandaloneIndex.build(
            matrix(rows, of: vectors), ids: rows.map { UInt64($0) }, kind: .hnsw, metric: metric)
    }
}
