/// The dense position of a vector inside one index.
///
/// Rows mean something only inside the index that gave them; the store maps them to points.
public struct RowID: RawRepresentable, Hashable, Comparable, Sendable, BitwiseCopyable {
    /// The position, from 0.
    public let rawValue: UInt32

    /// Wraps a position.
    @inlinable
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Wraps a position that is known to fit 32 bits.
    @inlinable
    public init(_ position: Int) {
        self.rawValue = UInt32(position)
    }

    /// The position as an array index.
    @inlinable public var position: Int { Int(rawValue) }

    /// Orders rows by position.
    @inlinable
    public static func < (left: RowID, right: RowID) -> Bool {
        left.rawValue < right.rawValue
    }
}
