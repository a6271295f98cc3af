import Foundation
import ImageDecoding

/// The images in a folder and its subfolders.
struct ImageFolder {
    /// Paths relative to the folder, in the order in which people number files: 2 before 10.
    let images: [String]
    /// Files whose name claims an image that their content is not.
    let failures: [ImageFailure]
    /// How many other files there are.
    let otherCount: Int

    private static let imageExtensions: Set<String> = [
        "jpg", "jpeg", "jpe", "jfif", "png", "gif", "webp", "bmp", "tif", "tiff", "heic", "heif",
        "avif",
    ]

    /// Lists a folder and looks at the first bytes of every file; hidden files are left out.
    ///
    /// - Throws: ``ServiceError`` with `inputOutput` where the folder cannot be listed.
    init(_ folder: String) throws(ServiceError) {
        var images: [String] = []
        var failures: [ImageFailure] = []
        var otherCount = 0
        for path in try Self.files(in: folder, &failures) {
            let head: [UInt8]
            do throws(ImageError) {
                head = try ImageFile.head(of: "\(folder)/\(path)", count: 64)
            } catch {
                failures.append(ImageFailure(path: path, reason: error.message))
                continue
            }
            do throws(ImageError) {
                _ = unsafe try ImageFormat(sniffing: head.span.bytes)
                images.append(path)
            } catch {
                let claims = Self.imageExtensions.contains(
                    (path as NSString).pathExtension.lowercased())
                if claims {
                    failures.append(ImageFailure(path: path, reason: error.message))
                } else {
                    otherCount += 1
                }
            }
        }
        self.images = images
        self.failures = failures
        self.otherCount = otherCount
    }

    private static func files(
        in folder: String, _ failures: inout [ImageFailure]
    ) throws(ServiceError) -> [String] {
        guard let isFolder = Self.isFolder(folder) else {
            throw ServiceError(.inputOutput, "There is no folder \(folder).")
        }
        guard isFolder else {
            throw ServiceError(
                .inputOutput, "\(folder) is a file; give the folder that holds the images.")
        }
        var files: [String] = []
        try list(folder, "", &files, &failures)
        return files.sorted(by: naturallyPrecedes)
    }

    /// Adds the files of one folder and of those below it.
    ///
    /// - Throws: ``ServiceError`` with `inputOutput` where the top folder cannot be listed; one below
    ///   it becomes a failure.
    private static func list(
        _ folder: String, _ prefix: String, _ files: inout [String],
        _ failures: inout [ImageFailure]
    ) throws(ServiceError) {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(prefix)")
        } catch {
            let reason = "The folder cannot be listed: \(error.localizedDescription)"
            guard !prefix.isEmpty else {
                throw ServiceError(.inputOutput, "\(folder): \(reason)")
            }
            return failures.append(ImageFailure(path: prefix, reason: reason))
        }
        for name in names where !name.hasPrefix(".") {
            let path = prefix + name
            let attributes = try? FileManager.default.attributesOfItem(
                atPath: "\(folder)/\(path)")
            switch attributes?[.type] as? FileAttributeType {
            case .typeRegular?:
                files.append(path)
            case .typeDirectory?:
                try list(folder, path + "/", &files, &failures)
            case .typeSymbolicLink? where isFolder("\(folder)/\(path)") == false:
                // A link to a file counts; one to a folder is not followed, as it may lead back.
                files.append(path)
            default:
                continue
            }
        }
    }

    /// Whether a path leads to a folder, or nil where it leads nowhere.
    private static func isFolder(_ path: String) -> Bool? {
        var isFolder: ObjCBool = false
        let isThere = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        return isThere ? isFolder.boolValue : nil
    }
}

/// Whether a path comes before another when runs of digits count as numbers.
package func naturallyPrecedes(_ left: String, _ right: String) -> Bool {
    var a = Array(left.utf8)[...]
    var b = Array(right.utf8)[...]
    func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    while let x = a.first, let y = b.first {
        if isDigit(x), isDigit(y) {
            let m = a.prefix(while: isDigit)
            let n = b.prefix(while: isDigit)
            let (p, q) = (m.drop { $0 == 48 }, n.drop { $0 == 48 })
            if p.count != q.count { return p.count < q.count }
            if !p.elementsEqual(q) { return p.lexicographicallyPrecedes(q) }
            a = a.dropFirst(m.count)
            b = b.dropFirst(n.count)
        } else {
            if x != y { return x < y }
            a = a.dropFirst()
            b = b.dropFirst()
        }
    }
    if a.isEmpty != b.isEmpty { return a.isEmpty }
    // Equal but for leading zeros.
    return left < right
}
