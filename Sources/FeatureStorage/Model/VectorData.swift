/// A vector's numbers in the element type in which they came.
public enum VectorData: Hashable, Sendable {
    /// Floats of 32 bits.
    case f32([Float])
    /// Floats of 16 bits.
    case f16([Float16])
    /// Unsigned bytes.
    case u8([UInt8])

    /// The element type.
    public var elementType: ElementType {
        switch self {
        case .f32: .f32
        case .f16: .f16
        case .u8: .u8
        }
    }

    /// How many numbers there are.
    public var count: Int {
        switch self {
        case .f32(let values): values.count
        case .f16(let values): values.count
        case .u8(let values): values.count
        }
    }

    /// The numbers as floats of 32 bits, which hold every element type exactly.
    public var floats: [Float] {
        switch self {
        case .f32(let values): values
        case .f16(let values): values.map { Float($0) }
        case .u8(let values): values.map { Float($0) }
        }
    }

    /// Makes a vector of an element type from floats.
    ///
    /// Rounds to the nearest float of 16 bits for `f16`. For `u8` every number must be an integer
    /// from 0 to 255.
    ///
    /// - Throws: ``StorageError`` with `notRepresentable` that names the first number that the
    ///   element type cannot hold.
    public init(_ floats: [Float], as elementType: ElementType) throws(StorageError) {
        switch elementType {
        case .f32:
            self = .f32(floats)
        case .f16:
            let halves = floats.map { Float16($0) }
            for i in halves.indices where !halves[i].isFinite && floats[i].isFinite {
                throw Self.misfit(i, floats[i], "f16, which ends at 65504")
            }
            self = .f16(halves)
        case .u8:
            var bytes: [UInt8] = []
            bytes.reserveCapacity(floats.count)
            for i in floats.indices {
                guard let byte = UInt8(exactly: floats[i]) else {
                    throw Self.misfit(i, floats[i], "u8, which holds the integers from 0 to 255")
                }
                bytes.append(byte)
            }
            self = .u8(bytes)
        }
    }

    private static func misfit(_ position: Int, _ value: Float, _ type: String) -> StorageError {
        StorageError(
            .notRepresentable, "Number \(position) of the vector, \(value), is no \(type).")
    }

    /// The position of the first NaN or infinity, or nil where all numbers are finite.
    public var firstNonFinite: Int? {
        switch self {
        case .f32(let values):
            // Adding up first, because a sum without branches takes a fraction of the search's time.
            var bad: UInt32 = 0
            for value in values { bad |= (value.bitPattern & 0x7F80_0000) &+ 0x0080_0000 }
            return bad >> 31 == 0 ? nil : values.firstIndex { !$0.isFinite }
        case .f16(let values):
            var bad: UInt16 = 0
            for value in values { bad |= (value.bitPattern & 0x7C00) &+ 0x0400 }
            return bad >> 15 == 0 ? nil : values.firstIndex { !$0.isFinite }
        case .u8:
            return nil
        }
    }

    /// Calls `body` with the numbers as they lie in memory.
    func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        switch self {
        case .f32(let values):
            unsafe values.withUnsafeBytes { unsafe body($0) }
        case .f16(let values):
            unsafe values.withUnsafeBytes { unsafe body($0) }
        case .u8(let values):
            unsafe values.withUnsafeBytes { unsafe body($0) }
        }
    }
}
