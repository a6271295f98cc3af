public import VectorCore

/// Vectors to index, and queries to ask, that are hard or usual in one way.
public struct VectorSet: Sendable, CustomStringConvertible {
    /// What it is, with its seed, for messages.
    public let description: String
    /// The vectors to index.
    public let vectors: [[Float]]
    /// The queries; some are among the vectors.
    public let queries: [[Float]]
    /// How many numbers each has.
    public let dimension: Int
    /// Whether all are small whole numbers, whose sums and products are exact.
    public let isIntegral: Bool

    /// Names vectors and queries.
    public init(
        _ description: String, _ vectors: [[Float]], queries: [[Float]], dimension: Int,
        isIntegral: Bool = false
    ) {
        self.description = description
        self.vectors = vectors
        self.queries = queries
        self.dimension = dimension
        self.isIntegral = isIntegral
    }

    /// The vectors as indexes take them.
    public var matrix: FloatMatrix { FloatMatrix(vectors, columns: dimension) }
    /// The queries as batches take them.
    public var queryMatrix: FloatMatrix { FloatMatrix(queries, columns: dimension) }

    private static let queryCount = 16

    /// Roughly normal numbers; the first query is the first vector.
    public static func gaussian(_ count: Int, dimension: Int, seed: UInt64 = 1) -> VectorSet {
        var generator = SplitMix64(seed: seed)
        let drawn = randomVectors(count + queryCount, dimension: dimension, using: &generator)
        return VectorSet(
            "gaussian \(count) × \(dimension), seed \(seed)", Array(drawn.prefix(count)),
            queries: Array(drawn.prefix(1) + drawn.suffix(queryCount - 1)), dimension: dimension)
    }

    /// A twentieth as many centres as vectors, and vectors near them, a tenth as spread.
    public static func clustered(_ count: Int, dimension: Int, seed: UInt64 = 2) -> VectorSet {
        var generator = SplitMix64(seed: seed)
        let centres = randomVectors(
            max(1, count / 20), dimension: dimension, using: &generator)
        let drawn = randomVectors(
            count + queryCount, dimension: dimension, using: &generator
        ).map { vector in
            let centre = centres[Int.random(in: 0..<centres.count, using: &generator)]
            return zip(centre, vector).map { $0 + 0.1 * $1 }
        }
        return VectorSet(
            "clustered \(count) × \(dimension), seed \(seed)", Array(drawn.prefix(count)),
            queries: Array(drawn.prefix(1) + drawn.suffix(queryCount - 1)), dimension: dimension)
    }

    /// Whole numbers from -2 to 2, so that very many distances are equal.
    public static func grid(_ count: Int, dimension: Int, seed: UInt64 = 3) -> VectorSet {
        var generator = SplitMix64(seed: seed)
        let drawn = (0..<count + queryCount).map { _ in
            (0..<dimension).map { _ in Float(Int.random(in: -2...2, using: &generator)) }
        }
        return VectorSet(
            "grid \(count) × \(dimension), seed \(seed)", Array(drawn.prefix(count)),
            queries: Array(drawn.suffix(queryCount)), dimension: dimension, isIntegral: true)
    }

    /// One vector, again and again.
    public static func allEqual(_ count: Int, dimension: Int) -> VectorSet {
        let vector = (0..<dimension).map { Float($0 % 5) - 1 }
        return VectorSet(
            "\(count) × \(dimension), all equal", [[Float]](repeating: vector, count: count),
            queries: [vector, vector.map { $0 + 1 }, .init(repeating: 3, count: dimension)],
            dimension: dimension, isIntegral: true)
    }

    /// 500 copies of one vector and 40 of another among others, in any order.
    public static func copies(dimension: Int, seed: UInt64 = 4) -> VectorSet {
        let others = gaussian(600, dimension: dimension, seed: seed)
        var generator = SplitMix64(seed: seed + 1000)
        let first = others.vectors[0]
        let second = others.vectors[1]
        let vectors =
            others.vectors + [[Float]](repeating: first, count: 499)
            + [[Float]](repeating: second, count: 39)
        return VectorSet(
            "1138 × \(dimension) with copies, seed \(seed)",
            vectors.shuffled(using: &generator),
            queries: [first, second] + others.queries, dimension: dimension)
    }

    /// Zero vectors, `zeros` of them, among `count` in all; a query is zero too.
    public static func zeros(
        _ zeros: Int, of count: Int, dimension: Int, seed: UInt64 = 5
    ) -> VectorSet {
        var generator = SplitMix64(seed: seed)
        let others = gaussian(count - zeros, dimension: dimension, seed: seed)
        let zero = [Float](repeating: 0, count: dimension)
        let vectors = others.vectors + [[Float]](repeating: zero, count: zeros)
        return VectorSet(
            "\(count) × \(dimension), \(zeros) zero, seed \(seed)",
            vectors.shuffled(using: &generator),
            queries: [zero] + others.queries.suffix(8), dimension: dimension)
    }

    /// Each vector longer than the one before it, from 0.01 to 100.
    public static func growingNorms(
        _ count: Int, dimension: Int, seed: UInt64 = 6
    ) -> VectorSet {
        let plain = gaussian(count, dimension: dimension, seed: seed)
        let vectors = plain.vectors.enumerated().map { row, vector in
            let factor = 0.01 * Float(1 + 9999 * row / max(1, count - 1))
            return vector.map { $0 * factor }
        }
        return VectorSet(
            "\(count) × \(dimension) of growing norms, seed \(seed)", vectors,
            queries: plain.queries, dimension: dimension)
    }

    /// One vector in a hundred is a thousand times as far out as the others; queries near some.
    public static func outliers(_ count: Int, dimension: Int, seed: UInt64 = 7) -> VectorSet {
        let plain = gaussian(count, dimension: dimension, seed: seed)
        let vectors = plain.vectors.enumerated().map { row, vector in
            row % 100 == 50 ? vector.map { $0 * 1000 } : vector
        }
        let far = stride(from: 50, to: count, by: 300).map { row in vectors[row].map { $0 + 1 } }
        return VectorSet(
            "\(count) × \(dimension) with outliers, seed \(seed)", vectors,
            queries: far + plain.queries.suffix(8), dimension: dimension)
    }

    /// The set with every number changed, given its row; queries change as rows from 0 do.
    public func mapped(
        _ name: String, _ change: (_ row: Int, _ number: Float) -> Float
    ) -> VectorSet {
        func changed(_ vectors: [[Float]]) -> [[Float]] {
            vectors.enumerated().map { row, vector in vector.map { change(row, $0) } }
        }
        return VectorSet(
            "\(description), \(name)", changed(vectors), queries: changed(queries),
            dimension: dimension)
    }
}
