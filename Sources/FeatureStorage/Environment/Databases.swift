internal import CLMDB

/// The named trees of a store.
///
/// Numbers in keys are big-endian, so that they sort as numbers.
///
/// | tree | key | value |
/// |---|---|---|
/// | `meta` | a name | `environment` the store's id, counters UInt64 |
/// | `collections` | name | JSON |
/// | `fields` | collection, name | JSON |
/// | `counters` | collection | next number, points |
/// | | collection, field | vectors |
/// | `ids` | collection, id | number |
/// | `points` | collection, number | id |
/// | `payloads` | collection, number | JSON |
/// | `vectors` | field, number | element type, 3 zeros, sequence, numbers |
/// | `log` | sequence | operation, collection, number, fields |
/// | `indexes` | collection, field, name | JSON |
/// | `payloadIndexes` | collection, key of payloads | JSON |
/// | `payloadValues` | payload index, value, block | numbers |
///
/// Every value begins with the CRC32C of its key and of the rest of it, but for `format` in `meta`,
/// a UInt32 alone.
struct Databases {
    var meta: MDB_dbi = 0
    var collections: MDB_dbi = 0
    var fields: MDB_dbi = 0
    var counters: MDB_dbi = 0
    var ids: MDB_dbi = 0
    var points: MDB_dbi = 0
    var payloads: MDB_dbi = 0
    var vectors: MDB_dbi = 0
    var log: MDB_dbi = 0
    var indexes: MDB_dbi = 0
    var payloadIndexes: MDB_dbi = 0
    var payloadValues: MDB_dbi = 0

    /// Every tree with its name, in the order in which they are opened.
    static let all: [(name: String, tree: WritableKeyPath<Databases, MDB_dbi> & Sendable)] = [
        ("meta", \.meta), ("collections", \.collections), ("fields", \.fields),
        ("counters", \.counters), ("ids", \.ids), ("points", \.points), ("payloads", \.payloads),
        ("vectors", \.vectors), ("log", \.log), ("indexes", \.indexes),
        ("payloadIndexes", \.payloadIndexes), ("payloadValues", \.payloadValues),
    ]

    /// The trees that format 3 brought.
    static let sinceFormat3: Set = ["payloadIndexes", "payloadValues"]
}

/// The keys of `meta`.
enum MetaKey {
    static let format = Array("format".utf8)
    static let environment = Array("environment".utf8)
    static let sequence = Array("sequence".utf8)
    static let trimmed = Array("trimmed".utf8)
    static let lastCollection = Array("lastCollection".utf8)
    static let lastField = Array("lastField".utf8)
    static let lastPayloadIndex = Array("lastPayloadIndex".utf8)

    /// The format that this version writes and reads.
    static let currentFormat: UInt32 = 3
    /// The formats whose records can be checked, those of snapshots among them.
    static let checkedFormats: ClosedRange<UInt32> = 2...currentFormat
}
