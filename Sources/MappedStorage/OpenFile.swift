import FileMaps
import Glibc
import SystemPackage
import VectorCore

/// A regular file that is open for reading.
final class OpenFile: Sendable {
    let path: String
    private let descriptor: FileDescriptor

    /// Opens a file.
    ///
    /// - Throws: ``IndexError`` with `damagedFile` where there is no such file, `system` where it cannot be opened.
    init(_ path: String) throws(IndexError) {
        self.path = path
        do {
            // A pipe is opened without waiting for who writes to it, and then refused.
            descriptor = try FileDescriptor.open(
                FilePath(path), .readOnly, options: [.closeOnExec, .nonBlocking])
        } catch Errno.noSuchFileOrDirectory {
            throw IndexError(
                .damagedFile,
                "\(path) is missing; build the index again.")
        } catch {
            throw IndexError(.system, "Cannot open \(path): \(error).")
        }
        var info = stat()
        guard unsafe fstat(descriptor.rawValue, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
            try? descriptor.close()
            throw IndexError(
                .damagedFile,
                "\(path) is no regular file, so it is no index; "
                    + "build the index again.")
        }
    }

    deinit {
        try? descriptor.close()
    }

    /// How many bytes it has.
    func length() throws(IndexError) -> Int {
        try attempt("measure") { Int(try descriptor.seek(offset: 0, from: .end)) }
    }

    /// Its pages, or nil where the system does not map it.
    func map(byteCount: Int) -> FileMap? {
        FileMap(descriptor: descriptor.rawValue, byteCount: byteCount)
    }

    /// Fills an array with the bytes from an offset on.
    func fill(_ bytes: inout [UInt8], at offset: Int) throws(IndexError) {
        let result = unsafe bytes.withUnsafeMutableBytes { target in
            Result { () throws(IndexError) in unsafe try fill(target, at: offset) }
        }
        try result.get()
    }

    /// Fills memory with the bytes from an offset on.
    @unsafe
    func fill(_ target: UnsafeMutableRawBufferPointer, at offset: Int) throws(IndexError) {
        var done = 0
        while done < target.count {
            let place = done
            let count = try attempt("read") {
                unsafe try descriptor.read(
                    fromAbsoluteOffset: Int64(offset + place),
                    into: UnsafeMutableRawBufferPointer(rebasing: target[place...]))
            }
            guard count > 0 else {
                throw IndexError(.damagedFile, "\(path) is cut short; build the index again.")
            }
            done += count
        }
    }

    /// Runs a call of `SystemPackage` and says in a sentence what it was doing when it failed.
    private func attempt<T>(_ verb: String, _ body: () throws -> T) throws(IndexError) -> T {
        do {
            return try body()
        } catch {
            throw IndexError(.system, "Cannot \(verb) \(path): \(error).")
        }
    }
}
