import FeatureStorage
import Foundation
import JSON
import PayloadFilter
import TestSupport
import Testing
import VectorCore

@Suite struct PayloadIndexTests {
    /// Points come, change and go while indexes are made and deleted; every filter finds what the oracle
    /// does, and the store verifies.
    @Test func filtersFindWhatTheOracleFinds() throws {
        try withEverySeed(0..<4) { generator, seed in
            let folder = try TemporaryFolder()
            var store = try SmallStore(folder, dimension: 1)
            let collection = store.collection
            var payloads: [UInt64: JSONObject] = [:]
            let fields: [(String, PayloadIndex.ValueType)] = [
                ("label", .keyword), ("size", .integer), ("score", .float), ("tags", .keyword),
                ("list[].b", .integer), ("tags[]", .float), ("flag", .integer), ("box.a", .float),
            ]
            for round in 0..<30 {
                var changes: [(UInt64, JSONObject?)] = []
                for _ in 0..<20 {
                    let id = UInt64.random(in: 0..<60, using: &generator)
                    let payload =
                        Int.random(in: 0..<4, using: &generator) == 0
                        ? nil : RandomFilters.payload(using: &generator)
                    changes.append((id, payload))
                    payloads[id] = payload
                }
                let written = changes
                try store.store.write { t throws(StorageError) in
                    for (id, payload) in written {
                        guard let payload else {
                            try t.deletePoint(.number(id), from: collection)
                            continue
                        }
                        try t.upsert(
                            Point(id: .number(id), payload: payload, vectors: [:]), into: collection
                        )
                    }
                }
                let (field, type) = fields[Int.random(in: 0..<fields.count, using: &generator)]
                let path = try FieldPath(field)
                if Int.random(in: 0..<4, using: &generator) == 0 {
                    try store.store.write { t throws(StorageError) in
                        _ = try t.deletePayloadIndex(on: path, of: collection)
                    }
                } else {
                    try store.store.write { t throws(StorageError) in
                        let index = try t.createPayloadIndex(on: path, type: type, of: collection)
                        #expect(try t.extendPayloadIndex(index, of: collection).isComplete)
                    }
                }
                if round == 15 {
                    store.store.close()
                    store = try SmallStore(reopening: folder)
                }
                let ids = payloads.keys.sorted().map { JSONValue($0) }
                for _ in 0..<12 {
                    let json = RandomFilters.filter(ids: ids + [1000], using: &generator)
                    let expected = payloads.filter {
                        filterOracle(json, id: JSONValue($0.key), payload: $0.value)
                    }
                    let filter = try PayloadFilter(json: json)
                    let found = try store.store.read { t throws(StorageError) in
                        try Self.ids(filter, t, collection)
                    }
                    guard found == Set(expected.keys) else {
                        Issue.record("seed \(seed), round \(round): \(json)")
                        return
                    }
                    let estimate = try store.store.read { t throws(StorageError) in
                        try t.estimate(of: filter, in: collection)
                    }
                    #expect(
                        (estimate.least...estimate.most).contains(found.count),
                        "seed \(seed), round \(round): \(json)")
                }
            }
            store.store.close()
            #expect(try FeatureStore.verify(path: folder.store).faults == [], "seed \(seed)")
        }
    }

    private static func ids(
        _ filter: PayloadFilter, _ t: borrowing ReadTransaction, _ collection: StoredCollection
    ) throws(StorageError) -> Set<UInt64> {
        let selection = try t.points(matching: filter, in: collection)
        var ids: Set<UInt64> = []
        try t.forEachPoint(of: collection) { id, number in
            if selection.contains(number), case .number(let id) = id { ids.insert(id) }
            return true
        }
        return ids
    }

    /// An index that is made in several transactions misses nothing of what is written between them.
    @Test func isMadeInSteps() throws {
        let folder = try TemporaryFolder()
        let store = try SmallStore(folder, dimension: 1)
        let collection = store.collection
        let count: UInt64 = 10_000
        func upsert(_ ids: some Sequence<UInt64> & Sendable, _ label: String) throws {
            try store.store.write { t throws(StorageError) in
                for id in ids {
                    let payload: JSONObject = ["label": .string(label), "n": JSONValue(id)]
                    try t.upsert(
                        Point(id: .number(id), payload: payload, vectors: [:]), into: collection)
                }
            }
        }
        try upsert(0..<count, "old")
        let path = try FieldPath("label")
        var index = try store.store.write { t throws(StorageError) in
            let index = try t.createPayloadIndex(on: path, type: .keyword, of: collection)
            return try t.extendPayloadIndex(index, of: collection, by: 1)
        }
        #expect(!index.isComplete)
        #expect(index.entryCount == 4096)
        // Known already, not yet known, and new.
        try upsert([5, 9_000, count], "new")
        try store.store.write { t throws(StorageError) in
            for id: UInt64 in [6, 9_001] { try t.deletePoint(.number(id), from: collection) }
        }
        store.store.close()
        #expect(try FeatureStore.verify(path: folder.store).faults == [])
        let reopened = try SmallStore(reopening: folder)
        while !index.isComplete {
            let known = index
            index = try reopened.store.write { t throws(StorageError) in
                try t.extendPayloadIndex(known, of: collection, by: 1)
            }
        }
        #expect(index.entryCount == count - 1)
        let filter = try PayloadFilter(#"{"must": {"key": "label", "match": {"value": "new"}}}"#)
        try reopened.store.read { t throws(StorageError) in
            #expect(try Self.ids(filter, t, collection) == [5, 9_000, count])
            #expect(try t.estimate(of: filter, in: collection).expected == 3)
            #expect(try t.points(matching: filter, in: collection).isNamed)
        }
        reopened.store.close()
        #expect(try FeatureStore.verify(path: folder.store).faults == [])
    }

    /// Strings that agree in what an index keeps of them are told apart, and so are numbers beyond what a
    /// double holds.
    @Test func looksAtPayloadsWhereItIsNotSure() throws {
        let folder = try TemporaryFolder()
        let store = try SmallStore(folder, dimension: 1)
        let collection = store.collection
        let long = String(repeating: "é", count: 300)
        let payloads: [JSONObject] = [
            ["s": .string(long + "a"), "n": .integer(1 << 53)],
            ["s": .string(long + "b"), "n": .integer(1 << 53 + 1)],
            ["s": .string(long), "n": 1], ["s": "é", "n": 1.0], ["s": "", "n": -0.0],
            ["s": ["a", "b", "a"], "n": [0.5, 1.5, 1, -7]], ["s": 1, "n": .unsigned(.max)],
        ]
        for (fieldType, type) in [("s", PayloadIndex.ValueType.keyword), ("n", .float)] {
            let path = try FieldPath(fieldType)
            try store.store.write { t throws(StorageError) in
                _ = try t.createPayloadIndex(on: path, type: type, of: collection)
            }
        }
        try store.store.write { t throws(StorageError) in
            for (id, payload) in payloads.enumerated() {
                try t.upsert(
                    Point(id: .number(UInt64(id)), payload: payload, vectors: [:]), into: collection
                )
            }
        }
        for (condition, expected): (JSONValue, Set<UInt64>) in [
            (["key": "s", "match": ["value": .string(long + "a")]], [0]),
            (["key": "s", "match": ["value": .string(long)]], [2]),
            (["key": "s", "match": ["any": ["", "b"]]], [4, 5]),
            (["key": "n", "range": ["gte": .integer(1 << 53 + 1)]], [1, 6]),
            (["key": "n", "range": ["lte": .integer(1 << 53), "gt": 2]], [0]),
            (["key": "n", "match": ["value": 1]], [2, 5]),
            (["key": "n", "range": ["gte": 0, "lte": 0.25]], [4]),
            (["key": "n", "range": ["lt": 0]], [5]),
        ] {
            let filter = try PayloadFilter(json: ["must": condition])
            let found = try store.store.read { t throws(StorageError) in
                try Self.ids(filter, t, collection)
            }
            #expect(found == expected, "\(condition)")
        }
    }

    @Test func refusesAnotherType() throws {
        let folder = try TemporaryFolder()
        let store = try SmallStore(folder, dimension: 1)
        let collection = store.collection
        let path = try FieldPath("a")
        try store.store.write { t throws(StorageError) in
            let first = try t.createPayloadIndex(on: path, type: .keyword, of: collection)
            #expect(first.isComplete)
            #expect(try t.createPayloadIndex(on: path, type: .keyword, of: collection) == first)
        }
        let refused = code { () throws(StorageError) in
            try store.store.write { t throws(StorageError) in
                _ = try t.createPayloadIndex(on: path, type: .float, of: collection)
            }
        }
        #expect(refused == .fieldMismatch)
        try store.store.write { t throws(StorageError) in
            #expect(try t.deletePayloadIndex(on: path, of: collection))
            #expect(try !t.deletePayloadIndex(on: path, of: collection))
        }
    }

    /// A point whose payload has rotted can be written again, and the index does not keep what it had.
    @Test func forgetsWhatAnUnreadablePayloadHad() throws {
        let folder = try TemporaryFolder()
        let store = try SmallStore(folder, dimension: 1)
        let collection = store.collection
        let path = try FieldPath("label")
        try store.store.write { t throws(StorageError) in
            _ = try t.createPayloadIndex(on: path, type: .keyword, of: collection)
            for (id, label) in ["catacomb", "cat"].enumerated() {
                try t.upsert(
                    Point(
                        id: .number(UInt64(id)), payload: ["label": .string(label)], vectors: [:]),
                    into: collection)
            }
        }
        store.store.close()
        // The payload is the one place where the word stands in quotes.
        var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.dataFile))
        let pattern = Data(#""catacomb""#.utf8)
        var start = bytes.startIndex
        var places = 0
        while let range = bytes.range(of: pattern, in: start..<bytes.endIndex) {
            bytes[range.lowerBound + 1] = UInt8(ascii: "C")
            start = range.upperBound
            places += 1
        }
        #expect(places > 0)
        try bytes.write(to: URL(fileURLWithPath: folder.dataFile))
        let reopened = try SmallStore(reopening: folder)
        try reopened.store.write { t throws(StorageError) in
            try t.upsert(
                Point(id: .number(0), payload: ["label": "dog"], vectors: [:]), into: collection)
        }
        let filter = try PayloadFilter(
            #"{"must": {"key": "label", "match": {"value": "catacomb"}}}"#)
        try reopened.store.read { t throws(StorageError) in
            #expect(try Self.ids(filter, t, collection) == [])
        }
        reopened.store.close()
        #expect(try FeatureStore.verify(path: folder.store).faults == [])
    }
}

extension PointSelection {
    /// Whether the points themselves were found, without a look at all.
    fileprivate var isNamed: Bool { if case .only = self { true } else { false } }
}

@Suite struct PointSetTests {
    @Test func behavesLikeASetOfNumbers() {
        withEverySeed(0..<20) { generator, seed in
            func random() -> Set<UInt64> {
                let end = [100, 5_000, 1 << 40][Int.random(in: 0..<3, using: &generator)]
                return Set(
                    (0..<Int.random(in: 0..<600, using: &generator)).map { _ in
                        UInt64.random(in: 0..<UInt64(end), using: &generator)
                    })
            }
            let (left, right) = (random(), random())
            func set(_ numbers: Set<UInt64>) -> PointSet {
                PointSet(numbers.map { PointNumber(rawValue: $0) })
            }
            let (a, b) = (set(left), set(right))
            #expect(a.count == left.count, "seed \(seed)")
            #expect(a.numbers.map(\.rawValue) == left.sorted(), "seed \(seed)")
            #expect(a.union(b) == set(left.union(right)), "seed \(seed)")
            #expect(a.intersection(b) == set(left.intersection(right)), "seed \(seed)")
            #expect(a.subtracting(b) == set(left.subtracting(right)), "seed \(seed)")
            for number in left.union(right) {
                let isIn = a.contains(PointNumber(rawValue: number))
                #expect(isIn == left.contains(number), "seed \(seed)")
            }
        }
    }
}
