internal import JSON

/// A collection as the store knows it; the handle for its points.
///
/// A handle outlives its transaction. Where the collection has been deleted meanwhile, reading by the
/// handle finds nothing and writing by it throws `noSuchCollection`.
public struct StoredCollection: Hashable, Sendable {
    /// The number inside keys, never given twice.
    public let id: UInt32
    /// The name.
    public let name: String
    /// The folder that picture paths in payloads are relative to, where there is one.
    public let imageRoot: String?

    /// Throws unless `name` is 1 to 255 letters, digits, `_`, `.` and `-`, and not `.` or `..`.
    ///
    /// - Throws: ``StorageError`` with `invalidName`.
    public static func validate(name: String) throws(StorageError) {
        let isAllowed = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isAllowed, (1...255).contains(name.utf8.count), name != ".", name != ".." else {
            throw StorageError(
                .invalidName,
                "“\(name)” cannot name a collection; use 1 to 255 of A–Z, a–z, 0–9, _, . and -.")
        }
    }

    /// What the store keeps under the name.
    var record: JSONValue {
        var object: JSONObject = ["id": .integer(Int64(id))]
        if let imageRoot { object["imageRoot"] = .string(imageRoot) }
        return .object(object)
    }

    init?(name: String, record: JSONValue) {
        guard let id = record["id"]?.integerValue.flatMap(UInt32.init(exactly:)) else { return nil }
        self.init(id: id, name: name, imageRoot: record["imageRoot"]?.stringValue)
    }

    init(id: UInt32, name: String, imageRoot: String?) {
        self.id = id
        self.name = name
        self.imageRoot = imageRoot
    }
}
