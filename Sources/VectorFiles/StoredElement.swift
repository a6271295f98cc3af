/// How a file stores one number; ``VectorFile/ElementType`` is what readers make of it.
enum StoredElement: Sendable {
    case u8
    case i8
    case f16
    case f32
    case f32BigEndian
    case f64

    var byteCount: Int {
        switch self {
        case .u8, .i8: 1
        case .f16: 2
        case .f32, .f32BigEndian: 4
        case .f64: 8
        }
    }

    /// What its numbers are read as: itself where possible, else 32-bit floats.
    var elementType: VectorFile.ElementType {
        switch self {
        case .u8: .u8
        case .f16: .f16
        case .f32, .f32BigEndian, .i8, .f64: .f32
        }
    }

    /// Whether the bytes in the file are already those of `elementType`.
    var isReadAsStored: Bool {
        switch self {
        case .u8, .f16, .f32: true
        case .i8, .f32BigEndian, .f64: false
        }
    }

    /// The name that messages use.
    var name: String {
        switch self {
        case .u8: "8-bit unsigned integers"
        case .i8: "8-bit signed integers"
        case .f16: "16-bit floats"
        case .f32: "32-bit floats"
        case .f32BigEndian: "big-endian 32-bit floats"
        case .f64: "64-bit floats"
        }
    }
}

extension StoredElement {
    /// Writes `count` stored numbers as those of `elementType`, both unaligned.
    func convert(_ source: UnsafeRawPointer, count: Int, to target: UnsafeMutableRawPointer) {
        switch self {
        case .u8, .f16, .f32:
            unsafe target.copyMemory(from: source, byteCount: count * byteCount)
        case .i8:
            for i in 0..<count {
                let value = unsafe source.load(fromByteOffset: i, as: Int8.self)
                unsafe target.storeBytes(of: Float(value), toByteOffset: 4 * i, as: Float.self)
            }
        case .f32BigEndian:
            for i in 0..<count {
                let bits = unsafe source.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self)
                unsafe target.storeBytes(
                    of: UInt32(bigEndian: bits), toByteOffset: 4 * i, as: UInt32.self)
            }
        case .f64:
            for i in 0..<count {
                let value = unsafe source.loadUnaligned(fromByteOffset: 8 * i, as: Double.self)
                unsafe target.storeBytes(of: Float(value), toByteOffset: 4 * i, as: Float.self)
            }
        }
    }
}

extension VectorFile.ElementType {
    /// Writes `count` unaligned numbers as floats.
    func widen(_ source: UnsafeRawPointer, count: Int, to target: UnsafeMutablePointer<Float>) {
        switch self {
        case .u8:
            for i in 0..<count {
                unsafe target[i] = Float(source.load(fromByteOffset: i, as: UInt8.self))
            }
        case .f16:
            for i in 0..<count {
                unsafe target[i] = HalfPrecision.float(
                    source.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))
            }
        case .f32:
            unsafe UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: 4 * count)
        }
    }
}
