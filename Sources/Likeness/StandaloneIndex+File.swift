import Glibc
import IndexCatalog
import IndexDefinitions
import MappedStorage
public import SearchService
import VectorCore

/// An index that stands alone is kept in a file like those of stores, with a store's id of zeros and,
/// first, this section:
///
/// | section | content |
/// |---|---|
/// | `ids` | a `UInt64` a row: its id, each once |
///
/// The kind's own sections follow.
extension StandaloneIndex {
    /// The store's id in files that belong to none.
    private static let noStore = EnvironmentID(high: 0, low: 0)

    /// Saves the index; the file appears under `path` when it is complete and synced, and replaces
    /// what was there.
    ///
    /// A link at `path` is followed, and a file that is replaced keeps its mode.
    ///
    /// - Throws: ``ServiceError`` with `invalidRequest` for a device, a pipe, a folder, a link to nothing, or a place in a
    ///   store; `inputOutput` where the disk refuses.
    /// - Complexity: O(bytes)
    public func save(to path: String) throws(ServiceError) {
        try indexing { () throws(IndexError) in
            let (index, ids) = try living.dense(threads: Engine.threads(nil))
            var writer = try IndexFileWriter(
                path: path,
                header: IndexFileHeader(
                    kind: kind.rawValue, metric: metric, count: index.count,
                    dimension: dimension, environment: Self.noStore, sequence: 0))
            try writer.section("ids") { sink throws(IndexError) in try sink.write(ids) }
            try index.writeSections(to: &writer)
            _ = try writer.finish()
        }
    }

    /// Opens an index that was saved.
    ///
    /// The index lies in the pages of the file, which processes share. Its header and its structure are checked before this
    /// returns, and so is everything else where the file has at most 32 MiB; of larger ones that is done in the background:
    /// once damage is found, searches and all else throw. The file may be replaced or removed meanwhile; an index that
    /// changes is loaded into memory first.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - loads: whether to read the index into memory of its own, checking all of it before this returns. That memory is
    ///     in huge pages where the system has them, in which searches of large indexes are faster.
    /// - Throws: ``ServiceError`` with `notFound` where there is no file, `invalidData` where it is
    ///   damaged, is no index file, or belongs to a store, `inputOutput` where it cannot be read or
    ///   there is no memory.
    /// - Complexity: O(bytes), or what the kind needs to check the structure
    public static func open(
        _ path: String, loading loads: Bool = false
    ) throws(ServiceError) -> StandaloneIndex {
        try checkInstructionSet()
        try requireFile(path)
        return try indexing { () throws(IndexError) in
            let file = try IndexFileReader(path: path, access: loads ? .loaded : .mapped)
            let header = file.header
            guard header.environment == noStore else {
                throw IndexError(
                    .damagedFile,
                    "\(path) is an index of a store, and its vectors' ids are there; open the store."
                )
            }
            let pages = try file.load("ids", byteCount: header.count * 8)
            let ids = unsafe Array(pages.values(as: UInt64.self))
            if let (first, second) = RowIDs.firstRepetition(in: ids) {
                throw IndexError(
                    .damagedFile,
                    "\(path) has the id \(ids[first]) at positions \(first) and \(second); save the "
                        + "index again.")
            }
            return StandaloneIndex(try IndexCatalog.read(file), ids: try RowIDs(ids))
        }
    }

    /// Says what is wrong before the file is opened, as opening a pipe would wait for a writer.
    private static func requireFile(_ path: String) throws(ServiceError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            let code = errno
            guard code == ENOENT || code == ENOTDIR else {
                throw ServiceError(
                    .inputOutput, "Cannot open \(path): \(unsafe String(cString: strerror(code))).")
            }
            throw ServiceError(.notFound, "There is no file \(path).")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ServiceError(.invalidData, "\(path) is no regular file, so it is no index.")
        }
    }
}
