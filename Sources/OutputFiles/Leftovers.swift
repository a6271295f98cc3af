import Glibc

/// The names that unfinished files of one name have.
struct Leftovers {
    private let prefix: String
    private static let suffix = ".partial"
    private static let tagLength = 13
    /// Names have at most 255 bytes.
    private static let longest = 200

    init(of name: String) {
        var bytes = Array(name.utf8.prefix(Self.longest))
        // A character that was cut is none.
        while !bytes.isEmpty, String(validating: bytes, as: UTF8.self) == nil { bytes.removeLast() }
        prefix = ".\(String(decoding: bytes, as: UTF8.self))."
    }

    /// A name that nobody can foresee.
    func newName() -> String {
        let tag = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let zeros = String(repeating: "0", count: Self.tagLength - tag.count)
        return prefix + zeros + tag + Self.suffix
    }

    /// Removes those of this user that nobody writes to any more.
    ///
    /// - Complexity: O(files in the folder)
    func remove(from folder: Int32) {
        // The listing has a place of its own in the folder.
        let listed = unsafe openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard listed >= 0, let stream = unsafe fdopendir(listed) else {
            if listed >= 0 { close(listed) }
            return
        }
        defer { unsafe closedir(stream) }
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            guard isOne(name) else { continue }
            let descriptor = unsafe openat(
                folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            var info = stat()
            if unsafe fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG,
                info.st_uid == geteuid(), flock(descriptor, LOCK_EX | LOCK_NB) == 0
            {
                _ = unsafe unlinkat(folder, name, 0)
            }
        }
    }

    private func isOne(_ name: String) -> Bool {
        name.utf8.count == prefix.utf8.count + Self.tagLength + Self.suffix.utf8.count
            && name.hasPrefix(prefix) && name.hasSuffix(Self.suffix)
    }
}
