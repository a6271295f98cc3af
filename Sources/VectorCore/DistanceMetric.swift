/// How far apart two vectors are; smaller is always nearer.
///
/// A distance is computed in double precision and rounded to `Float`. It has the same bits whatever
/// kind of index reports it, by whatever way it was found, with any instruction set.
///
/// Vectors may have any finite length whose distances `Float` holds; others are refused. Under
/// ``l2Squared``, for example, numbers may be some 1e18 in size, and some 1e37 under ``l2``.
public enum DistanceMetric: Hashable, Sendable {
    /// The Euclidean distance.
    case l2
    /// The square of the Euclidean distance.
    case l2Squared
    /// One minus the cosine of the angle; 1 where either vector is zero.
    ///
    /// It is computed as half the squared Euclidean distance of both vectors at length 1, each
    /// number rounded to `Float`. That is the same, but for rounding: it is never negative, it is 0 for
    /// equal vectors, and it orders vectors that are nearly parallel, whose cosines all round to 1.
    case cosine
    /// The negated inner product.
    case innerProduct
    /// The sum of absolute differences.
    case l1
    /// The p-th root of the sum of the p-th powers of absolute differences, p from 1 to 32.
    case minkowski(p: Float)
}

extension DistanceMetric: CustomStringConvertible {
    /// The name that `init(name:)` reads back, such as `cosine` or `minkowski:3.0`.
    public var description: String {
        switch self {
        case .l2: "l2"
        case .l2Squared: "l2Squared"
        case .cosine: "cosine"
        case .innerProduct: "innerProduct"
        case .l1: "l1"
        case .minkowski(let p): "minkowski:\(p)"
        }
    }

    /// The names that people may write.
    public static let names = "l2, l2Squared, cosine, innerProduct, l1, minkowski:P (1 ≤ P ≤ 32)"

    /// Reads a name as people write it, or nil where it names no metric.
    ///
    /// Besides the names of the cases, the usual synonyms `euclidean`, `sqeuclidean`, `dot` and
    /// `manhattan` are understood; `minkowski` takes its power after a colon.
    public init?(name: String) {
        switch name.lowercased() {
        case "l2", "euclidean": self = .l2
        case "l2squared", "sqeuclidean": self = .l2Squared
        case "cosine": self = .cosine
        case "innerproduct", "dot": self = .innerProduct
        case "l1", "manhattan": self = .l1
        case let other:
            let parts = other.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0] == "minkowski", let p = Float(parts[1]),
                Self.powers.contains(p)
            else { return nil }
            self = .minkowski(p: p)
        }
    }
}

extension DistanceMetric {
    /// The powers that the Minkowski distance may have.
    ///
    /// Below 1 the triangle inequality does not hold; beyond 32 single precision does not hold the
    /// powers of common differences, by which vectors are compared at first.
    public static let powers: ClosedRange<Float> = 1...32

    /// Checks that the distance can be computed and obeys the triangle inequality: a power must be
    /// one of ``powers``.
    ///
    /// - Throws: ``IndexError`` with `unsupportedMetric`.
    public func validate() throws(IndexError) {
        guard case .minkowski(let p) = self else { return }
        guard Self.powers.contains(p) else {
            throw IndexError(
                .unsupportedMetric,
                "The power of the Minkowski distance is \(p); it must be from 1 to 32 (below, it "
                    + "is no metric; beyond, small differences no longer count).")
        }
    }

    /// What gives normalised vectors the same order, and keeps its digits where they are nearly parallel, as
    /// ‖x − z‖² = 2 (1 − ⟨x, z⟩).
    package var ofNormalized: DistanceMetric { self == .cosine ? .l2Squared : self }

    /// The tag and parameter that files carry.
    public var encoded: (tag: UInt32, parameter: Float) {
        switch self {
        case .l2: (1, 0)
        case .l2Squared: (2, 0)
        case .cosine: (3, 0)
        case .innerProduct: (4, 0)
        case .l1: (5, 0)
        case .minkowski(let p): (6, p)
        }
    }

    /// Reads what `encoded` wrote, or nil for an unknown tag.
    public init?(tag: UInt32, parameter: Float) {
        switch tag {
        case 1: self = .l2
        case 2: self = .l2Squared
        case 3: self = .cosine
        case 4: self = .innerProduct
        case 5: self = .l1
        case 6 where Self.powers.contains(parameter): self = .minkowski(p: parameter)
        default: return nil
        }
    }
}
