import TestSupport
import Testing
import VectorKernels

/// The kernels on codes of every level that this CPU has: against sums of integers and double
/// precision, and against each other, bit for bit.
@Suite struct CodeKernelTests {
    static let dimensions = [1, 31, 32, 33, 64, 96, 100, 128, 160, 384, 783, 784, 1280, 4096]

    /// A vector, its row and its codes as a query, in memory of the test's own.
    @safe
    private final class Encoded {
        let width: Int
        let stride: Int
        let rows: UnsafeMutablePointer<UInt8>
        let query: UnsafeMutablePointer<Int8>

        init(_ vectors: [[Float]], _ kernel: CodeKernel) {
            width = CodeKernel.width(dimension: vectors[0].count)
            stride = width + CodeKernel.factorBytes
            unsafe rows = .allocate(capacity: stride * vectors.count)
            unsafe query = .allocate(capacity: width)
            for (row, vector) in vectors.enumerated() {
                let padded = vector + [Float](repeating: 0, count: width - vector.count)
                unsafe kernel.encode(padded, width: width, into: rows + row * stride)
            }
        }

        deinit {
            unsafe rows.deallocate()
            unsafe query.deallocate()
        }

        func codes(_ row: Int) -> [Int] {
            (0..<width).map { unsafe Int(rows[row * stride + $0]) - 128 }
        }

        func factors(_ row: Int) -> [Float] {
            (0..<4).map {
                unsafe UnsafeRawPointer(rows + row * stride + width)
                    .loadUnaligned(fromByteOffset: $0 * 4, as: Float.self)
            }
        }

        func bytes() -> [UInt8] { (0..<stride).map { unsafe rows[$0] } }
    }

    private func squaredNorm(_ vector: [Float]) -> Double {
        vector.reduce(0) { $0 + Double($1) * Double($1) }
    }

    @Test(arguments: InstructionSet.available)
    func factorsAreWhatTheirFormulasSay(set: InstructionSet) {
        let kernel = CodeKernel(instructionSet: set)
        withEverySeed(0..<3) { generator, seed in
            for dimension in Self.dimensions {
                let vector = randomVectors(1, dimension: dimension, using: &generator)[0]
                let encoded = Encoded([vector], kernel)
                let codes = encoded.codes(0)
                #expect(codes.allSatisfy { (-127...127).contains($0) })
                let norm = squaredNorm(vector)
                let product = zip(vector, codes).reduce(0) { $0 + Double($1.0) * Double($1.1) }
                let squares = codes.reduce(0.0) { $0 + Double($1 * $1) }
                let expected = [
                    norm, -2 * norm / product, product / squares,
                    -128 * product / squares * Double(codes.reduce(0, +)),
                ]
                for (found, expected) in zip(encoded.factors(0), expected) {
                    #expect(
                        abs(Double(found) - expected) <= 1e-4 * abs(expected) + 1e-6,
                        "seed \(seed), dimension \(dimension): \(found), not \(expected)")
                }
            }
        }
    }

    /// Scores are add + rescale · ⟨y, q⟩ with an exact sum of integers, in every form.
    @Test(arguments: InstructionSet.available)
    func scoresAreWhatTheIntegersSay(set: InstructionSet) {
        let kernel = CodeKernel(instructionSet: set)
        withEverySeed(0..<3) { generator, seed in
            for dimension in Self.dimensions {
                let vectors = randomVectors(11, dimension: dimension, using: &generator)
                let encoded = Encoded(vectors, kernel)
                let width = encoded.width
                let asker = 3
                let (scorer, norm) = unsafe kernel.scorer(
                    row: UInt32(asker), width: width, codes: encoded.query, base: encoded.rows,
                    stride: encoded.stride)
                let numbers: [UInt32] = [0, 10, 3, 3, 7, 1, 2, 9, 8]
                var scattered = [Float](repeating: -7, count: numbers.count + 1)
                unsafe scorer.score(rows: numbers, count: numbers.count, into: &scattered)
                var consecutive = [Float](repeating: -7, count: vectors.count + 1)
                unsafe scorer.score(consecutive: 0, count: vectors.count, into: &consecutive)
                let asking = encoded.factors(asker)
                for row in vectors.indices {
                    let products = zip(encoded.codes(row), encoded.codes(asker))
                        .reduce(0) { $0 + ($1.0 + 128) * $1.1 }
                    let factors = encoded.factors(row)
                    let expected =
                        factors[0] + factors[1] * (asking[2] * Float(products) + asking[3])
                    #expect(
                        consecutive[row] == expected,
                        "seed \(seed), dimension \(dimension), row \(row)")
                    let pair = unsafe kernel.pairs(width: width).distance(
                        encoded.rows + row * encoded.stride,
                        encoded.rows + asker * encoded.stride)
                    #expect(pair == expected + norm, "seed \(seed), dimension \(dimension)")
                }
                for (place, row) in numbers.enumerated() {
                    #expect(scattered[place] == consecutive[Int(row)])
                    unsafe scorer.prefetch(row: row)
                    #expect(unsafe scorer.score(row: row) == consecutive[Int(row)])
                }
                #expect(scattered[numbers.count] == -7 && consecutive[vectors.count] == -7)
            }
        }
    }

    /// The largest sums that there can be do not overflow.
    @Test(arguments: InstructionSet.available)
    func theLongestVectorsDoNotOverflow(set: InstructionSet) {
        let kernel = CodeKernel(instructionSet: set)
        let width = 65_536
        let row = [UInt8](repeating: 255, count: width) + Self.bytes([0, 1, 1, 0])
        let query = [UInt8](repeating: 255, count: width) + Self.bytes([0, 1, 1, 0])
        let found = unsafe kernel.pairs(width: width).distance(row, query)
        #expect(found == Float(255 * 127 * width))
    }

    private static func bytes(_ factors: [Float]) -> [UInt8] {
        factors.flatMap { factor in
            (0..<4).map { UInt8(truncatingIfNeeded: factor.bitPattern >> (8 * UInt32($0))) }
        }
    }

    @Test func allLevelsGiveTheSameBits() {
        let kernels = InstructionSet.available.map { CodeKernel(instructionSet: $0) }
        withEverySeed(0..<3) { generator, seed in
            for dimension in Self.dimensions {
                let width = CodeKernel.width(dimension: dimension)
                let vectors = randomVectors(1, dimension: width, using: &generator)
                let signs = (0..<width / 8).map { _ in
                    UInt32.random(in: .min ... .max, using: &generator)
                }
                let turned = kernels.map { kernel in
                    var vector = vectors[0]
                    unsafe kernel.rotate(&vector, width: width, signs: signs)
                    return vector
                }
                let rows = zip(kernels, turned).map { Encoded([$1], $0).bytes() }
                let queries = zip(kernels, turned).map { kernel, vector -> [Float] in
                    let encoded = Encoded([vector], kernel)
                    let scorer = unsafe kernel.scorer(
                        vector, width: width, codes: encoded.query, base: encoded.rows,
                        stride: encoded.stride)
                    let codes = (0..<width).map { unsafe Float(encoded.query[$0]) }
                    let score = unsafe scorer.scorer.score(row: 0)
                    return codes + [scorer.squaredNorm, score]
                }
                for level in kernels.indices {
                    let place: Comment = "seed \(seed), dimension \(dimension), level \(level)"
                    #expect(turned[level] == turned[0], place)
                    #expect(rows[level] == rows[0], place)
                    #expect(queries[level] == queries[0], place)
                }
            }
        }
    }

    /// A turn keeps lengths and angles, and spreads one number over all.
    @Test(arguments: InstructionSet.available)
    func aTurnKeepsDistances(set: InstructionSet) {
        let kernel = CodeKernel(instructionSet: set)
        withEverySeed(0..<3) { generator, seed in
            for width in [32, 64, 96, 128, 384, 800, 1312] {
                let signs = (0..<width / 8).map { _ in
                    UInt32.random(in: .min ... .max, using: &generator)
                }
                var vectors = randomVectors(2, dimension: width, using: &generator)
                vectors.append((0..<width).map { $0 == width / 3 ? 1 : 0 })
                let before = squaredNorm(zip(vectors[0], vectors[1]).map { $0 - $1 })
                for index in vectors.indices {
                    unsafe kernel.rotate(&vectors[index], width: width, signs: signs)
                }
                let after = squaredNorm(zip(vectors[0], vectors[1]).map { $0 - $1 })
                let place: Comment = "seed \(seed), width \(width)"
                #expect(abs(after / before - 1) < 1e-5, place)
                #expect(abs(squaredNorm(vectors[2]) - 1) < 1e-5, place)
                // Uniform would be width^-1/2 each.
                let largest = vectors[2].map(abs).max() ?? 1
                #expect(Double(largest) < 6 / Double(width).squareRoot(), place)
            }
        }
    }

    @Test(arguments: InstructionSet.available)
    func aVectorOfZerosScoresAsOne(set: InstructionSet) {
        let kernel = CodeKernel(instructionSet: set)
        let encoded = Encoded(
            [[Float](repeating: 0, count: 64), [Float](repeating: 1, count: 64)], kernel)
        let zeros = [Float](repeating: 0, count: 64)
        let (scorer, norm) = unsafe kernel.scorer(
            zeros, width: 64, codes: encoded.query, base: encoded.rows, stride: encoded.stride)
        #expect(norm == 0)
        #expect(unsafe scorer.score(row: 0) == 0)
        #expect(unsafe scorer.score(row: 1) == 64)
    }
}
