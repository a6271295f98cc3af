import FeatureStorage
import Foundation
import IndexCatalog
import Locks
import MappedStorage
import VectorCore
import VectorKernels
import WorkerThreads

/// The one façade over a store: takes images and vectors in, builds indexes, searches, compares.
///
/// Safe to use from many threads. Every call is synchronous and keeps its thread busy; none crosses
/// an `await`.
public final class Engine: Sendable {
    /// What an engine may do with its store.
    public enum Access: Hashable, Sendable {
        /// Only read, beside a process that may write.
        case readOnly
        /// Read and write; the store is made where there is none.
        case readWrite
    }

    /// The version of Likeness, of its libraries and of its tool.
    public static let version: StaticString = "0.4.0"

    let store: FeatureStore
    let views = ViewCache()
    let filters = FilterCache()
    /// Held by whoever gives out ids or publishes files, so that two of them never mix.
    let exclusive = Turn()

    /// Opens a store.
    ///
    /// - Parameters:
    ///   - path: the store's folder.
    ///   - access: what will be done with it.
    /// - Throws: ``ServiceError`` with `notFound` where there is no store to read, `busy` where
    ///   another process writes, `invalidData` where it is damaged or foreign, `inputOutput`.
    public init(store path: String, access: Access) throws(ServiceError) {
        // Read first, since later there is nobody to tell that the variable is wrong.
        _ = try indexing { () throws(IndexError) in try InstructionSet.fromEnvironment() }
        store = try translating { () throws(StorageError) in
            try FeatureStore(
                path: path, mode: access == .readWrite ? .readWrite : .readOnly,
                create: access == .readWrite)
        }
    }

    /// The id that the store's index files carry.
    var environment: EnvironmentID { Self.environment(store.identifier) }

    /// The id of a store as its index files carry it.
    static func environment(_ identifier: UUID) -> EnvironmentID {
        let bytes = identifier.uuid
        func word(_ bytes: UInt8...) -> UInt64 {
            bytes.reduce(0) { $0 << 8 | UInt64($1) }
        }
        return EnvironmentID(
            high: word(
                bytes.0, bytes.1, bytes.2, bytes.3, bytes.4, bytes.5, bytes.6, bytes.7),
            low: word(
                bytes.8, bytes.9, bytes.10, bytes.11, bytes.12, bytes.13, bytes.14, bytes.15))
    }

    /// Reads from the store with errors as the service has them.
    func read<R: ~Copyable>(
        _ body: (borrowing ReadTransaction) throws(StorageError) -> R
    ) throws(ServiceError) -> R {
        do {
            return try store.read(body)
        } catch {
            throw ServiceError(error)
        }
    }

    /// Writes to the store with errors as the service has them; returns once it is on disk.
    func write<R: Sendable>(
        _ body: @escaping @Sendable (borrowing WriteTransaction) throws(StorageError) -> R
    ) throws(ServiceError) -> R {
        do {
            return try store.write(body)
        } catch {
            throw ServiceError(error)
        }
    }

    /// A collection and the field that a request means.
    ///
    /// - Throws: ``ServiceError`` with `notFound` where one of them does not exist,
    ///   `invalidRequest` where the request must say which of several fields it means.
    func resolve(
        _ collection: String, _ vector: String?
    ) throws(ServiceError) -> (collection: StoredCollection, field: VectorField) {
        let (found, fields) = try read { transaction throws(StorageError) in
            let found = try transaction.existingCollection(named: collection)
            return (found, try transaction.fields(of: found))
        }
        if let vector {
            let field = try read { transaction throws(StorageError) in
                try transaction.existingField(named: vector, of: found)
            }
            return (found, field)
        }
        guard let field = fields.first else {
            throw ServiceError(.notFound, "The collection “\(collection)” has no vectors yet.")
        }
        guard fields.count == 1 else {
            let names = fields.map(\.name).joined(separator: ", ")
            throw ServiceError(
                .invalidRequest,
                "The collection “\(collection)” has several vector fields; say which with --vector: "
                    + "\(names).")
        }
        return (found, field)
    }

    /// A number of threads, all cores where none is named.
    package static func threads(_ asked: Int?) -> Int {
        min(1024, max(1, asked ?? WorkerThreads.availableCores))
    }

    /// Checks a number of neighbours, so that nothing that is added to it overflows.
    ///
    /// - Throws: ``ServiceError`` with `invalidRequest`.
    static func validate(k: Int) throws(ServiceError) {
        guard (1...1_000_000_000).contains(k) else {
            throw ServiceError(
                .invalidRequest, "k is \(k); ask for 1 to 1,000,000,000 neighbours.")
        }
    }
}
