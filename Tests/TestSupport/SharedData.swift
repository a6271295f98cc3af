import Glibc

/// The real data that lies beside the checkout, in `../shared`, where it is present.
public enum SharedData {
    /// The folder, or nil where there is none.
    public static let folder: String? = {
        let here = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "/\(here)/../shared"
        return unsafe access("\(path)/data", R_OK) == 0 ? path : nil
    }()

    /// Whether the folder is there; a test that needs it is enabled `if` this holds.
    public static var isPresent: Bool { folder != nil }

    /// What a test says when it is skipped for want of the folder.
    public static let skipReason = "skipped: needs ../shared, which is not beside this checkout"

    /// The path of a file inside the folder; only for tests that are enabled by `isPresent`.
    public static func path(_ relative: String) -> String {
        "\(folder ?? "../shared")/\(relative)"
    }
}
