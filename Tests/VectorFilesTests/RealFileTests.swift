import TestSupport
import Testing
import VectorCore
import VectorFiles

@Suite struct RealFileTests {
    @Test(.enabled(if: FashionMNIST.isPresent, Comment(rawValue: FashionMNIST.skipReason)))
    func readsFashionMNIST() throws {
        let file = try VectorFile.open(FashionMNIST.trainingImages)
        #expect(file.count == 60_000 && file.dimension == 784 && file.elementType == .u8)
        var reader = try file.makeReader()
        var rows = 0
        var sum = 0
        while let batch = try reader.next() {
            #expect(batch.firstRow == rows)
            rows += batch.count
            for byte in batch.bytes { sum += Int(byte) }
        }
        #expect(rows == 60_000)
        // The set's published mean pixel is 0.2860 of 255.
        let mean = Double(sum) / Double(60_000 * 784) / 255
        #expect(abs(mean - 0.2860) < 0.0001)
        #expect(try VectorFile.open(FashionMNIST.testImages).floatMatrix().rows == 10_000)
    }

    @Test(
        .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.skipReason)),
        arguments: [
            ("sift128_query_u8", 5000, 128, VectorFile.ElementType.u8),
            ("cnn1280_query_f16", 677, 1280, .f16),
            ("text384_base_f16", 25_000, 384, .f16),
        ])
    func readsSharedVectors(
        name: String, count: Int, dimension: Int, elementType: VectorFile.ElementType
    ) throws {
        let file = try VectorFile.open(SharedData.path("data/vectors/\(name).npy"))
        #expect(file.count == count && file.dimension == dimension)
        #expect(file.elementType == elementType)
        let matrix = try file.floatMatrix()
        #expect(matrix.rows == count && matrix.firstNonFinite == nil)
        if name.hasPrefix("text") {
            // The sentence embeddings are normalised, up to the rounding of their halves.
            let norms = (0..<100).map { row in matrix.vector(row).reduce(0) { $0 + $1 * $1 } }
            #expect(norms.allSatisfy { abs($0 - 1) < 0.005 })
        }
    }
}
