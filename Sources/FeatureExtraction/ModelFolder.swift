import Foundation
import OutputFiles

/// The folder that models are added to and removed from.
///
/// A model shows by its manifest, which is written last and removed first, so that whoever looks
/// sees a whole model or none. One process at a time changes the folder; others wait.
public struct ModelFolder: Sendable {
    /// Its path.
    public let path: String

    /// Names a folder, which need not exist.
    public init(path: String) {
        self.path = URL(fileURLWithPath: path, isDirectory: true).standardizedFileURL.path
    }

    /// The folder that a model lies in.
    public init(holding model: ModelCatalog.Entry) {
        self.init(path: URL(fileURLWithPath: model.path).deletingLastPathComponent().path)
    }

    /// The first folder of `$LIKENESS_MODELS`, if that is set, else `Tools/.setup/models` of the
    /// checkout that the running executable lies in.
    ///
    /// - Throws: ``ExtractionError`` with `unavailable` where there is neither.
    public static func current() throws(ExtractionError) -> ModelFolder {
        if let first = ModelCatalog.namedFolders?.first { return ModelFolder(path: first) }
        guard let tools = Checkout.find("Tools/models/packages.txt") else {
            throw ExtractionError(
                .unavailable,
                "There is no folder for models; set LIKENESS_MODELS to one.")
        }
        return ModelFolder(
            path: URL(fileURLWithPath: tools).deletingLastPathComponent()
                .deletingLastPathComponent().appendingPathComponent(".setup/models").path)
    }

    /// Adds a network from an ONNX file, with a manifest of what was said and found out of it.
    ///
    /// - Parameters:
    ///   - file: the path of the ONNX file, which is copied.
    ///   - draft: what is said of it.
    /// - Returns: the model, and whether it was there already, just so.
    /// - Throws: ``ExtractionError`` with `unsupportedModel`, saying why the network cannot be used,
    ///   `invalidModel` where the draft does not fit or the name is taken, `unknownLayer`,
    ///   `noRuntime`, or `system` where a file cannot be read or written.
    public func add(
        file: String, _ draft: ModelDraft
    ) throws(ExtractionError) -> (model: ModelCatalog.Entry, wasPresent: Bool) {
        let url = URL(fileURLWithPath: file)
        let name = draft.name ?? url.deletingPathExtension().lastPathComponent
        guard ModelManifest.isName(name) else {
            throw ExtractionError(
                .invalidModel,
                "'\(name)' cannot name a model; give a --name of letters, digits, '.', '_', '+' "
                    + "and '-'.")
        }
        if let packaged = try? PackagedModel.all(), packaged.contains(where: { $0.name == name }) {
            throw ExtractionError(
                .invalidModel,
                "'\(name)' is the name of a model that comes from a package; give another --name.")
        }
        let bytes = try ModelFile.bytes(of: file)
        let probe: ModelProbe
        let manifest: ModelManifest
        do throws(ExtractionError) {
            probe = try ModelProbe(bytes, draft: draft)
            manifest = try ModelManifest(
                name: name, probe: probe, draft: draft, file: url.lastPathComponent)
        } catch {
            throw ExtractionError(error.code, "\(file): \(error.message)")
        }
        return try locked { () throws(ExtractionError) in
            let entry = ModelCatalog.Entry(
                manifest: manifest, path: "\(path)/\(manifest.file)")
            if let other = ModelCatalog(folders: [path]).models
                .first(where: { $0.manifest.name == name })
            {
                guard other.manifest == manifest else {
                    throw ExtractionError(
                        .invalidModel,
                        "There is a model '\(name)' already; remove it first with 'likeness models "
                            + "remove \(name)', or give another --name.")
                }
                if (try? other.network()) != nil { return (other, true) }
            }
            unsafe unlink("\(path)/\(name).json")
            try write(probe.network, manifest.file)
            try write(manifest.json(), "\(name).json")
            return (entry, false)
        }
    }

    /// Removes a model: its manifest, then its network.
    ///
    /// - Throws: ``ExtractionError`` with `unknownModel`, or `system` where it cannot be removed.
    public func remove(_ model: ModelCatalog.Entry) throws(ExtractionError) {
        let name = model.manifest.name
        try locked { () throws(ExtractionError) in
            guard unsafe unlink("\(path)/\(name).json") == 0 else {
                throw ExtractionError(
                    .system, "\(path)/\(name).json cannot be removed: \(Self.reason).")
            }
            try sync(path)
            unsafe unlink("\(path)/.\(name).made")
            let others = ModelCatalog(folders: [path]).models
            if !others.contains(where: { $0.manifest.file == model.manifest.file }) {
                unsafe unlink("\(path)/\(model.manifest.file)")
            }
        }
    }

    /// Runs `body` while no other process changes the folder, which is made if need be.
    private func locked<Result>(
        _ body: () throws(ExtractionError) -> Result
    ) throws(ExtractionError) -> Result {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        } catch {
            throw ExtractionError(.system, "The folder \(path) cannot be made.")
        }
        // Tools/models/install locks the same file.
        let lock = unsafe open(
            "\(path)/.lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o666)
        guard lock >= 0 else {
            throw ExtractionError(.system, "The folder \(path) cannot be written: \(Self.reason).")
        }
        defer { close(lock) }
        while flock(lock, LOCK_EX) != 0 {
            guard errno == EINTR else {
                throw ExtractionError(
                    .system, "The folder \(path) cannot be locked: \(Self.reason).")
            }
        }
        for file in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        where file.hasSuffix(Self.partial) {
            unsafe unlink("\(path)/\(file)")  // left by a process that was killed
        }
        return try body()
    }

    private static let partial = ".partial"

    private func write(_ bytes: [UInt8], _ name: String) throws(ExtractionError) {
        do throws(OutputFileError) {
            let file = try OutputFile(at: "\(path)/\(name)")
            try file.write(bytes)
            try file.publish()
        } catch {
            throw ExtractionError(.system, error.description)
        }
    }

    /// Waits until the disk has a file or folder.
    private func sync(_ path: String) throws(ExtractionError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ExtractionError(.system, "\(path) cannot be opened: \(Self.reason).")
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw ExtractionError(.system, "\(path) cannot be written: \(Self.reason).")
        }
    }

    private static var reason: String { unsafe String(cString: strerror(errno)) }
}
