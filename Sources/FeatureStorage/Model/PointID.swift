public import Foundation
public import JSON

/// The id that people give a point: a number or a UUID.
///
/// Numbers come before UUIDs in order.
public enum PointID: Hashable, Sendable {
    /// An unsigned number of 64 bits.
    case number(UInt64)
    /// A UUID.
    case uuid(UUID)
}

extension PointID: CustomStringConvertible {
    /// Decimal digits, or a UUID in lower case with hyphens; `init(_:)` reads both back.
    public var description: String {
        switch self {
        case .number(let number): number.description
        case .uuid(let uuid): uuid.uuidString.lowercased()
        }
    }

    /// Reads an id as people write it.
    ///
    /// - Parameter text: decimal digits; or a UUID with or without hyphens, in either case, which may
    ///   follow `urn:uuid:`.
    /// - Throws: ``StorageError`` with `invalidID` where it is neither.
    public init(_ text: String) throws(StorageError) {
        let isDecimal = !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) }
        if text.utf8.count < 32, isDecimal, let number = UInt64(text) {
            self = .number(number)
            return
        }
        let prefix = "urn:uuid:"
        var hex = text.lowercased().hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
        if hex.utf8.count == 32, hex.utf8.allSatisfy({ $0 != UInt8(ascii: "-") }) {
            for place in [20, 16, 12, 8] {
                hex.insert("-", at: hex.index(hex.startIndex, offsetBy: place))
            }
        }
        guard let uuid = UUID(uuidString: hex) else {
            throw StorageError(
                .invalidID,
                "“\(text)” is no point id; give a number from 0 to 18446744073709551615 or a UUID.")
        }
        self = .uuid(uuid)
    }
}

extension PointID {
    /// The id as JSON: a number, or a string that holds a UUID.
    public var json: JSONValue {
        switch self {
        case .number(let number): JSONValue(number)
        case .uuid: .string(description)
        }
    }

    /// Reads an id from JSON.
    ///
    /// - Throws: ``StorageError`` with `invalidID` where it is neither an unsigned integer nor a
    ///   UUID in a string.
    public init(json: JSONValue) throws(StorageError) {
        if let number = json.unsignedValue {
            self = .number(number)
        } else if let text = json.stringValue, text.utf8.count >= 32 {
            try self.init(text)
        } else {
            throw StorageError(
                .invalidID,
                "\(json) is no point id; give an unsigned integer or a UUID in a string.")
        }
    }
}

extension PointID: Comparable {
    /// Orders numbers by value, then UUIDs by their bytes.
    public static func < (left: PointID, right: PointID) -> Bool {
        switch (left, right) {
        case (.number(let a), .number(let b)): a < b
        case (.number, .uuid): true
        case (.uuid, .number): false
        case (.uuid, .uuid): left.encoded.lexicographicallyPrecedes(right.encoded)
        }
    }
}

extension PointID {
    private static let numberTag: UInt8 = 0
    private static let uuidTag: UInt8 = 1

    /// The bytes inside keys, whose order is that of the ids.
    var encoded: [UInt8] {
        switch self {
        case .number(let number):
            return [Self.numberTag] + number.bigEndianBytes
        case .uuid(let uuid):
            let b = uuid.uuid
            return [
                Self.uuidTag, b.0, b.1, b.2, b.3, b.4, b.5, b.6, b.7, b.8, b.9, b.10, b.11, b.12,
                b.13, b.14, b.15,
            ]
        }
    }

    /// Reads what `encoded` wrote, from an offset to the end, or nil where it is something else.
    init?(encoded bytes: RawSpan, from start: Int = 0) {
        switch bytes.byteCount - start {
        case 9 where bytes.byte(at: start) == Self.numberTag:
            self = .number(bytes.integer(UInt64.self, at: start + 1))
        case 17 where bytes.byte(at: start) == Self.uuidTag:
            func b(_ i: Int) -> UInt8 { bytes.byte(at: start + 1 + i) }
            self = .uuid(
                UUID(
                    uuid: (
                        b(0), b(1), b(2), b(3), b(4), b(5), b(6), b(7), b(8), b(9), b(10), b(11),
                        b(12), b(13), b(14), b(15)
                    )))
        default:
            return nil
        }
    }
}
