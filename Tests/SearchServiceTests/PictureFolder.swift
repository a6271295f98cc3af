import Foundation
import ImageDecoding
import SearchService
import TestSupport

/// A folder of small pictures, each made from a number, so that equal numbers give equal files.
struct PictureFolder {
    let path: String

    init(_ path: String) throws {
        self.path = path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    /// Writes the picture of a number, of waves whose lengths follow from it.
    func write(_ name: String, _ number: Int, width: Int = 64, height: Int = 48) throws {
        var bytes: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                for c in 1...3 {
                    let wave = x * (number % 7 + 1) * c + y * (number % 5 + 2) + number * 37
                    bytes.append(UInt8(truncatingIfNeeded: wave))
                }
            }
        }
        let picture = try PixelBuffer(width: width, height: height, bytes: bytes)
        let file = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        let encoded =
            name.hasSuffix(".jpg")
            ? try ImageEncoder.jpeg(picture) : try ImageEncoder.png(picture)
        try Data(encoded).write(to: file)
    }

    func move(_ from: String, _ to: String) throws {
        let target = URL(fileURLWithPath: "\(path)/\(to)")
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.moveItem(at: URL(fileURLWithPath: "\(path)/\(from)"), to: target)
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }

    /// Replaces the content by zeros, and leaves size and time as they were.
    func zero(_ name: String) throws {
        let file = "\(path)/\(name)"
        var status = stat()
        try requireZero(unsafe stat(file, &status))
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
        try handle.write(contentsOf: Data(count: Int(status.st_size)))
        try handle.close()
        try requireZero(
            unsafe utimensat(AT_FDCWD, file, [status.st_atim, status.st_mtim], 0))
    }

    private func requireZero(_ result: Int32) throws {
        guard result == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    }
}
