internal import Foundation
internal import JSON
internal import VectorCore

/// Holds the records of a store against their checksums and against each other.
///
/// Trees come in the order of `order`; keys within a tree ascend.
final class RecordCheck {
    static let order = [
        "meta", "collections", "fields", "counters", "payloadIndexes", "ids", "points", "payloads",
        "payloadValues", "vectors", "indexes", "log",
    ]

    private let walk: StructureWalk
    private var result = StoreVerification()

    private var numbers: [[UInt8]: UInt64] = [:]
    private var collections: [UInt32: String] = [:]
    private var fields: [UInt32: VectorField] = [:]
    private var pointCounters: [UInt32: (next: UInt64, points: UInt64)] = [:]
    private var vectorCounters: [UInt32: UInt64] = [:]
    private var idCounts: [UInt32: UInt64] = [:]
    private var vectorCounts: [UInt32: UInt64] = [:]
    /// What `ids` says of every point, to be held against `points`.
    private var named: [PointClaim] = []
    private var points: [PointPlace] = []
    private var namedPlace = 0
    private var payloadPlace = 0
    private var payloads = 0
    private var payloadIndexes = PayloadIndexCheck()
    /// Records of `meta` that come before the format, which says how to read them.
    private var beforeFormat: [(key: [UInt8], value: [UInt8])] = []
    private var lastLogged: UInt64?
    private var logged: UInt64 = 0

    private struct PointPlace: Comparable {
        let collection: UInt32
        let number: UInt64

        static func < (left: PointPlace, right: PointPlace) -> Bool {
            (left.collection, left.number) < (right.collection, right.number)
        }
    }

    private struct PointClaim {
        let place: PointPlace
        /// A checksum of the id, which stands for it.
        let id: UInt32
    }

    init(_ walk: StructureWalk) {
        self.walk = walk
    }

    /// Whether a store of the format that was read has a tree.
    func expects(_ tree: String) -> Bool {
        guard let format = result.format, format < 3 else { return true }
        return !Databases.sinceFormat3.contains(tree)
    }

    /// Takes the next record of a tree.
    func visit(_ tree: String, _ key: RawSpan, _ value: RawSpan) {
        if tree == "meta", key.equals(MetaKey.format) {
            guard value.byteCount == 4 else { return walk.fault("The store's format is damaged.") }
            let format = value.integer(UInt32.self, at: 0)
            result.format = format
            if !MetaKey.checkedFormats.contains(format) {
                walk.fault(
                    "The store has format \(format), but this version "
                        + "checks format \(MetaKey.currentFormat); open it for writing once, with "
                        + "'likeness compact'.")
            }
            for (key, value) in beforeFormat { visit(tree, key.rawSpan, value.rawSpan) }
            beforeFormat = []
            return
        }
        if tree == "meta", result.format == nil {
            beforeFormat.append((key.array(), value.array()))
            return
        }
        result.recordCount += 1
        // Records of an older format have other checksums; that was said.
        guard result.format.map(MetaKey.checkedFormats.contains) ?? true else { return }
        guard Checksum.isRight(key: key, value) else {
            return walk.fault("\(description(tree, key)) does not match its checksum.")
        }
        let content = value.extracting(Checksum.byteCount...)
        let isRight =
            switch tree {
            case "meta": visitMeta(key, content)
            case "collections": visitCollection(key, content)
            case "fields": visitField(key, content)
            case "counters": visitCounter(key, content)
            case "ids": visitID(key, content)
            case "points": visitPoint(key, content)
            case "payloadIndexes": visitPayloadIndex(key, content)
            case "payloads": visitPayload(key, content)
            case "payloadValues": payloadIndexes.add(key, content)
            case "vectors": visitVector(key, content)
            case "indexes": visitIndex(key, content)
            default: visitChange(key, content)
            }
        if !isRight { walk.fault("\(description(tree, key)) does not fit the rest of the store.") }
    }

    private func description(_ tree: String, _ key: RawSpan) -> String {
        guard key.byteCount == 12 else {
            let name = String(
                decoding: key.array().filter { $0 >= 0x20 && $0 < 0x7F }, as: UTF8.self)
            return "A record of the tree “\(tree)”\(name.isEmpty ? "" : " (\(name))")"
        }
        let number = key.integer(UInt64.self, at: 4)
        let owner = key.integer(UInt32.self, at: 0)
        if tree == "vectors" {
            return "The vector “\(fields[owner]?.name ?? "\(owner)")” of the point with the number "
                + "\(number)"
        }
        let what = tree == "payloads" ? "payload" : "id"
        return "The \(what) of the point with the number \(number) in the collection "
            + "“\(collections[owner] ?? "\(owner)")”"
    }

    private func visitMeta(_ key: RawSpan, _ value: RawSpan) -> Bool {
        if key.equals(MetaKey.environment) {
            guard case .uuid(let identifier)? = PointID(encoded: value) else { return false }
            result.identifier = identifier
            return true
        }
        let name = key.array()
        let known = [
            MetaKey.sequence, MetaKey.trimmed, MetaKey.lastCollection, MetaKey.lastField,
            MetaKey.lastPayloadIndex,
        ]
        guard value.byteCount == 8, known.contains(name) else { return false }
        numbers[name] = value.integer(UInt64.self, at: 0)
        return true
    }

    private func visitCollection(_ key: RawSpan, _ value: RawSpan) -> Bool {
        let name = String(decoding: key.array(), as: UTF8.self)
        guard let record = try? JSONValue(parsing: value.array()),
            let collection = StoredCollection(name: name, record: record),
            (try? StoredCollection.validate(name: name)) != nil,
            UInt64(collection.id) <= numbers[MetaKey.lastCollection] ?? 0,
            collections.updateValue(name, forKey: collection.id) == nil
        else { return false }
        return true
    }

    private func visitField(_ key: RawSpan, _ value: RawSpan) -> Bool {
        guard key.byteCount > 4 else { return false }
        let name = String(decoding: key.array(from: 4), as: UTF8.self)
        let collection = key.integer(UInt32.self, at: 0)
        guard let record = try? JSONValue(parsing: value.array()),
            let field = VectorField(collectionID: collection, name: name, record: record),
            collections[collection] != nil,
            UInt64(field.id) <= numbers[MetaKey.lastField] ?? 0,
            fields.updateValue(field, forKey: field.id) == nil
        else { return false }
        return true
    }

    private func visitCounter(_ key: RawSpan, _ value: RawSpan) -> Bool {
        guard key.byteCount == 4 || key.byteCount == 8 else { return false }
        let collection = key.integer(UInt32.self, at: 0)
        guard collections[collection] != nil else { return false }
        if key.byteCount == 4 {
            guard value.byteCount == 16 else { return false }
            pointCounters[collection] = (
                value.integer(UInt64.self, at: 0), value.integer(UInt64.self, at: 8)
            )
            return true
        }
        let field = key.integer(UInt32.self, at: 4)
        guard value.byteCount == 8, fields[field]?.collectionID == collection else { return false }
        vectorCounters[field] = value.integer(UInt64.self, at: 0)
        return true
    }

    private func visitID(_ key: RawSpan, _ value: RawSpan) -> Bool {
        guard key.byteCount > 4, PointID(encoded: key, from: 4) != nil, value.byteCount == 8 else {
            return false
        }
        let place = PointPlace(
            collection: key.integer(UInt32.self, at: 0), number: value.integer(UInt64.self, at: 0))
        guard place.number < pointCounters[place.collection]?.next ?? 0 else { return false }
        named.append(PointClaim(place: place, id: Self.checksum(key.extracting(4...))))
        idCounts[place.collection, default: 0] += 1
        return true
    }

    private static func checksum(_ bytes: RawSpan) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe CRC32C.checksum($0) }
    }

    private func visitPoint(_ key: RawSpan, _ value: RawSpan) -> Bool {
        guard key.byteCount == 12, PointID(encoded: value) != nil else { return false }
        if points.isEmpty { named.sort { $0.place < $1.place } }
        let place = PointPlace(
            collection: key.integer(UInt32.self, at: 0), number: key.integer(UInt64.self, at: 4))
        points.append(place)
        while namedPlace < named.count, named[namedPlace].place < place { namedPlace += 1 }
        guard namedPlace < named.count, named[namedPlace].place == place,
            named[namedPlace].id == Self.checksum(value)
        else { return false }
        namedPlace += 1
        return true
    }

    private func visitPayload(_ key: RawSpan, _ value: RawSpan) -> Bool {
        guard key.byteCount == 12 else { return false }
        let place = PointPlace(
            collection: key.integer(UInt32.self, at: 0), number: key.integer(UInt64.self, at: 4))
        payloads += 1
        while payloadPlace < points.count, points[payloadPlace] < place { payloadPlace += 1 }
        guard payloadPlace < points.count, points[payloadPlace] == place else { return false }
        payloadPlace += 1
        guard let payload = (try? JSONValue(parsing: value.array()))?.objectValue else {
            return false
        }
        payloadIndexes.add(payload, of: place.number, in: place.collection)
        return true
    }

    private func visitPayloadIndex(_ key: RawSpan, _ value: RawSpan) -> Bool {
        guard key.byteCount > 4 else { return false }
        let collection = key.integer(UInt32.self, at: 0)
        let field = String(decoding: key.array(from: 4), as: UTF8.self)
        guard let record = try? JSONValue(parsing: value.array()), collections[collection] != nil,
            let index = PayloadIndex(collectionID: collection, field: field, record: record),
            UInt64(index.id) <= numbers[MetaKey.lastPayloadIndex] ?? 0
        else { return false }
        return payloadIndexes.add(index)
    }

    private func visitVector(_ key: RawSpan, _ value: RawSpan) -> Bool {
        guard key.byteCount == 12, value.byteCount >= 12,
            let field = fields[key.integer(UInt32.self, at: 0)]
        else { return false }
        result.vectorCount += 1
        vectorCounts[field.id, default: 0] += 1
        let place = PointPlace(
            collection: field.collectionID, number: key.integer(UInt64.self, at: 4))
        present[field.id, default: []].append(place.number)
        return value.byteCount == 12 + field.dimension * field.elementType.size
            && value.byte(at: 0) == field.elementType.tag
            && value.integer(UInt64.self, at: 4) <= numbers[MetaKey.sequence] ?? 0
            && isPoint(place)
    }

    private var present: [UInt32: [UInt64]] = [:]

    private func isPoint(_ place: PointPlace) -> Bool {
        var low = 0
        var high = points.count
        while low < high {
            let middle = (low + high) / 2
            if points[middle] < place { low = middle + 1 } else { high = middle }
        }
        return low < points.count && points[low] == place
    }

    private func visitIndex(_ key: RawSpan, _ value: RawSpan) -> Bool {
        guard key.byteCount > 8, let field = fields[key.integer(UInt32.self, at: 4)],
            field.collectionID == key.integer(UInt32.self, at: 0),
            let record = try? JSONValue(parsing: value.array()),
            let entry = IndexEntry(
                name: String(decoding: key.array(from: 8), as: UTF8.self), record: record),
            (try? entry.validate()) != nil, entry.sequence <= numbers[MetaKey.sequence] ?? 0,
            entry.sequence >= numbers[MetaKey.trimmed] ?? 0
        else { return false }
        result.indexes.append(
            StoreVerification.CataloguedIndex(
                entry: entry, field: field, collection: collections[field.collectionID] ?? "",
                present: present[field.id] ?? []))
        return true
    }

    private func visitChange(_ key: RawSpan, _ value: RawSpan) -> Bool {
        guard let change = LogEntry(key: key, value: value) else { return false }
        let expected = (lastLogged ?? numbers[MetaKey.trimmed] ?? 0) + 1
        lastLogged = change.sequence
        logged += 1
        for place in result.indexes.indices
        where change.sequence > result.indexes[place].entry.sequence
            && change.fieldIDs.contains(result.indexes[place].field.id)
        {
            result.indexes[place].changed.insert(change.number.rawValue)
        }
        return change.sequence == expected
            && change.sequence <= numbers[MetaKey.sequence] ?? 0
    }

    /// Compares the counts, once all trees have been seen.
    func finish() -> StoreVerification {
        result.sequence = numbers[MetaKey.sequence] ?? 0
        result.collectionCount = collections.count
        result.pointCount = points.count
        guard result.format.map(MetaKey.checkedFormats.contains) ?? false else {
            if result.format == nil { walk.fault("The store does not say which format it has.") }
            return result
        }
        if result.identifier == nil { walk.fault("The store has lost its id.") }
        if named.count != points.count {
            walk.fault(
                "The store has \(named.count) ids for \(points.count) points.")
        }
        if payloads != points.count {
            walk.fault("The store has \(payloads) payloads for \(points.count) points.")
        }
        for (collection, name) in collections.sorted(by: { $0.key < $1.key }) {
            let counted = pointCounters[collection]?.points ?? 0
            let found = idCounts[collection] ?? 0
            if counted != found {
                walk.fault(
                    "The collection “\(name)” counts \(counted) points, but has \(found).")
            }
        }
        for field in fields.values.sorted(by: { $0.id < $1.id }) {
            let (counted, found) = (vectorCounters[field.id] ?? 0, vectorCounts[field.id] ?? 0)
            if counted != found {
                walk.fault(
                    "The vector field “\(field.name)” of the collection "
                        + "“\(collections[field.collectionID] ?? "")” counts \(counted) vectors, but "
                        + "has \(found).")
            }
        }
        for index in payloadIndexes.wrong {
            walk.fault(
                "The payload index over “\(index.field)” of the collection "
                    + "“\(collections[index.collectionID] ?? "")” does not fit the payloads; delete "
                    + "it and make it again.")
        }
        let trimmed = numbers[MetaKey.trimmed] ?? 0
        if result.sequence < trimmed || result.sequence - trimmed != logged {
            walk.fault(
                "The change log has \(logged) entries between change \(trimmed) and change "
                    + "\(result.sequence).")
        }
        return result
    }
}
