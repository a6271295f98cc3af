import LinearAlgebra
import TestSupport
import Testing
import VectorCore
import VectorKernels

/// Whatever way an answer is found, its distances have the same bits.
@Suite struct ReportedDistanceTests {
    @Test(arguments: InstructionSet.available, ExactSearchTests.Kind.allCases)
    func everyWayReportsTheSameBits(set: InstructionSet, kind: ExactSearchTests.Kind) {
        for metric in ExactSearchTests.metrics {
            withEverySeed(0..<2) { generator, seed in
                for (count, dimension) in [(40, 1), (300, 17), (200, 100)] {
                    let vectors = kind.vectors(count, dimension: dimension, using: &generator)
                    let others = kind.vectors(15, dimension: dimension, using: &generator)
                    // Some of the vectors are queries too.
                    let queries = FloatMatrix(
                        (0..<15).flatMap { [vectors.vector($0), others.vector($0)] },
                        columns: dimension)
                    check(
                        ExactSearch(
                            vectors, kernel: DistanceKernel(metric, instructionSet: set),
                            norms: RowNorms(of: vectors, metric: metric)),
                        queries, "\(metric), seed \(seed), \(count) × \(dimension)")
                }
            }
        }
    }

    private func check(_ search: ExactSearch, _ queries: FloatMatrix, _ place: Comment) {
        let vectors = search.vectors
        let k = vectors.rows
        let rows = RowSet(all: k)
        let scalar = DistanceKernel(search.metric, instructionSet: .scalar)
        let expected = (0..<queries.rows).map { scan(vectors, queries, query: $0, k: k, scalar) }
        let few = queries.selecting(rows: 0..<2)
        func expect(_ found: [[Neighbor]], _ way: String) {
            #expect(
                zip(found, expected).allSatisfy { areIdentical($0, $1) }, "\(place), \(way)")
        }
        expect((0..<2).map { search.search(queries[$0], k: k) }, "single")
        expect(search.searchBatch(few, k: k, threads: 1), "scanned")
        expect(search.searchBatch(queries, k: k, threads: 1), "by products")
        expect(search.searchBatch(few, k: k, among: rows, threads: 1), "few among")
        expect(search.searchBatch(queries, k: k, among: rows, threads: 2), "among")
        expect(
            search.searchBatch(queries, k: k, within: .infinity, among: rows, threads: 2), "within")
        // A reported distance finds its row, and nothing that is farther.
        for rank in [0, k / 3, k - 1] {
            let bound = expected[1][rank].distance
            let found = search.searchBatch(
                few, k: k, within: bound, among: rows, threads: 1)[1]
            #expect(areIdentical(found, expected[1].filter { $0.distance <= bound }), place)
            #expect(found.contains(expected[1][rank]), place)
        }
        guard search.metric == .cosine else { return }
        let normalizedVectors = normalized(vectors)
        let overNormalized = ExactSearch(
            normalizedVectors, kernel: search.kernel,
            norms: RowNorms(of: normalizedVectors, metric: .cosine))
        expect(overNormalized.searchBatch(queries, k: k, threads: 1), "normalised vectors")
        expect(overNormalized.searchBatch(normalized(few), k: k, threads: 1), "normalised")
    }

    private func normalized(_ vectors: FloatMatrix) -> FloatMatrix {
        unsafe FloatMatrix(rows: vectors.rows, columns: vectors.columns) { row, target in
            guard let start = target.baseAddress else { return }
            unsafe normalize(
                vectors.pointer(row: row), into: start, dimension: vectors.columns,
                kernel: DistanceKernel(.cosine))
        }
    }
}
