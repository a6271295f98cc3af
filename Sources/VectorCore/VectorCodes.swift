/// How an index keeps vectors for traversal.
public enum VectorCodes: String, CaseIterable, Hashable, Sendable {
    /// Numbers of 32 bits, as they came.
    case f32
    /// Numbers of 16 bits.
    case f16
    /// Rotated codes of 8 bits a number, for L2, cosine and the inner product.
    case rq8
    /// Codes of 8 bits a number with one step for all of them, for L1 and Minkowski distances.
    case sq8

    /// Whether distances of codes can stand for those of a metric.
    public func supports(_ metric: DistanceMetric) -> Bool {
        switch self {
        case .f32, .f16: true
        case .rq8: !Self.isMinkowski(metric)
        case .sq8: Self.isMinkowski(metric)
        }
    }

    private static func isMinkowski(_ metric: DistanceMetric) -> Bool {
        switch metric {
        case .l1, .minkowski: true
        case .l2, .l2Squared, .cosine, .innerProduct: false
        }
    }

    /// The names of all, with commas between them.
    public static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
