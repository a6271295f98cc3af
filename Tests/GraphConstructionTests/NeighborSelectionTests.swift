import GraphConstruction
import TestSupport
import Testing
import VectorCore
import VectorKernels

@Suite struct NeighborSelectionTests {
    /// Algorithm 4 of the paper, as it is written there: a queue of candidates, and a set of
    /// results that each new one must be farther from than from the vertex.
    private func chosenNaively(
        _ candidates: [LinkCandidate], limit: Int, distance: (UInt32, UInt32) -> Float
    ) -> [LinkCandidate] {
        var queue = candidates
        var results: [LinkCandidate] = []
        while !queue.isEmpty, results.count < limit {
            let nearest = queue.removeFirst()
            if results.allSatisfy({ distance(nearest.row, $0.row) > nearest.distance }) {
                results.append(nearest)
            }
        }
        return results
    }

    private func distances(
        _ kernel: DistanceKernel, _ matrix: FloatMatrix
    ) -> (UInt32, UInt32) -> Float {
        { kernel.raw(matrix[Int($0)], matrix[Int($1)]) }
    }

    @Test(arguments: [DistanceMetric.l2Squared, .l1, .minkowski(p: 3)])
    func choosesWhatThePaperChooses(metric: DistanceMetric) {
        withEverySeed(0..<20) { generator, seed in
            let dimension = Int.random(in: 1...6, using: &generator)
            var vectors = randomVectors(60, dimension: dimension, using: &generator)
            // Copies, and numbers with few values, so that distances are equal.
            for row in 30..<60 {
                vectors[row] = vectors[row - 30].map { seed % 2 == 0 ? $0 : $0.rounded() }
            }
            let matrix = FloatMatrix(vectors, columns: dimension)
            let pair = distances(DistanceKernel(metric), matrix)
            let vertex = UInt32.random(in: 0..<60, using: &generator)
            let sorted = (0..<60).filter { $0 != vertex }
                .map { LinkCandidate(row: $0, distance: pair(vertex, $0)) }.sorted()
            for limit in [1, 2, 5, 16, 100] {
                for count in [0, 1, 7, 59] {
                    var candidates = Array(sorted.prefix(count))
                    let kept = NeighborSelection.chooseDiverse(
                        &candidates, limit: limit, distance: pair)
                    let expected = chosenNaively(
                        Array(sorted.prefix(count)), limit: limit, distance: { pair($0, $1) })
                    #expect(
                        Array(candidates[..<kept]) == expected,
                        "seed \(seed), limit \(limit), \(count) candidates")
                }
            }
        }
    }

    @Test func ofManyCopiesOneIsChosen() {
        let vectors = [[Float]](repeating: [0, 0], count: 6) + [[3, 0], [0, 3], [3, 0.1]]
        let pair = distances(DistanceKernel(.l2Squared), FloatMatrix(vectors, columns: 2))
        var candidates = (1..<UInt32(9)).map { LinkCandidate(row: $0, distance: pair(0, $0)) }
            .sorted()
        let kept = NeighborSelection.chooseDiverse(&candidates, limit: 8, distance: pair)
        // The copies are at 0 from each other, and all else is as far from row 1 as from row 0.
        #expect(candidates[..<kept].map(\.row) == [1])
    }

    /// One vector in the middle is nearer to all than they are to each other.
    @Test func aShortListIsFilledWithTheNearest() {
        let vectors: [[Float]] = [[4, 0], [0, 0], [0, 4.1], [0, -4.2], [-4.3, 0], [0, 4.4]]
        let pair = distances(DistanceKernel(.l2Squared), FloatMatrix(vectors, columns: 2))
        let sorted = (1..<UInt32(6)).map { LinkCandidate(row: $0, distance: pair(0, $0)) }.sorted()
        func chosen(limit: Int, least: Int) -> [UInt32] {
            var candidates = sorted
            let kept = NeighborSelection.chooseDiverse(
                &candidates, limit: limit, least: least, distance: pair)
            return candidates[..<kept].map(\.row)
        }
        #expect(chosen(limit: 8, least: 0) == [1])
        #expect(chosen(limit: 8, least: 3) == [1, 2, 3])
        #expect(chosen(limit: 2, least: 3) == [1, 2])
        #expect(chosen(limit: 8, least: 8) == [1, 2, 3, 5, 4])
    }

    /// What the rule chooses stays, and stays in order among what fills the list.
    @Test func fillingKeepsWhatTheRuleChooses() {
        withEverySeed(0..<20) { generator, seed in
            let vectors = randomVectors(60, dimension: 4, using: &generator)
            let pair = distances(DistanceKernel(.l2Squared), FloatMatrix(vectors, columns: 4))
            let sorted = (1..<UInt32(60)).map { LinkCandidate(row: $0, distance: pair(0, $0)) }
                .sorted()
            let diverse = chosenNaively(sorted, limit: 16, distance: pair)
            for least in [1, 4, 12, 40] {
                var candidates = sorted
                let kept = NeighborSelection.chooseDiverse(
                    &candidates, limit: 16, least: least, distance: pair)
                let chosen = Array(candidates[..<kept])
                #expect(chosen == chosen.sorted(), "seed \(seed), least \(least)")
                #expect(Set(chosen).isSuperset(of: diverse), "seed \(seed), least \(least)")
                #expect(
                    kept == max(diverse.count, min(16, least)), "seed \(seed), least \(least)")
                let others = sorted.filter { !diverse.contains($0) }
                #expect(
                    chosen.filter { !diverse.contains($0) }
                        == Array(others.prefix(kept - diverse.count)),
                    "seed \(seed), least \(least)")
            }
        }
    }

    @Test func candidatesOrderByDistanceThenRow() {
        let near = LinkCandidate(row: 9, distance: -1)
        let tied = [LinkCandidate(row: 2, distance: 0), LinkCandidate(row: 3, distance: -0.0)]
        #expect([tied[1], near, tied[0]].sorted() == [near] + tied)
    }
}
