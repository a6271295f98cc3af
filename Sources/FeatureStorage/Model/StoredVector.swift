/// A vector where it lies in the store, seen for the length of one closure.
///
/// Its checksum was right when it was handed out.
public struct StoredVector: ~Escapable {
    /// The point that it belongs to.
    public let number: PointNumber
    /// The sequence number of the change that wrote it.
    public let sequence: UInt64
    /// What its numbers are.
    public let elementType: ElementType
    /// Its numbers as they lie in the store, little-endian and not aligned.
    public let bytes: RawSpan

    @_lifetime(copy bytes)
    init(number: PointNumber, sequence: UInt64, elementType: ElementType, bytes: RawSpan) {
        self.number = number
        self.sequence = sequence
        self.elementType = elementType
        self.bytes = bytes
    }

    /// How many numbers it has.
    public var count: Int { bytes.byteCount / elementType.size }

    /// Writes its numbers as floats of 32 bits, exactly.
    ///
    /// - Parameter target: as long as the vector.
    /// - Throws: ``StorageError`` with `dimensionMismatch` where `target` is longer or shorter.
    public func copy(into target: inout MutableSpan<Float>) throws(StorageError) {
        guard target.count == count else {
            throw StorageError(
                .dimensionMismatch,
                "The vector has \(count) numbers, but there is room for \(target.count).")
        }
        unsafe target.withUnsafeMutableBufferPointer { target in
            unsafe bytes.withUnsafeBytes { source in
                unsafe widen(source, into: target)
            }
        }
    }

    private func widen(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableBufferPointer<Float>
    ) {
        switch elementType {
        case .f32:
            unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
        case .f16:
            // A half's exponent and fraction, moved to a float's place, are the value over 2^112;
            // the product is exact and, unlike the conversion by the library, is done in vectors.
            let scale = Float(bitPattern: (127 + 112) << 23)
            for i in 0..<target.count {
                let half = unsafe UInt32(
                    source.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))
                let magnitude = Float(bitPattern: (half & 0x7FFF) &<< 13) * scale
                unsafe target[i] = Float(bitPattern: magnitude.bitPattern | (half & 0x8000) &<< 16)
            }
        case .u8:
            for i in 0..<target.count { unsafe target[i] = Float(source[i]) }
        }
    }

    /// A copy of its numbers in their element type.
    public var data: VectorData {
        unsafe bytes.withUnsafeBytes { source in
            switch elementType {
            case .f32:
                .f32(
                    (0..<count).map {
                        unsafe source.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)
                    })
            case .f16:
                .f16(
                    (0..<count).map {
                        unsafe source.loadUnaligned(fromByteOffset: 2 * $0, as: Float16.self)
                    })
            case .u8:
                .u8(unsafe Array(source))
            }
        }
    }
}
