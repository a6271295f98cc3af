import FeatureStorage
import FileMaps
import Foundation
import IndexCatalog
import MappedStorage
import VectorCore

extension Engine {
    /// Makes a fault inside a store's map end the process with a status, after one sentence on the
    /// standard error; see ``MapFaults``.
    public static func endProcessOnFaults(status: Int32) {
        MapFaults.endProcess(status: status)
    }

    /// Writes a copy of the whole store to one file, while others read and write.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - replaces: whether a file of that name is replaced.
    ///   - includesIndexes: whether published index files are copied too; damaged ones are not.
    /// - Throws: ``ServiceError`` with `invalidRequest` where the file exists or something else would be lost,
    ///   `invalidData` where the store is damaged, `inputOutput`; then no file was made or changed.
    public func snapshot(
        to path: String, replacing replaces: Bool = false,
        includingIndexes includesIndexes: Bool = true
    ) throws(ServiceError) -> SnapshotSummary {
        let clock = Stopwatch()
        try checkOutput(path)
        let report = try translating { () throws(StorageError) in
            try store.writeSnapshot(
                to: path, replacing: replaces, includingIndexes: includesIndexes
            ) { file in
                do throws(IndexError) {
                    try IndexFileReader(path: file).verify()
                    return nil
                } catch {
                    return error.message
                }
            }
        }
        return SnapshotSummary(report, seconds: clock.seconds)
    }

    /// Makes a store from a snapshot.
    ///
    /// - Throws: ``ServiceError`` with `notFound`, `invalidRequest` where something is in the folder,
    ///   `invalidData` where the snapshot is damaged, `inputOutput`; then nothing was made.
    public static func restore(
        snapshot path: String, to folder: String
    ) throws(ServiceError) -> SnapshotSummary {
        let clock = Stopwatch()
        let report = try translating { () throws(StorageError) in
            try FeatureStore.restore(snapshot: path, to: folder)
        }
        return SnapshotSummary(report, seconds: clock.seconds)
    }

    /// Trims the change log and writes the store's data file anew without free pages.
    ///
    /// - Throws: ``ServiceError`` with `notFound`, `busy`, `invalidData` or `inputOutput`; then the
    ///   store is as it was.
    public static func compact(store path: String) throws(ServiceError) -> CompactionSummary {
        let clock = Stopwatch()
        let report = try translating { () throws(StorageError) in
            try FeatureStore.compact(path: path)
        }
        return CompactionSummary(
            bytesBefore: report.bytesBefore, bytesAfter: report.bytesAfter,
            changesTrimmed: report.changesTrimmed, seconds: clock.seconds)
    }

    /// Reads every page and record of a snapshot and says what is wrong.
    ///
    /// - Throws: ``ServiceError`` with `notFound`, `invalidData` where it is none, or `inputOutput`.
    public static func verify(snapshot path: String) throws(ServiceError) -> VerificationSummary {
        let clock = Stopwatch()
        let contents = try translating { () throws(StorageError) in
            try FeatureStore.verify(snapshot: path)
        }
        return VerificationSummary(contents, faults: contents.faults, seconds: clock.seconds)
    }

    /// Reads every page and record of a store and every index file, and says what is wrong.
    ///
    /// - Throws: ``ServiceError`` with `notFound`, `busy` or `inputOutput`.
    public static func verify(store path: String) throws(ServiceError) -> VerificationSummary {
        let clock = Stopwatch()
        let contents = try translating { () throws(StorageError) in
            try FeatureStore.verify(path: path)
        }
        var faults = contents.faults
        for index in contents.indexes {
            guard let fault = Self.fault(of: index, contents, inStore: path) else { continue }
            // A build that ended meanwhile has replaced the file and the entry.
            guard Self.isNamed(index, inStore: path) else { continue }
            faults.append(fault)
        }
        return VerificationSummary(contents, faults: faults, seconds: clock.seconds)
    }

    /// What is wrong with an index file, or nil where it is the one that the catalogue means and fits
    /// the vectors of the store.
    private static func fault(
        of index: StoreVerification.CataloguedIndex, _ contents: StoreVerification,
        inStore path: String
    ) -> String? {
        guard let identifier = contents.identifier else { return nil }
        do throws(IndexError) {
            let file = "\(path)/indexes/\(index.entry.file)"
            let snapshot = try snapshot(
                index.entry, of: index.field, at: file, environment(identifier))
            try IndexFileReader(path: file).verify()
            let known = snapshot.points.filter { !index.changed.contains($0) }
            let present = index.present.filter { !index.changed.contains($0) }
            guard known == present else {
                return "\(file) does not hold the vectors that the field “\(index.field.name)” of "
                    + "the collection “\(index.collection)” had; build the index again."
            }
            return nil
        } catch {
            return error.message
        }
    }

    /// Whether the catalogue names an index file still; true where the store cannot be opened.
    private static func isNamed(
        _ index: StoreVerification.CataloguedIndex, inStore path: String
    ) -> Bool {
        guard let store = try? FeatureStore(path: path, mode: .readOnly) else { return true }
        defer { store.close() }
        let files = try? store.read { transaction throws(StorageError) in
            try transaction.indexFiles()
        }
        return files?.contains(index.entry.file) ?? true
    }
}
