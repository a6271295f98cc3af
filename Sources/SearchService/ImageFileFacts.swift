import FeatureExtraction
import JSON

/// What is kept of an image's file, to see later whether it has changed or moved.
///
/// It lies in the payload's member `file`, beside `path`.
struct ImageFileFacts: Hashable, Sendable {
    /// The size in bytes.
    var bytes: Int64
    /// When the file was last modified, in nanoseconds since 1970.
    var modified: Int64
    /// The SHA-256 of its content.
    var hash: ContentHash

    init(bytes: Int64, modified: Int64, hash: ContentHash) {
        self.bytes = bytes
        self.modified = modified
        self.hash = hash
    }

    /// Reads what ``json`` writes, or gives nil where a point has none.
    init?(payload: JSONObject) {
        guard let object = payload["file"], let bytes = object["bytes"]?.integerValue,
            let modified = object["modified_ns"]?.integerValue,
            let hash = object["sha256"]?.stringValue.flatMap(ContentHash.init(hexadecimal:))
        else { return nil }
        self.init(bytes: bytes, modified: modified, hash: hash)
    }

    /// The payload's member `file`.
    var json: JSONValue {
        [
            "bytes": .integer(bytes), "modified_ns": .integer(modified),
            "sha256": .string(hash.hexadecimal),
        ]
    }
}

/// A SHA-256 in 32 bytes.
struct ContentHash: Hashable, Sendable, BitwiseCopyable {
    private let a: UInt64
    private let b: UInt64
    private let c: UInt64
    private let d: UInt64

    /// The hash of a file's content.
    init(of bytes: [UInt8]) {
        self.init(checked: SHA256.hexadecimal(bytes))
    }

    /// Reads 64 hexadecimal digits; nil where they are none.
    init?(hexadecimal text: String) {
        guard text.utf8.count == 64, text.utf8.allSatisfy(Self.isHexadecimal) else { return nil }
        self.init(checked: text)
    }

    private init(checked text: String) {
        let words = stride(from: 0, to: 64, by: 16).map { start in
            text.utf8.dropFirst(start).prefix(16).reduce(UInt64(0)) { word, digit in
                word << 4 | UInt64(digit < 58 ? digit - 48 : (digit | 32) - 87)
            }
        }
        (a, b, c, d) = (words[0], words[1], words[2], words[3])
    }

    private static func isHexadecimal(_ digit: UInt8) -> Bool {
        digit &- 48 < 10 || (digit | 32) &- 97 < 6
    }

    /// The hash as 64 hexadecimal digits in lower case.
    var hexadecimal: String {
        [a, b, c, d].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
