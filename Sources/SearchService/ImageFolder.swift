import Glibc
import ImageDecoding
import OutputFiles

/// The files of a folder and its subfolders, with what tells whether they have changed.
///
/// It takes about 60 bytes a file, so that a million of them lie in memory with ease.
struct ImageFolder: Sendable {
    /// Paths relative to the folder, in the order in which people number files: 2 before 10.
    let paths: PathList
    /// The sizes in bytes.
    let sizes: [Int64]
    /// When each was last modified, in nanoseconds since 1970.
    let times: [Int64]
    /// Folders that cannot be listed, and files that cannot be looked at.
    let failures: [ImageFailure]

    /// Lists a folder without its hidden files, and without stores.
    ///
    /// No file is opened.
    ///
    /// - Throws: ``ServiceError`` with `inputOutput` where the folder cannot be listed.
    /// - Complexity: O(files · log files)
    init(_ folder: String) throws(ServiceError) {
        var status = stat()
        guard unsafe stat(folder, &status) == 0 else {
            let reason = errno == ENOENT || errno == ENOTDIR ? "" : " (\(Self.reason(errno)))"
            throw ServiceError(.inputOutput, "There is no folder \(folder)\(reason).")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw ServiceError(
                .inputOutput, "\(folder) is a file; give the folder that holds the images.")
        }
        var walk = Walk(folder: folder)
        try walk.list("")
        let order = walk.unambiguousOrder()
        paths = walk.paths.chosen(order)
        sizes = order.map { walk.sizes[$0] }
        times = order.map { walk.times[$0] }
        failures = walk.failures
    }

    /// How many files there are.
    var count: Int { paths.count }

    fileprivate static func reason(_ code: Int32) -> String {
        unsafe String(cString: strerror(code))
    }

    private struct Walk {
        let folder: String
        var paths = PathList()
        var sizes: [Int64] = []
        var times: [Int64] = []
        var failures: [ImageFailure] = []

        init(folder: String) {
            self.folder = folder
        }

        /// Adds the files of one folder and of those below it.
        ///
        /// - Throws: ``ServiceError`` with `inputOutput` where the top folder cannot be listed; one
        ///   below it becomes a failure.
        mutating func list(_ prefix: String) throws(ServiceError) {
            var subfolders: [String] = []
            do throws(ListingError) {
                try read(prefix, &subfolders)
            } catch {
                let reason =
                    "The folder cannot be listed: \(ImageFolder.reason(error.code))."
                guard !prefix.isEmpty else {
                    throw ServiceError(.inputOutput, "\(folder): \(reason)")
                }
                failures.append(ImageFailure(path: prefix, reason: reason))
            }
            for name in subfolders.sorted()
            where !OutputPlace.isStore("\(folder)/\(prefix)\(name)") {
                try list(prefix + name + "/")
            }
        }

        /// Where a listing's entry has its name, whose length varies.
        private static let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0

        /// Positions of paths in order.
        ///
        /// A name that is not UTF-8 may look like one that is; the second is a failure.
        mutating func unambiguousOrder() -> [Int] {
            var order: [Int] = []
            for position in paths.sortedPositions() {
                if let last = order.last, paths[last] == paths[position] {
                    failures.append(
                        ImageFailure(
                            path: paths[position],
                            reason: "Two files are shown by this name; rename one of them."))
                } else {
                    order.append(position)
                }
            }
            return order
        }

        private struct ListingError: Error {
            let code: Int32
        }

        private mutating func read(
            _ prefix: String, _ subfolders: inout [String]
        ) throws(ListingError) {
            guard let directory = unsafe PathText.openFolder("\(folder)/\(prefix)") else {
                throw ListingError(code: errno)
            }
            defer { unsafe closedir(directory) }
            while true {
                errno = 0
                guard let entry = unsafe readdir(directory) else {
                    if errno != 0 { throw ListingError(code: errno) }
                    return
                }
                let bytes = unsafe UnsafeRawPointer(entry).advanced(by: Self.nameOffset)
                    .assumingMemoryBound(to: CChar.self)
                guard unsafe bytes.pointee != CChar(bitPattern: UInt8(ascii: ".")) else { continue }
                let name = unsafe PathText.text(ofName: bytes)
                var status = stat()
                let handle = unsafe dirfd(directory)
                guard unsafe fstatat(handle, bytes, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
                    noteUnreadable(prefix + name, errno)
                    continue
                }
                var kind = status.st_mode & S_IFMT
                if kind == S_IFDIR {
                    subfolders.append(name)
                    continue
                }
                // A link to a file counts; one to a folder is not followed, as it may lead back.
                if kind == S_IFLNK {
                    guard unsafe fstatat(handle, bytes, &status, 0) == 0 else {
                        noteUnreadable(prefix + name, errno)
                        continue
                    }
                    kind = status.st_mode & S_IFMT
                }
                guard kind == S_IFREG else { continue }
                paths.append(prefix + name)
                sizes.append(Int64(status.st_size))
                times.append(
                    Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec))
            }
        }

        /// Makes a file that cannot be looked at a failure, unless it is only gone.
        private mutating func noteUnreadable(_ path: String, _ code: Int32) {
            guard code != ENOENT else { return }
            failures.append(
                ImageFailure(
                    path: path, reason: "It cannot be looked at: \(ImageFolder.reason(code))."))
        }
    }
}
