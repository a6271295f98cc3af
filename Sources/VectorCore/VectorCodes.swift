/// How an index keeps vectors for traversal.
public enum VectorCodes: String, CaseIterable, Hashable, Sendable {
    /// Numbers of 32 bits, as they came.
    case f32
    /// Rotated codes of 8 bits a number, for L2, cosine and the inner product.
    case rq8

    /// Whether distances of codes can stand for those of a metric.
    public func supports(_ metric: DistanceMetric) -> Bool {
        switch (self, metric) {
        case (.f32, _), (.rq8, .l2), (.rq8, .l2Squared), (.rq8, .cosine), (.rq8, .innerProduct):
            true
        case (.rq8, .l1), (.rq8, .minkowski): false
        }
    }

    /// The names of all, with commas between them.
    public static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
