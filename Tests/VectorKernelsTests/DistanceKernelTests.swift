import CVectorKernels
import Glibc
import TestSupport
import Testing
import VectorCore
import VectorKernels

@Suite struct DistanceKernelTests {
    static let metrics: [DistanceMetric] = [
        .l2, .l2Squared, .cosine, .innerProduct, .l1, .minkowski(p: 1.5), .minkowski(p: 3),
    ]

    @Test(arguments: metrics)
    func finishedRawIsThePreciseDistance(metric: DistanceMetric) {
        let kernel = DistanceKernel(metric)
        withEverySeed { generator, seed in
            let vectors = randomVectors(2, dimension: 77, using: &generator)
            let original = FloatMatrix(vectors, columns: 77)
            let matrix = kernel.expectsNormalized ? normalized(original) : original
            let raw = kernel.raw(matrix[0], matrix[1])
            let precise = unsafe kernel.precise(
                original.pointer(row: 0), original.pointer(row: 1), dimension: 77)
            #expect(
                abs(Double(kernel.finish(raw)) - precise) <= 1e-5 * max(1, abs(precise)),
                "seed \(seed)")
        }
    }

    @Test func cosineOfZeroIsOneAndOfItselfZero() {
        let kernel = DistanceKernel(.cosine)
        let matrix = FloatMatrix([[0, 0, 0], [0.1, 0.7, -3], [0.2, 1.4, -6]], columns: 3)
        let distance = { (a: Int, b: Int) in
            unsafe kernel.precise(matrix.pointer(row: a), matrix.pointer(row: b), dimension: 3)
        }
        #expect(distance(0, 0) == 1)
        #expect(distance(0, 1) == 1)
        #expect(distance(1, 1) == 0)
        #expect(distance(1, 2) == 0)
        #expect(kernel.finish(-1.000_001) == 0)
    }

    @Test func normalizingKeepsDirections() {
        let matrix = FloatMatrix([[3, 4], [0, 0], [1e-30, 0], [-2e30, 0]], columns: 2)
        let units = normalized(matrix)
        #expect(units.vector(0) == [0.6, 0.8])
        #expect(units.vector(1) == [0, 0])
        #expect(units.vector(2) == [1, 0])
        #expect(units.vector(3) == [-1, 0])
    }

    /// A copy whose rows have norm 1, or are zero.
    private func normalized(_ matrix: FloatMatrix) -> FloatMatrix {
        let kernel = DistanceKernel(.cosine)
        return unsafe FloatMatrix(rows: matrix.rows, columns: matrix.columns) { row, target in
            guard let start = target.baseAddress else { return }
            unsafe normalize(
                matrix.pointer(row: row), into: start, dimension: matrix.columns, kernel: kernel)
        }
    }
}

@Suite struct InstructionSetTests {
    @Test func noKernelIsMissing() throws {
        for set in InstructionSet.available {
            let table = unsafe try #require(set.kernels)
            // Every entry is a pointer; a forgotten one would be zero.
            let words = unsafe UnsafeRawPointer(table).assumingMemoryBound(to: UInt.self)
            let count = unsafe MemoryLayout<vk_kernels>.size / MemoryLayout<UInt>.size
            // A name, the forms of four distances, selection, scaling, and the forms on codes, halves and
            // bytes.
            #expect(count == 1 + 4 * 7 + 1 + 1 + 6 + (4 * 3 + 2) + (2 * 3 + 4))
            for word in 0..<count { unsafe #expect(words[word] != 0, "\(set), entry \(word)") }
            unsafe #expect(String(cString: table.pointee.name) == set.rawValue)
        }
    }

    @Test func scalarIsAlwaysThereAndComesFirst() {
        #expect(InstructionSet.available.first == .scalar)
        #expect(InstructionSet.available == InstructionSet.available.sorted())
    }

    @Test func aNameChooses() throws {
        for set in InstructionSet.available {
            #expect(try InstructionSet.named(set.rawValue) == set)
            #expect(DistanceKernel(.l1, instructionSet: set).instructionSet == set)
        }
        #expect(try InstructionSet.named("") == InstructionSet.available.last)
    }

    @Test func unknownAndMissingNamesAreRefused() {
        let error = #expect(throws: IndexError.self) { try InstructionSet.named("mmx") }
        #expect(error?.code == .invalidParameter)
        #expect(error?.message.contains("scalar, avx2, avx512") == true)
        for set in InstructionSet.allCases where !InstructionSet.available.contains(set) {
            let error = #expect(throws: IndexError.self) { try InstructionSet.named(set.rawValue) }
            #expect(error?.message.contains("lacks") == true)
        }
    }

    @Test func theEnvironmentForces() throws {
        let before = unsafe getenv(InstructionSet.variable).map { unsafe String(cString: $0) }
        defer {
            if let before {
                unsafe setenv(InstructionSet.variable, before, 1)
            } else {
                unsafe unsetenv(InstructionSet.variable)
            }
        }
        // What `best` is was decided before, so that other tests are not disturbed.
        let best = InstructionSet.best
        unsafe setenv(InstructionSet.variable, "scalar", 1)
        #expect(try InstructionSet.fromEnvironment() == .scalar)
        unsafe setenv(InstructionSet.variable, "quantum", 1)
        #expect(throws: IndexError.self) { try InstructionSet.fromEnvironment() }
        #expect(InstructionSet.best == best)
    }
}
