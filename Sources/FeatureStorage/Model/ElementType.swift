/// What the numbers of a stored vector are.
public enum ElementType: String, Hashable, Sendable, CaseIterable {
    /// IEEE 754 floats of 32 bits.
    case f32
    /// IEEE 754 floats of 16 bits.
    case f16
    /// Unsigned bytes.
    case u8

    /// How many bytes a number takes.
    public var size: Int {
        switch self {
        case .f32: 4
        case .f16: 2
        case .u8: 1
        }
    }

    /// The tag inside stored vectors.
    var tag: UInt8 {
        switch self {
        case .f32: 1
        case .f16: 2
        case .u8: 3
        }
    }
}
