import Foundation

/// A folder of its own for one test, removed with what is in it when the test lets go of it.
public final class TemporaryFolder: Sendable {
    /// Where the folder is.
    public let path: String

    /// Makes an empty folder under the system's folder for temporary files.
    public init() throws {
        let tag = UUID().uuidString
        path = FileManager.default.temporaryDirectory.path + "/likeness-test-\(tag)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of a name inside the folder.
    public func path(_ name: String) -> String {
        "\(path)/\(name)"
    }

    /// Writes a file inside the folder and returns its path.
    public func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }

    /// The names of what is in the folder, sorted.
    public var names: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        }
    }
}
