import LinearAlgebra
import TestSupport
import Testing
import VectorCore
import VectorKernels

@Suite struct ExactSearchTests {
    static let metrics: [DistanceMetric] = [
        .l2, .l2Squared, .cosine, .innerProduct, .l1, .minkowski(p: 3), .minkowski(p: 2.5),
    ]

    /// What makes exactness hard.
    enum Kind: CaseIterable {
        /// Nothing special.
        case normal
        /// Whole numbers from -1 to 1: nearly all distances are ties.
        case ties
        /// All vectors close together and far from the origin: products cancel.
        case farAway
        /// Products overflow single precision.
        case huge
        /// Squares underflow single precision.
        case tiny
        /// Norms from 1e-30 to 1e30.
        case mixed
        /// Zero vectors and duplicates among the others.
        case zerosAndTwins
        /// Around one direction, in which single precision sees no difference.
        case nearlyParallel

        func vectors(
            _ count: Int, dimension: Int, using generator: inout SplitMix64
        ) -> FloatMatrix {
            var vectors = randomVectors(count, dimension: dimension, using: &generator)
            for row in vectors.indices {
                switch self {
                case .normal: break
                case .ties: vectors[row] = vectors[row].map { max(-1, min(1, $0.rounded())) }
                case .farAway: vectors[row] = vectors[row].map { 3000 + $0 / 16 }
                case .huge: vectors[row] = vectors[row].map { $0 * 1e30 }
                case .tiny: vectors[row] = vectors[row].map { $0 * 1e-30 }
                case .mixed:
                    let scale = Float([1e-30, 1e-10, 1, 1e10, 1e30][row % 5])
                    vectors[row] = vectors[row].map { $0 * scale }
                case .nearlyParallel:
                    let length = Float(1 + row % 3)
                    vectors[row] = vectors[row].enumerated().map {
                        length * (Float(1 + $0 % 7) + $1 * 0x1p-14)
                    }
                case .zerosAndTwins:
                    if row % 3 == 0 { vectors[row] = vectors[row].map { _ in 0 } }
                    if row % 3 == 1 { vectors[row] = vectors[(row * 7) % count] }
                }
            }
            return FloatMatrix(vectors, columns: dimension)
        }
    }

    @Test(arguments: metrics, Kind.allCases)
    func equalsAScanInDoublePrecision(metric: DistanceMetric, kind: Kind) {
        withEverySeed(0..<2) { generator, seed in
            for (count, dimension) in [(1, 3), (40, 1), (700, 17), (2500, 40)] {
                let vectors = kind.vectors(count, dimension: dimension, using: &generator)
                let queries = kind.vectors(50, dimension: dimension, using: &generator)
                let search = ExactSearch(vectors, metric: metric)
                for k in [1, 10, 60] {
                    let expected = (0..<queries.rows).map {
                        scan(vectors, queries, query: $0, k: k, search.kernel)
                    }
                    let found = search.searchBatch(queries, k: k, threads: 2)
                    #expect(found == expected, "seed \(seed), \(count) × \(dimension), k \(k)")
                    for query in 0..<3 {
                        #expect(
                            search.search(queries[query], k: k) == expected[query],
                            "seed \(seed), \(count) × \(dimension), k \(k), query \(query)")
                    }
                }
            }
        }
    }

    @Test(arguments: InstructionSet.available, metrics)
    func everyInstructionSetAnswersAlike(set: InstructionSet, metric: DistanceMetric) {
        withEverySeed(0..<2) { generator, seed in
            let vectors = Kind.normal.vectors(900, dimension: 33, using: &generator)
            let queries = Kind.normal.vectors(30, dimension: 33, using: &generator)
            let search = ExactSearch(
                vectors, kernel: DistanceKernel(metric, instructionSet: set),
                norms: RowNorms(of: vectors, metric: metric))
            let reference = ExactSearch(vectors, metric: metric)
            #expect(
                search.searchBatch(queries, k: 7, threads: 1)
                    == reference.searchBatch(queries, k: 7, threads: 3), "seed \(seed)")
        }
    }

    @Test(arguments: metrics)
    func manyBlocksAndPiecesAreOneAnswer(metric: DistanceMetric) {
        var generator = SplitMix64(seed: 4)
        let vectors = Kind.normal.vectors(5000, dimension: 8, using: &generator)
        let queries = Kind.normal.vectors(700, dimension: 8, using: &generator)
        let search = ExactSearch(vectors, metric: metric)
        let found = search.searchBatch(queries, k: 5, threads: 3)
        for query in stride(from: 0, to: 700, by: 37) {
            #expect(found[query] == scan(vectors, queries, query: query, k: 5, search.kernel))
        }
    }

    @Test(arguments: metrics)
    func thousandsOfEqualRowsGoByNumber(metric: DistanceMetric) {
        // One row in a thousand is nearer than all the others, which are the same.
        var vectors = [[Float]](repeating: [3, 1, 2], count: 9000)
        for row in stride(from: 500, to: 9000, by: 1000) { vectors[row] = [3, 3, 3] }
        let search = ExactSearch(FloatMatrix(vectors, columns: 3), metric: metric)
        let queries = FloatMatrix([[Float]](repeating: [4, 4, 4], count: 30), columns: 3)
        let expected = Array(stride(from: 500, to: 9000, by: 1000)) + Array(0..<11)
        for neighbors in search.searchBatch(queries, k: 20, threads: 1)
            + search.searchBatch(FloatMatrix([[4, 4, 4]], columns: 3), k: 20, threads: 1)
        {
            #expect(neighbors.map(\.row.position) == expected)
        }
    }

    @Test(arguments: metrics)
    func anyKAndAnyThreadsAreTaken(metric: DistanceMetric) {
        var generator = SplitMix64(seed: 5)
        let vectors = Kind.normal.vectors(300, dimension: 5, using: &generator)
        let search = ExactSearch(vectors, metric: metric)
        for count in [1, 40] {
            let queries = Kind.normal.vectors(count, dimension: 5, using: &generator)
            let expected = (0..<count).map {
                scan(vectors, queries, query: $0, k: 300, search.kernel)
            }
            for k in [300, 1 << 40, .max] {
                #expect(search.search(queries[0], k: k) == expected[0])
                for threads in [.min, 0, 1, .max] {
                    #expect(search.searchBatch(queries, k: k, threads: threads) == expected)
                }
            }
        }
    }

    @Test func piecesOfQueriesFitIntoMemory() {
        for dimension in [1, 17, 2048, 100_000, 1_600_000, 400_000_000] {
            let stride = FloatMatrix.stride(columns: dimension)
            for queries in [1, 12, 1000, 1_000_000] {
                for threads in [1, 2, 1024] {
                    let piece = ExactSearch.productPiece(
                        queries: queries, stride: stride, threads: threads)
                    #expect((1...1280).contains(piece))
                    #expect(
                        piece == 1 || piece * stride * 4 <= 64 << 20,
                        "\(piece) of \(queries) queries of \(dimension) numbers")
                }
            }
        }
        // Short queries are shared out among the threads in one round.
        #expect(ExactSearch.productPiece(queries: 2000, stride: 512, threads: 2) == 1000)
    }

    @Test(arguments: metrics)
    func noRowsGiveNoNeighbours(metric: DistanceMetric) {
        let search = ExactSearch(FloatMatrix([], columns: 4), metric: metric)
        let queries = FloatMatrix([[Float]](repeating: [1, 2, 3, 4], count: 40), columns: 4)
        #expect(search.searchBatch(queries, k: 3, threads: 2) == .init(repeating: [], count: 40))
        #expect(search.search(queries[0], k: 3).isEmpty)
    }
}

/// The exact answer, by a plain scan in double precision.
func scan(
    _ vectors: FloatMatrix, _ queries: FloatMatrix, query: Int, k: Int, _ kernel: DistanceKernel
) -> [Neighbor] {
    let all = (0..<vectors.rows).map { row in
        (
            unsafe kernel.precise(
                queries.pointer(row: query), vectors.pointer(row: row), dimension: vectors.columns),
            row
        )
    }
    return all.sorted { $0 < $1 }.prefix(k).map {
        Neighbor(row: RowID($0.1), distance: Float($0.0))
    }
}
