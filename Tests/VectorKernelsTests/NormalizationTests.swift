import TestSupport
import Testing
import VectorCore
import VectorKernels

@Suite struct NormalizationTests {
    private static let dimensions = [1, 2, 3, 7, 16, 17, 100, 384, 783, 1280, 2000]

    /// Numbers with these factors are from subnormal to nearly infinite.
    private static let factors: [Float] = [
        0x1p-149, 0x1p-140, 0x1p-127, 1e-30, 1e-22, 1e-10, 0.1, 1, 3, 1e10, 1e22, 1e30, 1e37,
    ]

    @Test(arguments: InstructionSet.available)
    func normalizingTwiceIsNormalizingOnce(set: InstructionSet) {
        let kernel = DistanceKernel(.cosine, instructionSet: set)
        let scalar = DistanceKernel(.cosine, instructionSet: .scalar)
        withEverySeed(0..<4) { generator, seed in
            for dimension in Self.dimensions {
                for factor in Self.factors {
                    let drawn = randomVectors(1, dimension: dimension, using: &generator)[0]
                    let vector = drawn.map { $0 * factor }
                    let place: Comment = "seed \(seed), dimension \(dimension), factor \(factor)"
                    let once = normalized(vector, kernel)
                    #expect(bits(normalized(once, kernel)) == bits(once), place)
                    #expect(bits(normalized(vector, scalar)) == bits(once), place)
                    guard vector.contains(where: { $0 != 0 }) else { continue }
                    let squared = once.reduce(0) { $0 + Double($1) * Double($1) }
                    #expect(abs(squared - 1) <= 0x1.01p-23, place)
                }
            }
        }
    }

    /// The largest errors are those of numbers that all lie halfway between two others.
    @Test func equalNumbersKeepTheirLength() {
        let kernel = DistanceKernel(.cosine)
        for dimension in 1...2000 {
            for number: Float in [1e-30, 1, 1e30] {
                let once = normalized(Array(repeating: number, count: dimension), kernel)
                #expect(bits(normalized(once, kernel)) == bits(once), "dimension \(dimension)")
                #expect(once.contains { $0 > 0 }, "dimension \(dimension)")
            }
        }
    }

    @Test func whatHasAboutLengthOneIsKept() {
        let kernel = DistanceKernel(.cosine)
        for number: Float in [1, 1 - 0x1p-24, 1 - 0x1p-23] {
            #expect(normalized([number, 0], kernel) == [number, 0])
        }
        for number: Float in [1 + 0x1p-23, 1 - 0x1p-22, 2, 0.5] {
            #expect(normalized([number, 0], kernel) == [1, 0])
        }
    }

    private func normalized(_ vector: [Float], _ kernel: DistanceKernel) -> [Float] {
        var target = [Float](repeating: .nan, count: vector.count)
        unsafe normalize(vector, into: &target, dimension: vector.count, kernel: kernel)
        return target
    }

    private func bits(_ vector: [Float]) -> [UInt32] { vector.map(\.bitPattern) }
}
