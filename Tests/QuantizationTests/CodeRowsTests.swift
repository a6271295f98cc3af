import Glibc
import MappedStorage
import Quantization
import TestSupport
import Testing
import VectorCore
import VectorKernels

/// Estimated distances against true ones.
@Suite struct CodeRowsTests {
    private func squaredDistance(_ left: [Float], _ right: [Float]) -> Double {
        zip(left, right).reduce(0) { sum, pair in
            let difference = Double(pair.0) - Double(pair.1)
            return sum + difference * difference
        }
    }

    private func norm(_ vector: [Float], from center: [Float]) -> Double {
        squaredDistance(vector, center).squareRoot()
    }

    /// The mean error is none, and its spread is what the levels' distance predicts.
    @Test(arguments: [64, 128, 384, 784])
    func estimatesAreUnbiasedAndAsCloseAsPredicted(dimension: Int) throws {
        try withEverySeed(0..<2) { generator, seed in
            let vectors = randomVectors(400, dimension: dimension, using: &generator)
            let matrix = FloatMatrix(vectors, columns: dimension)
            let quantizer = RotatedQuantizer(fitting: matrix, seed: seed)
            let rows = try CodeRows(matrix, quantizer, threads: 2)
            let scratch = CodeScratch(width: quantizer.width)
            var sum = 0.0
            var squares = 0.0
            var count = 0.0
            let queries = randomVectors(40, dimension: dimension, using: &generator)
            for query in queries {
                let (scorer, rest) = unsafe query.withUnsafeBufferPointer { numbers in
                    guard let start = numbers.baseAddress else { preconditionFailure() }
                    return unsafe rows.scorer(start, scratch)
                }
                let length = norm(query, from: quantizer.center)
                for row in vectors.indices {
                    let estimate = Double(unsafe scorer.score(row: UInt32(row)) + rest)
                    let scale =
                        2 * norm(vectors[row], from: quantizer.center) * length
                        / Double(quantizer.width).squareRoot()
                    let error = (estimate - squaredDistance(query, vectors[row])) / scale
                    sum += error
                    squares += error * error
                    count += 1
                }
            }
            // Levels are a 127th of the largest number apart, some 3σ, and an error is uniform between
            // two of them: the square of its deviation is a twelfth of their distance's, for the row
            // and for the query.
            let deviation = (squares / count).squareRoot()
            #expect(deviation < 0.02, "seed \(seed): \(deviation)")
            #expect(deviation > 0.004, "seed \(seed): \(deviation)")
            #expect(abs(sum / count) < 0.002, "seed \(seed): \(sum / count)")
        }
    }

    /// The deviation of a row's estimates that its own factors and the query's step predict.
    private func deviation(
        _ rows: CodeRows, _ row: Int, width: Int, squaredNorm: Double, largest: Double
    ) -> Double {
        let factors = (0..<4).map { place in
            unsafe Double(
                rows.base.loadUnaligned(
                    fromByteOffset: row * rows.byteCount / rows.count + width + place * 4,
                    as: Float.self))
        }
        // 1 more than the squared tangent of the angle between the vector and its codes.
        let secant = -factors[1] / (2 * factors[2])
        let ofRow = 4 * factors[0] * squaredNorm * (secant - 1) / Double(width - 1)
        let squaredCodes = -2 * factors[0] / factors[1] / factors[2]
        let step = largest / 127
        let ofQuery = factors[1] * factors[1] * squaredCodes * step * step / 12
        return (ofRow + ofQuery).squareRoot()
    }

    @Test(arguments: [100, 384, 784])
    func errorsAreSpreadAsFactorsSay(dimension: Int) throws {
        try withEverySeed(0..<2) { generator, seed in
            // Numbers of very unequal size, which the turn makes alike.
            let vectors = randomVectors(300, dimension: dimension, using: &generator).map {
                $0.enumerated().map { $1 * ($0 % 7 == 0 ? 10 : 1) + Float($0 % 3) }
            }
            let matrix = FloatMatrix(vectors, columns: dimension)
            let quantizer = RotatedQuantizer(fitting: matrix, seed: seed)
            let width = quantizer.width
            let rows = try CodeRows(matrix, quantizer, threads: 2)
            let scratch = CodeScratch(width: width)
            var squares = 0.0
            var outside = 0
            let queries = randomVectors(50, dimension: dimension, using: &generator)
            for query in queries {
                var turned = [Float](repeating: 0, count: width)
                unsafe quantizer.turn(query, into: &turned)
                let largest = Double(turned.map(abs).max() ?? 0)
                let squaredNorm = turned.reduce(0.0) { $0 + Double($1) * Double($1) }
                let (scorer, rest) = unsafe query.withUnsafeBufferPointer { numbers in
                    guard let start = numbers.baseAddress else { preconditionFailure() }
                    return unsafe rows.scorer(start, scratch)
                }
                for row in vectors.indices {
                    let estimate = Double(unsafe scorer.score(row: UInt32(row)) + rest)
                    let predicted = deviation(
                        rows, row, width: width, squaredNorm: squaredNorm, largest: largest)
                    let error =
                        (estimate - squaredDistance(query, vectors[row])) / predicted
                    squares += error * error
                    outside += abs(error) > 3.7 ? 1 : 0
                }
            }
            let count = vectors.count * queries.count
            let spread = (squares / Double(count)).squareRoot()
            #expect(spread > 0.85 && spread < 1.15, "seed \(seed): \(spread)")
            #expect(outside * 1000 <= count, "seed \(seed): \(outside) of \(count)")
        }
    }

    @Test func rowsAskLikeVectors() throws {
        try withEverySeed(0..<3) { generator, seed in
            let vectors = randomVectors(60, dimension: 100, using: &generator)
            let matrix = FloatMatrix(vectors, columns: 100)
            let quantizer = RotatedQuantizer(fitting: matrix, seed: seed)
            let rows = try CodeRows(matrix, quantizer, threads: 1)
            let scratch = CodeScratch(width: quantizer.width)
            for asker in 0..<UInt32(60) {
                let (scorer, rest) = unsafe rows.scorer(row: asker, scratch)
                for row in 0..<UInt32(60) {
                    let estimate = unsafe scorer.score(row: row) + rest
                    #expect(estimate == rows.distance(row, asker), "seed \(seed)")
                    let truth = squaredDistance(vectors[Int(asker)], vectors[Int(row)])
                    let scale =
                        2 * norm(vectors[Int(row)], from: quantizer.center)
                        * norm(vectors[Int(asker)], from: quantizer.center)
                        / Double(quantizer.width).squareRoot()
                    // Six times the deviation that two roundings have.
                    #expect(
                        abs(Double(estimate) - truth) < 6 * 0.014 * scale + 1e-3, "seed \(seed)")
                }
            }
        }
    }

    @Test func theSameRowsComeOfAnyNumberOfThreadsAndOfTheirBytes() throws {
        var generator = SplitMix64(seed: 5)
        let matrix = FloatMatrix(randomVectors(700, dimension: 50, using: &generator), columns: 50)
        let quantizer = RotatedQuantizer(fitting: matrix, seed: 9)
        let one = try CodeRows(matrix, quantizer, threads: 1)
        let three = try CodeRows(matrix, quantizer, threads: 3)
        let again = unsafe CodeRows(
            borrowing: one.base, count: 700,
            RotatedQuantizer(center: quantizer.center, seed: 9), owner: one)
        for row in 0..<UInt32(699) {
            let distance = one.distance(row, row + 1)
            #expect(three.distance(row, row + 1) == distance)
            #expect(again.distance(row, row + 1) == distance)
        }
        let other = try CodeRows(matrix, RotatedQuantizer(fitting: matrix, seed: 10), threads: 1)
        #expect(
            (0..<UInt32(699)).contains { other.distance($0, $0 + 1) != one.distance($0, $0 + 1) })
    }

    @Test func vectorsTooLongForCodesAreFound() throws {
        let fine: [Float] = [1, -2, 3]
        let huge: [Float] = [1e30, 1e30, -1e30]
        for (vectors, expected) in [([fine, fine], nil), ([fine, huge, huge], 1)] {
            let matrix = FloatMatrix(vectors, columns: 3)
            let quantizer = RotatedQuantizer(center: [0, 0, 0], seed: 1)
            let rows = try CodeRows(matrix, quantizer, threads: 1)
            #expect(rows.firstNonFinite() == expected)
        }
    }

    @Test func rowsWasteLittleAndCrossFewLines() {
        for width in stride(from: 32, through: 4096, by: 32) {
            let bytes = width + CodeKernel.factorBytes
            let center = [Float](repeating: 0, count: width)
            let stride = RotatedQuantizer(center: center, seed: 0).stride
            #expect(stride >= bytes && stride % 16 == 0)
            #expect(stride == bytes || (stride % 64 == 0 && stride - bytes <= bytes / 16))
        }
    }
}
