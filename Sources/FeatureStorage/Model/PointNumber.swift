/// The number that the store gives a point inside its collection.
///
/// Numbers start at 0, grow by one with every new point and are never given twice, so that they stay
/// dense while little is deleted. An id that is deleted and comes back gets a new number.
public struct PointNumber: RawRepresentable, Hashable, Comparable, Sendable, BitwiseCopyable,
    CustomStringConvertible
{
    /// The number, from 0.
    public let rawValue: UInt64

    /// Wraps a number.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// The decimal digits.
    public var description: String { rawValue.description }

    /// Orders by number, which is the order of creation.
    public static func < (left: PointNumber, right: PointNumber) -> Bool {
        left.rawValue < right.rawValue
    }
}
