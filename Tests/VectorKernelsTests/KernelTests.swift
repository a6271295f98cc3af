import CVectorKernels
import Glibc
import TestSupport
import Testing
import VectorCore
import VectorKernels

/// Every kernel of every level that this CPU has, against double precision.
@Suite struct KernelTests {
    static let metrics: [DistanceMetric] = [
        .l2Squared, .innerProduct, .l1, .minkowski(p: 1), .minkowski(p: 2), .minkowski(p: 3),
        .minkowski(p: 4), .minkowski(p: 1.5), .minkowski(p: 7.25),
    ]
    static let dimensions =
        Array(1...64) + [65, 96, 100, 127, 128, 129, 255, 256, 383, 384, 500, 767, 768, 783, 784]
        + [960, 1000, 1279, 1280]

    @Test(arguments: InstructionSet.available, metrics)
    func agreesWithDoublePrecision(set: InstructionSet, metric: DistanceMetric) {
        let kernel = DistanceKernel(metric, instructionSet: set)
        withEverySeed(0..<3) { generator, seed in
            for dimension in Self.dimensions {
                let rows = Rows(count: 11, dimension: dimension, using: &generator)
                for row in 0..<rows.count {
                    let (expected, magnitude) = reference(
                        rows.query, rows.vectors[row], metric)
                    let found = unsafe kernel.raw(
                        rows.queryStart, rows.start(row), dimension: dimension)
                    // Four sums at least, each added up in order, and a few roundings a term.
                    let roundings = Double(dimension / 4 + 12) + (metric.isGeneralPower ? 30 : 0)
                    let bound = magnitude * roundings * 0x1p-24
                    #expect(
                        abs(Double(found) - expected) <= bound,
                        "seed \(seed), dimension \(dimension), row \(row)")
                }
            }
        }
    }

    @Test(arguments: InstructionSet.available, metrics)
    func allFormsGiveTheSameBits(set: InstructionSet, metric: DistanceMetric) {
        let kernel = DistanceKernel(metric, instructionSet: set)
        withEverySeed(0..<2) { generator, seed in
            for dimension in Self.dimensions {
                let rows = Rows(count: 23, dimension: dimension, using: &generator)
                let scorer = unsafe DistanceScorer(
                    kernel, query: rows.queryStart, base: rows.start(0), stride: rows.stride,
                    dimension: dimension)
                for count in [0, 1, 3, 4, 5, 8, 23] {
                    let numbers = (0..<count).map { _ in
                        UInt32.random(in: 0..<UInt32(rows.count), using: &generator)
                    }
                    var scattered = [Float](repeating: -7, count: count + 1)
                    var consecutive = scattered
                    unsafe scorer.score(rows: numbers, count: count, into: &scattered)
                    unsafe scorer.score(
                        consecutive: rows.count - count, count: count, into: &consecutive)
                    for i in 0..<count {
                        let number = Int(numbers[i])
                        let place = rows.count - count + i
                        let one = unsafe kernel.raw(
                            rows.queryStart, rows.start(number), dimension: dimension)
                        let other = unsafe kernel.raw(
                            rows.queryStart, rows.start(place), dimension: dimension)
                        #expect(scattered[i] == one, "seed \(seed), dimension \(dimension)")
                        #expect(consecutive[i] == other, "seed \(seed), dimension \(dimension)")
                        unsafe scorer.prefetch(row: numbers[i])
                        #expect(unsafe scorer.score(row: numbers[i]) == one)
                    }
                    #expect(scattered[count] == -7 && consecutive[count] == -7)
                }
            }
        }
    }

    @Test(arguments: metrics + [.l2, .cosine])
    func preciseIsTheSameAtEveryLevel(metric: DistanceMetric) {
        let kernels = InstructionSet.available.map { DistanceKernel(metric, instructionSet: $0) }
        withEverySeed(0..<2) { generator, seed in
            for dimension in Self.dimensions {
                let rows = Rows(count: 3, dimension: dimension, using: &generator)
                let (expected, magnitude) = referenceForPeople(
                    rows.query, rows.vectors[1], metric)
                for kernel in kernels {
                    let found = unsafe kernel.precise(
                        rows.queryStart, rows.start(1), dimension: dimension)
                    let first = unsafe kernels[0].precise(
                        rows.queryStart, rows.start(1), dimension: dimension)
                    #expect(found == first, "\(kernel.instructionSet), dimension \(dimension)")
                    #expect(
                        abs(found - expected) <= magnitude * Double(dimension + 8) * 0x1p-52,
                        "seed \(seed), dimension \(dimension)")
                }
            }
        }
    }

    @Test(arguments: InstructionSet.available)
    func readsNothingPastTheEnd(set: InstructionSet) throws {
        // The vectors end where memory that may not be read begins.
        let page = 4096
        let memory = unsafe try #require(
            mmap(nil, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
        defer { unsafe munmap(memory, 3 * page) }
        unsafe #expect(mprotect(memory + 2 * page, page, PROT_NONE) == 0)
        let end = unsafe (memory + 2 * page).assumingMemoryBound(to: Float.self)
        for metric in Self.metrics {
            let kernel = DistanceKernel(metric, instructionSet: set)
            for dimension in 1...200 {
                let start = unsafe UnsafePointer(end - dimension)
                let found = unsafe kernel.raw(start, start, dimension: dimension)
                #expect(found == 0)
                unsafe #expect(kernel.precise(start, start, dimension: dimension) == 0)
            }
        }
    }

    @Test(arguments: InstructionSet.available)
    func powersKeepTheirDigits(set: InstructionSet) {
        for p: Float in [1, 1.25, 2, 2.5, 3, 4, 5, 10, 30] {
            let kernel = DistanceKernel(.minkowski(p: p), instructionSet: set)
            withEverySeed(0..<4) { generator, seed in
                for _ in 0..<200 {
                    // As large and as small as the result can be written.
                    let exponent = Float.random(in: -100 / p...100 / p, using: &generator)
                    let a = [Float](repeating: exp2f(exponent), count: 19)
                    let b = [Float](repeating: 0, count: 19)
                    let found = Double(kernel.raw(a.span, b.span))
                    let expected = 19 * pow(Double(a[0]), Double(p))
                    #expect(
                        abs(found - expected) <= 4e-6 * expected,
                        "seed \(seed), \(a[0]) to the power \(p)")
                }
            }
        }
    }

    @Test(arguments: InstructionSet.available)
    func powersOfTheExtremes(set: InstructionSet) {
        let kernel = DistanceKernel(.minkowski(p: 2.5), instructionSet: set)
        let zero = [Float](repeating: 0, count: 17)
        let large = [Float](repeating: 1e30, count: 17)
        let small = [Float](repeating: 1e-30, count: 17)
        #expect(kernel.raw(zero.span, zero.span) == 0)
        #expect(kernel.raw(large.span, zero.span) == .infinity)
        #expect(kernel.raw(small.span, zero.span) == 0)
    }

    @Test(arguments: InstructionSet.available)
    func selectsWhatIsBelow(set: InstructionSet) throws {
        let table = unsafe try #require(set.kernels)
        withEverySeed { generator, seed in
            for count in Array(0...40) + [1000] {
                // Whole numbers, so that many lie exactly at the bound.
                let values = (0..<count).map { _ in Float(Int.random(in: -9...9, using: &generator))
                }
                let offsets = (0..<count).map { _ in
                    Float(Int.random(in: -9...9, using: &generator))
                }
                let scales = (0..<count).map { _ in
                    Float(Int.random(in: -2...2, using: &generator))
                }
                for (withScales, withOffsets) in [
                    (false, false), (true, false), (false, true), (true, true),
                ] {
                    var positions = [UInt32](repeating: 0, count: count + 16)
                    var kept = [Float](repeating: 0, count: count + 16)
                    let found = unsafe scales.withUnsafeBufferPointer { scales in
                        unsafe offsets.withUnsafeBufferPointer { offsets in
                            unsafe table.pointee.select(
                                values, withScales ? scales.baseAddress : nil,
                                withOffsets ? offsets.baseAddress : nil, count, -4, 70, &positions,
                                &kept)
                        }
                    }
                    let scores = (0..<count).map {
                        values[$0] * (withScales ? scales[$0] : 1)
                            + (withOffsets ? offsets[$0] : 0)
                    }
                    let expected = (0..<count).filter { scores[$0] <= -4 }
                    #expect(
                        positions.prefix(found).map { Int($0) - 70 } == expected, "seed \(seed)")
                    #expect(Array(kept.prefix(found)) == expected.map { scores[$0] })
                }
            }
        }
    }
}

/// Rows that start anywhere and lie far apart, with NaN between, which no kernel may read.
@safe
private final class Rows {
    let count: Int
    let stride: Int
    let query: [Float]
    let vectors: [[Float]]
    private let memory: UnsafeMutablePointer<Float>
    private let offset: Int

    init(count: Int, dimension: Int, using generator: inout SplitMix64) {
        self.count = count
        let drawn = randomVectors(count + 1, dimension: dimension, using: &generator)
        query = drawn[count]
        vectors = Array(drawn.prefix(count))
        stride = dimension + Int.random(in: 1...5, using: &generator)
        offset = Int.random(in: 1...15, using: &generator)
        let size = offset + (count + 1) * stride
        unsafe memory = .allocate(capacity: size)
        unsafe memory.initialize(repeating: .nan, count: size)
        for (row, vector) in drawn.enumerated() {
            for (i, value) in vector.enumerated() {
                unsafe memory[offset + row * stride + i] = value
            }
        }
    }

    deinit { unsafe memory.deallocate() }

    var queryStart: UnsafePointer<Float> { unsafe start(count) }

    func start(_ row: Int) -> UnsafePointer<Float> {
        unsafe UnsafePointer(memory + offset + row * stride)
    }
}

/// The raw distance in double precision, and the sum of the terms' sizes.
private func reference(
    _ a: [Float], _ b: [Float], _ metric: DistanceMetric
) -> (distance: Double, magnitude: Double) {
    var distance = 0.0
    var magnitude = 0.0
    for (x, y) in zip(a, b) {
        let term =
            switch metric {
            case .l2, .l2Squared: (Double(x) - Double(y)) * (Double(x) - Double(y))
            case .cosine, .innerProduct: -Double(x) * Double(y)
            case .l1: abs(Double(x) - Double(y))
            case .minkowski(let p): pow(abs(Double(x) - Double(y)), Double(p))
            }
        distance += term
        magnitude += abs(term)
    }
    return (distance, magnitude)
}

private func referenceForPeople(
    _ a: [Float], _ b: [Float], _ metric: DistanceMetric
) -> (distance: Double, magnitude: Double) {
    let (raw, magnitude) = reference(a, b, metric)
    switch metric {
    case .l2: return (raw.squareRoot(), raw.squareRoot())
    case .minkowski(let p):
        let root = pow(raw, 1 / Double(p))
        return (root, root)
    case .cosine:
        let distance = ReferenceSearch.distance(.cosine, a, b)
        return (distance, distance)
    default: return (raw, magnitude)
    }
}

extension DistanceMetric {
    fileprivate var isGeneralPower: Bool {
        if case .minkowski(let p) = self { return p != p.rounded() || p > 4 }
        return false
    }
}
