extension FixedWidthInteger {
    /// The bytes of the integer, the highest first, so that keys sort by number.
    var bigEndianBytes: [UInt8] {
        (0..<Self.bitWidth / 8).map {
            UInt8(truncatingIfNeeded: self >> (Self.bitWidth - 8 - 8 * $0))
        }
    }
}

extension RawSpan {
    /// The byte at an offset.
    func byte(at offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < byteCount)
        return unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// The big-endian integer at an offset.
    func integer<I: FixedWidthInteger & BitwiseCopyable>(_ type: I.Type, at offset: Int) -> I {
        unsafe I(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: type))
    }

    /// A copy of the bytes from an offset to the end.
    func array(from start: Int = 0) -> [UInt8] {
        unsafe withUnsafeBytes { unsafe Array($0[start...]) }
    }
}

extension [UInt8] {
    /// The bytes as a raw span; whole bytes have no uninitialised parts.
    var rawSpan: RawSpan {
        @_lifetime(borrow self)
        get { unsafe span.bytes }
    }
}
