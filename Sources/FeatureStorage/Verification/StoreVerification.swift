public import Foundation
internal import JSON

/// What a look at every page and record of a store, or of a snapshot, gave.
public struct StoreVerification: Sendable {
    /// The id of the store, or nil where it cannot be read.
    public internal(set) var identifier: UUID?
    /// The format of the store, or nil where it cannot be read.
    public internal(set) var format: UInt32?
    /// The number of its newest change.
    public internal(set) var sequence: UInt64 = 0
    /// How many collections it has.
    public internal(set) var collectionCount = 0
    /// How many points it has.
    public internal(set) var pointCount = 0
    /// How many vectors it has.
    public internal(set) var vectorCount = 0
    /// How many pages hold its trees and values.
    public internal(set) var pageCount = 0
    /// How many records were read.
    public internal(set) var recordCount = 0
    /// How long the data file is, in bytes.
    public internal(set) var byteCount = 0
    /// The indexes that the catalogue names.
    public internal(set) var indexes: [CataloguedIndex] = []
    /// What is wrong, a sentence each; the first hundred of a kind.
    public internal(set) var faults: [String] = []

    /// An index that the catalogue of a store names.
    public struct CataloguedIndex: Sendable {
        /// What the catalogue says.
        public let entry: IndexEntry
        /// The field that it indexes.
        public let field: VectorField
        /// The name of its collection.
        public let collection: String
        /// The points that have a vector in the field, or lost it, since the index was built.
        public internal(set) var changed: Set<UInt64> = []
        /// The points that have a vector in the field.
        public internal(set) var present: [UInt64] = []
    }
}

extension FeatureStore {
    /// Reads every page and every record of a store, trusting none, and says what is wrong.
    ///
    /// Writers and readers may go on meanwhile; what is looked at is the newest commit when it began.
    /// Index files are the indexes' affair: see ``StoreVerification/indexes``.
    ///
    /// - Parameter path: the store's folder; this process must not have it open.
    /// - Throws: ``StorageError`` with `noSuchStore`, `networkFileSystem`, `alreadyOpen`,
    ///   `readersFull` or `system` where there is nothing to look at.
    /// - Complexity: O(bytes); 24 bytes of memory a point
    public static func verify(path: String) throws(StorageError) -> StoreVerification {
        let environment: Environment
        do {
            environment = try Environment(
                path: path, writes: false, creates: false, initialMapBytes: defaultMapBytes,
                opensTrees: false)
        } catch {
            guard [.damagedStore, .notAStore].contains(error.code) else { throw error }
            var verification = StoreVerification()
            verification.faults = [error.message]
            return verification
        }
        defer { environment.close() }
        let file = try DataFile(path: environment.folder.dataPath)
        while true {
            switch environment.begin(writes: false) {
            case .refused(.mapResized): try environment.resizeMap(to: 0)
            case .refused(let status): throw StorageError(status, "Verifying the store at \(path)")
            case .begun(let transaction):
                // While it is open, no page that it sees is written to.
                defer { transaction.abort() }
                let metas = try StructureCheck.metas(file)
                let seen = [metas.newer, metas.older].first {
                    $0.transaction == transaction.identifier
                }
                guard let seen else { continue }
                return try verify(file, seen)
            }
        }
    }

    /// Reads every page and record that a meta page leads to.
    static func verify(
        _ file: DataFile, _ meta: MetaPage
    ) throws(StorageError) -> StoreVerification {
        let walk = try StructureWalk(file, meta)
        try walk.walkFreePages()
        let trees = try StructureCheck.namedTrees(walk)
        var records = [String: TreeRecord](
            trees.map { ($0.name, $0.record) }, uniquingKeysWith: { first, _ in first })
        let check = RecordCheck(walk)
        // In this order, since later trees are held against earlier ones.
        for name in RecordCheck.order {
            guard let record = records.removeValue(forKey: name) else {
                if check.expects(name) { walk.fault("The tree “\(name)” is missing.") }
                continue
            }
            try walk.walk(record, named: name) { key, value in check.visit(name, key, value) }
        }
        for name in records.keys.sorted() { walk.fault("“\(name)” is no tree of a store.") }
        walk.checkThatFreePagesAreFree()
        var result = check.finish()
        result.pageCount = walk.pagesUsed
        result.byteCount = try file.length()
        result.faults = walk.faults
        return result
    }
}
