public import Testing
public import VectorCore

/// What an index is held to: the exact order, or a share of the true neighbours.
public enum ExpectedAnswers: Sendable {
    /// The order of exact distances, ties by row.
    case exact
    /// At least this mean recall@10, with these parameters.
    case recall(Double, SearchLimits.Effort)
}

/// Holds an index to everything that `VectorIndex` promises.
///
/// Answers have exactly min(k, count) different rows, sorted, with the distances of the double
/// precision reference; batches answer like single searches; bad input is refused.
///
/// - Parameters:
///   - index: built over all vectors of `set`.
///   - set: the vectors, and queries to ask.
///   - metric: the metric that it was built with.
///   - expected: how near the answers must be.
///   - keepsVectors: whether the vectors are in the index.
public func checkVectorIndex(
    _ index: any VectorIndex, over set: VectorSet, metric: DistanceMetric,
    expecting expected: ExpectedAnswers, keepsVectors: Bool = true,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let check = IndexCheck(
        index: index, set: set, reference: ReferenceSearch(set.vectors, metric: metric),
        expected: expected, sourceLocation: sourceLocation)
    check.expect(index.metric == metric, "is built for \(index.metric)")
    check.expect(index.dimension == set.dimension, "has dimension \(index.dimension)")
    check.expect(index.count == set.vectors.count, "has count \(index.count)")
    // No kind can answer without the vectors, wherever they are.
    check.expect(
        !keepsVectors || index.memoryBytes >= set.vectors.count * set.dimension * 4,
        "says that it takes \(index.memoryBytes) bytes")
    try check.answers()
    try check.batches()
    check.refusals()
}

/// One index under check; every failure names the vectors and the metric.
private struct IndexCheck {
    let index: any VectorIndex
    let set: VectorSet
    let reference: ReferenceSearch
    let expected: ExpectedAnswers
    let sourceLocation: SourceLocation

    /// f32 sums of up to a thousand terms, and the kernels' powers, stay within this share of what
    /// is summed; exact kinds are within one rounding of the f64 value.
    private var relativeBound: Double {
        switch expected {
        case .exact: 0x1p-24
        case .recall: 1e-5
        }
    }

    private var effort: SearchLimits.Effort {
        switch expected {
        case .exact: SearchLimits.Effort.usual
        case .recall(_, let effort): effort
        }
    }

    func expect(_ holds: Bool, _ failure: @autoclosure () -> String) {
        guard !holds else { return }
        Issue.record(
            "\(type(of: index)), \(reference.metric), \(set): \(failure())",
            sourceLocation: sourceLocation)
    }

    func search(
        _ query: [Float], k: Int, _ effort: SearchLimits.Effort? = nil
    ) throws(IndexError) -> [Neighbor] {
        try index.search(query.span, k: k, effort: effort ?? self.effort)
    }

    func answers() throws {
        let count = set.vectors.count
        var recalls: [Double] = []
        for (number, query) in set.queries.enumerated() {
            let distances = reference.distances(from: query)
            // Long answers are slow to check, and two of them are enough.
            let sizes: Set = number < 2 ? [1, 2, 10, count, count + 7, 100 * count] : [10]
            for k in sizes.sorted() {
                let found = try search(query, k: k)
                check(found, k: k, query: number, distances)
                guard k == 10 else { continue }
                let rows = found.map(\.row.position).filter { $0 < count }
                recalls.append(recall(of: rows, distances: distances))
            }
        }
        if case .recall(let floor, _) = expected {
            let mean = recalls.reduce(0, +) / Double(max(1, recalls.count))
            expect(mean >= floor, "recall@10 is \(mean), below \(floor)")
        }
    }

    /// Checks one answer against the exact distances of all rows.
    private func check(_ found: [Neighbor], k: Int, query: Int, _ distances: [Double]) {
        let count = set.vectors.count
        let place = "query \(query), k \(k)"
        expect(found.count == min(k, count), "\(place): \(found.count) results")
        expect(Set(found.map(\.row)).count == found.count, "\(place): a row is there twice")
        guard found.allSatisfy({ $0.row.position < count }) else {
            expect(false, "\(place): a row is out of range")
            return
        }
        for neighbor in found {
            let exact = distances[neighbor.row.position]
            let scale = reference.scale(
                of: exact, from: set.queries[query], to: neighbor.row.position)
            // An exact kind rounds once; what cancelled before that is the f64 sum's own error.
            let bound =
                switch expected {
                case .exact: relativeBound * abs(exact) + 1e-13 * scale
                case .recall: relativeBound * scale
                }
            // The second holds too where the distance is subnormal, or too large for f32.
            expect(
                abs(Double(neighbor.distance) - exact) <= bound
                    || neighbor.distance == Float(exact),
                "\(place): row \(neighbor.row.rawValue) at \(neighbor.distance), not \(exact)")
        }
        switch expected {
        case .exact: checkOrder(found, place, query: query, distances)
        case .recall:
            // In double precision; only equal vectors are equally far for certain.
            expect(
                zip(found, found.dropFirst()).allSatisfy { left, right in
                    left.distance < right.distance || left < right
                        || left.distance == right.distance
                            && set.vectors[left.row.position] != set.vectors[right.row.position]
                }, "\(place): not sorted, ties by row")
        }
    }

    /// Checks that the order is that of the exact distances, ties by row.
    ///
    /// Rows may change places where sums in another order of terms differ only by their rounding,
    /// unless whole numbers leave none, or the vectors are equal.
    private func checkOrder(
        _ found: [Neighbor], _ place: String, query: Int, _ distances: [Double]
    ) {
        let order = distances.indices.sorted { (distances[$0], $0) < (distances[$1], $1) }
        expect(
            zip(found, found.dropFirst()).allSatisfy { $0.distance <= $1.distance },
            "\(place): not sorted")
        for (rank, neighbor) in found.enumerated() where rank < order.count {
            let row = neighbor.row.position
            let right = order[rank]
            guard row != right else { continue }
            let scale = reference.scale(of: distances[row], from: set.queries[query], to: row)
            let isRounding =
                !isExact && set.vectors[row] != set.vectors[right]
                && abs(distances[row] - distances[right]) <= 1e-13 * max(scale, 1e-300)
            expect(isRounding, "\(place): rank \(rank) is row \(row), not \(right)")
            if !isRounding { return }
        }
    }

    /// Whether the reference's distances have no rounding that another order of terms could change.
    private var isExact: Bool {
        guard set.isIntegral else { return false }
        switch reference.metric {
        case .l2, .l2Squared, .l1, .innerProduct: return true
        case .cosine, .minkowski: return false
        }
    }

    func batches() throws {
        let k = 7
        let single = try set.queries.map { try search($0, k: k) }
        for threads in [1, 2, 3, 40] {
            let batch = try index.searchBatch(
                set.queryMatrix, k: k, effort: effort, threads: threads)
            expect(batch.count == single.count, "\(batch.count) answers, \(threads) threads")
            expect(
                zip(batch, single).allSatisfy(areIdentical),
                "a batch on \(threads) threads answers otherwise than single searches")
        }
        let none = FloatMatrix([], columns: set.dimension)
        let answers = try index.searchBatch(none, k: k, effort: effort, threads: 2)
        expect(answers.isEmpty, "a batch of nothing has \(answers.count) answers")
    }

    func refusals() {
        guard let query = set.queries.first else { return }
        for value in [Float.nan, .infinity, -.infinity] {
            for place in [0, query.count - 1] {
                var bad = query
                bad[place] = value
                expectRefusal(bad, k: 1, .notFinite, "\(value) at \(place)")
            }
        }
        expectRefusal(query + [0], k: 1, .dimensionMismatch, "a number too many")
        expectRefusal(query.dropLast(), k: 1, .dimensionMismatch, "a number too few")
        expectRefusal(query, k: 0, .invalidParameter, "k 0")
        expectRefusal(query, k: -1, .invalidParameter, "k -1")
    }

    private func expectRefusal(
        _ query: [Float], k: Int, _ code: IndexError.Code, _ what: String
    ) {
        expectRefusal(code, "\(what), a search") { () throws(IndexError) in
            _ = try search(query, k: k)
        }
        let batch = FloatMatrix([query, query], columns: query.count)
        expectRefusal(code, "\(what), a batch") { () throws(IndexError) in
            _ = try index.searchBatch(batch, k: k, effort: effort, threads: 2)
        }
    }

    private func expectRefusal(
        _ code: IndexError.Code, _ what: String, _ body: () throws(IndexError) -> Void
    ) {
        do {
            try body()
            expect(false, "\(what) is not refused")
        } catch {
            expect(error.code == code, "\(what) is refused as \(error.code)")
            expect(error.message.hasSuffix("."), "\(what): \"\(error.message)\" is no sentence")
        }
    }
}

/// Whether two answers are the same, bit for bit.
public func areIdentical(_ left: [Neighbor], _ right: [Neighbor]) -> Bool {
    left.map(\.row) == right.map(\.row)
        && left.map(\.distance.bitPattern) == right.map(\.distance.bitPattern)
}
