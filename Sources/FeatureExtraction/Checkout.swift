import Foundation

/// Finds what `Tools/setup` has put beside the running program.
enum Checkout {
    /// The nearest path that exists in a folder above the running executable, or nil.
    ///
    /// - Parameter relative: such as `Tools/.setup/models`.
    static func find(_ relative: String) -> String? {
        find(relative, above: "/proc/self/exe")
    }

    /// The nearest path that exists in a folder above a file, or nil.
    static func find(_ relative: String, above file: String) -> String? {
        var folder = URL(fileURLWithPath: file).resolvingSymlinksInPath()
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let path = folder.appendingPathComponent(relative).path
            if FileManager.default.fileExists(atPath: path) { return path }
        }
        return nil
    }
}
