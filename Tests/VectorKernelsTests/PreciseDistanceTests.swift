import Glibc
import TestSupport
import Testing
import VectorCore
import VectorKernels

/// What is reported of every answer: distances in double precision.
@Suite struct PreciseDistanceTests {
    private static let metrics: [DistanceMetric] = [
        .l2, .l2Squared, .cosine, .innerProduct, .l1, .minkowski(p: 1.5), .minkowski(p: 3),
        .minkowski(p: 32),
    ]

    @Test(arguments: InstructionSet.available, metrics)
    func normalizedVectorsHaveTheSameDistance(set: InstructionSet, metric: DistanceMetric) {
        let kernel = DistanceKernel(metric, instructionSet: set)
        withEverySeed { generator, seed in
            for dimension in [1, 2, 17, 100, 784] {
                for factor: Float in [0x1p-139, 1e-30, 0.5, 1, 7, 1e15] {
                    let drawn = randomVectors(2, dimension: dimension, using: &generator)
                    let a = drawn[0].map { $0 * factor }
                    let b = drawn[1]
                    let place: Comment = "seed \(seed), dimension \(dimension), factor \(factor)"
                    let distance = precise(kernel, a, b)
                    #expect(distance == precise(kernel, b, a), place)
                    guard metric == .cosine else { continue }
                    let (x, y) = (normalized(a), normalized(b))
                    for (a, b) in [(x, y), (a, y), (x, b)] {
                        #expect(distance == precise(kernel, a, b), place)
                    }
                    let found = unsafe kernel.preciseNormalized(x, y, dimension: dimension)
                    #expect(distance == found, place)
                    #expect(precise(kernel, a, a) == 0, place)
                }
            }
        }
    }

    @Test(arguments: InstructionSet.available, metrics)
    func manyRowsHaveTheDistancesOfEach(set: InstructionSet, metric: DistanceMetric) {
        let kernel = DistanceKernel(metric, instructionSet: set)
        withEverySeed { generator, seed in
            for dimension in [1, 2, 17, 100] {
                var vectors = randomVectors(6, dimension: dimension, using: &generator)
                vectors[4] = vectors[4].map { _ in 0 }
                let matrix = FloatMatrix(vectors, columns: dimension)
                for rows: [UInt32] in [[], [5], [3, 0, 5, 5, 1, 4, 2]] {
                    var found = [Double](repeating: -7, count: rows.count + 1)
                    unsafe kernel.preciseNormalized(
                        matrix.pointer(row: 2), base: matrix.pointer(row: 0), stride: matrix.stride,
                        rows: rows, dimension: dimension, into: &found)
                    let expected = rows.map {
                        unsafe kernel.preciseNormalized(
                            matrix.pointer(row: 2), matrix.pointer(row: Int($0)),
                            dimension: dimension)
                    }
                    #expect(found == expected + [-7], "seed \(seed), dimension \(dimension)")
                }
            }
        }
    }

    /// x + t·y for smaller and smaller t: their cosines with x all round to 1.
    @Test func nearlyParallelVectorsKeepTheirOrder() {
        let kernel = DistanceKernel(.cosine)
        withEverySeed { generator, seed in
            for dimension in [2, 3, 17, 384, 1280] {
                let drawn = randomVectors(2, dimension: dimension, using: &generator)
                let x = drawn[0]
                var t: Float = 0x1p-4
                var last = (found: Double.infinity, expected: Double.infinity)
                while t > 0x1p-20 {
                    let near = zip(x, drawn[1]).map { $0 + t * $1 }
                    let found = (2 * precise(kernel, x, near)).squareRoot()
                    let expected = (2 * angularDistance(x, near)).squareRoot()
                    let place: Comment = "seed \(seed), dimension \(dimension), t \(t)"
                    // Each number is off by at most 2⁻²⁴ of itself, and so is either vector.
                    #expect(abs(found - expected) <= 0x1.01p-23, place)
                    if last.expected - expected > 0x1.01p-22 { #expect(found < last.found, place) }
                    last = (found, expected)
                    t /= 1.5
                }
            }
        }
    }

    /// 1 − cos as double precision has it, without cancellation and without rounding to `Float`.
    private func angularDistance(_ a: [Float], _ b: [Float]) -> Double {
        let norms = [a, b].map { vector in
            vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        }
        return zip(a, b).reduce(0) { sum, pair in
            let difference = Double(pair.0) / norms[0] - Double(pair.1) / norms[1]
            return sum + difference * difference
        } / 2
    }

    /// Powers leave the range of double precision long before the distances leave that of `Float`.
    @Test(arguments: [Float(1), 1.5, 2, 3, 4, 7.5, 12, 32])
    func powersNeitherOverflowNorVanish(p: Float) {
        let kernel = DistanceKernel(.minkowski(p: p))
        for size: Float in [0x1p-147, 0x1p-127, 1e-30, 1e-15, 1e-9, 1, 1e9, 1e15, 1e30, 1e37] {
            for dimension in [1, 2, 19, 100] {
                let a = (0..<dimension).map { size * (1 + Float($0 % 3)) }
                let zero = [Float](repeating: 0, count: dimension)
                let shares = a.reduce(0) { $0 + pow(Double($1) / Double(a.max()!), Double(p)) }
                let expected = Double(a.max()!) * pow(shares, 1 / Double(p))
                let found = precise(kernel, a, zero)
                #expect(abs(found - expected) <= 1e-13 * expected, "\(dimension) of \(size)")
                #expect(precise(kernel, a, a) == 0)
            }
        }
    }

    private func precise(_ kernel: DistanceKernel, _ a: [Float], _ b: [Float]) -> Double {
        unsafe kernel.precise(a, b, dimension: a.count)
    }

    private func normalized(_ vector: [Float]) -> [Float] {
        var target = vector
        unsafe normalize(
            vector, into: &target, dimension: vector.count, kernel: DistanceKernel(.cosine))
        return target
    }
}
