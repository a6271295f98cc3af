import Foundation

/// A folder of this process for inputs that are read from files, under `$TMPDIR`.
///
/// It stays behind when the process crashes; Tools/fuzz gives every process a folder that it removes.
enum ScratchFolder {
    private static let path: String = {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("likeness-fuzz-\(getpid())").path
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(atPath: ScratchFolder.path) }
        return path
    }()

    /// The path of a name in the folder.
    static func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file, replacing what has its name, and returns its path.
    ///
    /// Ends the process where that fails: a target that went on would test another input.
    static func write(_ name: String, _ bytes: [UInt8]) -> String {
        let path = path(name)
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { fatalError("cannot write \(path)") }
        defer { close(descriptor) }
        let written = unsafe bytes.withUnsafeBytes {
            unsafe Foundation.write(descriptor, $0.baseAddress, $0.count)
        }
        guard written == bytes.count else { fatalError("cannot write \(path)") }
        return path
    }
}
