import Foundation

/// Debian's package `dataset-fashion-mnist`, where it is installed.
public enum FashionMNIST {
    /// The folder, or nil where the package is not installed.
    public static let path: String? = {
        let path = "/usr/share/datasets/fashion-mnist"
        return FileManager.default.isReadableFile(atPath: "\(path)/train-images-idx3-ubyte.gz")
            ? path : nil
    }()

    /// Whether the package is installed; a test that needs it is enabled `if` this holds.
    public static var isPresent: Bool { path != nil }

    /// What a test says when it is skipped for want of the package.
    public static let skipReason =
        "skipped: needs the package dataset-fashion-mnist (apt-get install dataset-fashion-mnist)"

    /// 60,000 pictures of 784 bytes, gzipped IDX.
    public static var trainingImages: String { "\(path ?? "")/train-images-idx3-ubyte.gz" }
    /// 10,000 pictures of 784 bytes, gzipped IDX.
    public static var testImages: String { "\(path ?? "")/t10k-images-idx3-ubyte.gz" }
}
