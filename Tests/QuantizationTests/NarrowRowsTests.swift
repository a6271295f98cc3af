import Glibc
import Quantization
import TestSupport
import Testing
import VectorCore
import VectorKernels

/// Rows of halves and bytes against what their rounding allows.
@Suite struct NarrowRowsTests {
    static let sets = InstructionSet.available
    static let metrics: [DistanceMetric] = [
        .l2, .cosine, .innerProduct, .l1, .minkowski(p: 1.5), .minkowski(p: 3),
    ]
    static let dimensions = [1, 31, 32, 63, 65, 100, 384, 784]

    /// The raw distances of a query to all rows, by number and in order, which must be the same.
    private func scores(_ rows: CodeRows, _ query: [Float]) -> [Float] {
        let scratch = CodeScratch(width: rows.quantizer.width)
        let (scorer, rest) = unsafe query.withUnsafeBufferPointer { numbers in
            guard let start = numbers.baseAddress else { preconditionFailure() }
            return unsafe rows.scorer(start, scratch)
        }
        let numbers = (0..<UInt32(rows.count)).reversed() as [UInt32]
        var scattered = [Float](repeating: 0, count: rows.count)
        var consecutive = scattered
        unsafe scorer.score(rows: numbers, count: rows.count, into: &scattered)
        unsafe scorer.score(consecutive: 0, count: rows.count, into: &consecutive)
        #expect(scattered.reversed() == consecutive)
        return consecutive.map { $0 + rest }
    }

    /// Rows that ask score as pairs do.
    private func checkAskers(_ rows: CodeRows, _ comment: Comment) {
        let scratch = CodeScratch(width: rows.quantizer.width)
        for asker in 0..<UInt32(rows.count) {
            let (scorer, rest) = unsafe rows.scorer(row: asker, scratch)
            for row in 0..<UInt32(rows.count) {
                #expect(
                    unsafe scorer.score(row: row) + rest == rows.distance(asker, row), comment)
            }
        }
    }

    /// The sum of |x − q|^p.
    private func sum(_ x: [Float], _ q: [Float], _ p: Double) -> Double {
        zip(x, q).reduce(0) { $0 + pow(abs(Double($1.0) - Double($1.1)), p) }
    }

    @Test(arguments: sets, metrics)
    func halvesScoreAsRoundedVectors(set: InstructionSet, metric: DistanceMetric) throws {
        try withEverySeed(0..<2) { generator, seed in
            for dimension in Self.dimensions {
                let vectors = randomVectors(9, dimension: dimension, using: &generator)
                let query = randomVectors(1, dimension: dimension, using: &generator)[0]
                let rows = try CodeRows(
                    FloatMatrix(vectors, columns: dimension),
                    HalfQuantizer(dimension: dimension, metric: metric, instructionSet: set),
                    threads: 2)
                #expect(rows.firstNonFinite() == nil)
                let rounded = vectors.map { $0.map { Float(Float16($0)) } }
                let kernel = DistanceKernel(metric, instructionSet: set)
                for (vector, score) in zip(rounded, scores(rows, query)) {
                    let expected = kernel.raw(vector.span, query.span)
                    let bound = 1e-5 * max(Float(dimension), abs(expected))
                    #expect(abs(score - expected) <= bound, "seed \(seed), \(dimension)")
                }
                checkAskers(rows, "seed \(seed), dimension \(dimension)")
            }
        }
    }

    @Test func numbersTooLargeForHalvesAreFound() throws {
        for (number, expected) in [(65_504, nil), (65_520, 1), (-1e9, 1), (Float.nan, 1)] {
            let matrix = FloatMatrix([[1, 2, 3], [1, number, 3], [1, 2, 3]], columns: 3)
            let quantizer = HalfQuantizer(dimension: 3, metric: .l2)
            let rows = try CodeRows(matrix, quantizer, threads: 1)
            #expect(rows.firstNonFinite() == expected)
        }
    }

    /// By the triangle inequality, the distance to a rounded row is off by no more than the row is.
    @Test(arguments: sets, [1, 1.5, 2, 3, 4, 6.5] as [Float])
    func bytesAreAsNearAsTheirStep(set: InstructionSet, p: Float) throws {
        let metric: DistanceMetric = p == 1 ? .l1 : .minkowski(p: p)
        let power = Double(p)
        try withEverySeed(0..<2) { generator, seed in
            for dimension in Self.dimensions {
                let vectors = randomVectors(9, dimension: dimension, using: &generator)
                let matrix = FloatMatrix(vectors, columns: dimension)
                let quantizer = try #require(
                    ByteQuantizer(fitting: matrix, metric: metric, instructionSet: set))
                let rows = try CodeRows(matrix, quantizer, threads: 2)
                // Far outside of what the levels reach, too.
                for spread: Float in [1, 20] {
                    let query = randomVectors(1, dimension: dimension, using: &generator)[0]
                        .map { $0 * spread }
                    let step = Double(quantizer.step)
                    let bound =
                        (p == 1 ? 1.001 : 0.501) * step * pow(Double(dimension), 1 / power)
                    for (vector, score) in zip(vectors, scores(rows, query)) {
                        let found = pow(max(0, Double(score)), 1 / power)
                        let expected = pow(sum(vector, query, power), 1 / power)
                        #expect(
                            abs(found - expected) <= bound + 1e-5 * expected,
                            "seed \(seed), dimension \(dimension), spread \(spread)")
                    }
                }
                checkAskers(rows, "seed \(seed), dimension \(dimension)")
            }
        }
    }

    @Test(arguments: sets)
    func wholeNumbersUpTo255AreExact(set: InstructionSet) throws {
        try withEverySeed(0..<3) { generator, seed in
            let vectors = (0..<30).map { row in
                (0..<100).map { _ in
                    row == 0
                        ? 0 : row == 1 ? 255 : Float(Int.random(in: 0...255, using: &generator))
                }
            }
            let matrix = FloatMatrix(vectors, columns: 100)
            let query = (0..<100).map { _ in Float(Int.random(in: -90...400, using: &generator)) }
            for metric in [.l1, .minkowski(p: 1), .minkowski(p: 2)] as [DistanceMetric] {
                let quantizer = try #require(
                    ByteQuantizer(fitting: matrix, metric: metric, instructionSet: set))
                #expect(quantizer.step == 1)
                let rows = try CodeRows(matrix, quantizer, threads: 1)
                let p = metric == .minkowski(p: 2) ? 2.0 : 1
                let expected = vectors.map { Float(sum($0, query, p)) }
                #expect(scores(rows, query) == expected, "seed \(seed), \(metric)")
            }
        }
    }

    @Test func descriptionsMakeTheSameQuantizer() throws {
        var generator = SplitMix64(seed: 3)
        let matrix = FloatMatrix(randomVectors(40, dimension: 70, using: &generator), columns: 70)
        let fitted = try #require(ByteQuantizer(fitting: matrix, metric: .l1))
        let again = try #require(
            ByteQuantizer(least: fitted.least, step: fitted.step, metric: .l1))
        let one = try CodeRows(matrix, fitted, threads: 1)
        let other = unsafe CodeRows(borrowing: one.base, count: 40, again, owner: one)
        let query = randomVectors(1, dimension: 70, using: &generator)[0]
        #expect(scores(one, query) == scores(other, query))
        #expect(one.byteCount == 40 * 128)
    }

    @Test func whatBytesCannotStandForIsRefused() {
        let fine = FloatMatrix([[1, 2], [3, 4]], columns: 2)
        for metric in [.l2, .l2Squared, .cosine, .innerProduct] as [DistanceMetric] {
            #expect(ByteQuantizer(fitting: fine, metric: metric) == nil)
        }
        for numbers in [[0, 3e38], [-3e38, 3e38], [0, 1e-38], [0, .infinity]] as [[Float]] {
            let matrix = FloatMatrix(numbers.map { [$0, 1] }, columns: 2)
            #expect(ByteQuantizer(fitting: matrix, metric: .minkowski(p: 3)) == nil)
        }
        for (least, step) in [(Float.nan, Float(1)), (0, 0), (0, -1), (0, .nan), (0, .infinity)] {
            #expect(ByteQuantizer(least: [least], step: step, metric: .l1) == nil)
        }
    }

    @Test func equalVectorsHaveAStepToo() throws {
        let matrix = FloatMatrix([[5, 7], [5, 7]], columns: 2)
        let quantizer = try #require(ByteQuantizer(fitting: matrix, metric: .l1))
        let rows = try CodeRows(matrix, quantizer, threads: 1)
        #expect(rows.distance(0, 1) == 0)
        #expect(scores(rows, [8, 3]) == [7, 7])
    }
}
