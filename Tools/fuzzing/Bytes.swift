/// Takes numbers and runs of bytes off the front of an input; where it has ended, zeros and nothing.
struct ByteReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    /// Whether nothing is left.
    var isAtEnd: Bool { rest.isEmpty }

    /// A little-endian number.
    mutating func number<T: FixedWidthInteger>(_ type: T.Type) -> T {
        bytes(MemoryLayout<T>.size).reversed().reduce(T.zero) {
            $0 << 8 | T(truncatingIfNeeded: $1)
        }
    }

    /// The next bytes, at most so many.
    mutating func bytes(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }
}

extension [UInt8] {
    /// Appends a little-endian number.
    mutating func append<T: FixedWidthInteger>(number: T) {
        for byte in 0..<MemoryLayout<T>.size {
            append(UInt8(truncatingIfNeeded: number >> T(8 * byte)))
        }
    }

    /// A little-endian number at an offset, or zero where the bytes end before.
    func number<T: FixedWidthInteger>(at offset: Int, as type: T.Type) -> T {
        guard offset >= 0, offset + MemoryLayout<T>.size <= count else { return 0 }
        var reader = ByteReader(Array(self[offset..<offset + MemoryLayout<T>.size]))
        return reader.number(type)
    }

    /// Writes a number of so many bytes at an offset, the largest byte first where `bigEndian`.
    mutating func put<T: FixedWidthInteger>(_ value: T, at offset: Int, bigEndian: Bool = false) {
        let size = MemoryLayout<T>.size
        guard offset >= 0, offset + size <= count else { return }
        for byte in 0..<size {
            let shift = 8 * (bigEndian ? size - 1 - byte : byte)
            self[offset + byte] = UInt8(truncatingIfNeeded: value >> T(shift))
        }
    }
}

/// Files with long runs of zeros as short inputs: pairs of a count of zeros and a run of bytes.
///
/// Small inputs are changed where it matters, not in the padding.
enum SparseBytes {
    /// The file that an input stands for, at most `limit` bytes of it.
    static func decode(_ bytes: [UInt8], limit: Int) -> [UInt8] {
        var reader = ByteReader(bytes)
        var file: [UInt8] = []
        while !reader.isAtEnd, file.count < limit {
            file += [UInt8](repeating: 0, count: Int(reader.number(UInt16.self)))
            file += reader.bytes(Int(reader.number(UInt16.self)))
        }
        return Array(file.prefix(limit))
    }

    /// The input that stands for a file.
    static func encode(_ file: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var place = 0
        while place < file.count {
            let start = place
            while place < file.count, file[place] == 0, place - start < 65535 { place += 1 }
            bytes.append(number: UInt16(place - start))
            let content = place
            var zeros = 0
            // Sixteen zeros are worth a new pair.
            while place < file.count, zeros < 16, place - content < 65535 {
                zeros = file[place] == 0 ? zeros + 1 : 0
                place += 1
            }
            bytes.append(number: UInt16(place - content))
            bytes += file[content..<place]
        }
        return bytes
    }
}
