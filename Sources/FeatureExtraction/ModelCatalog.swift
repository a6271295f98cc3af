import Foundation
internal import ONNXGraph

/// The models that are installed.
///
/// A model is a manifest `NAME.json` and the network that it names, in one folder.
public struct ModelCatalog: Sendable {
    /// A model that is installed: its manifest and where its network is.
    public struct Entry: Sendable {
        /// What is known of the model.
        public let manifest: ModelManifest
        /// The path of its network.
        public let path: String
    }

    /// A manifest that cannot be used, and why.
    public struct Rejected: Sendable {
        /// The path of the manifest.
        public let path: String
        /// What is wrong with it.
        public let error: ExtractionError
    }

    /// The models, by name.
    public let models: [Entry]
    /// The manifests that cannot be used.
    public let rejected: [Rejected]
    /// Where it was looked, in order.
    public let folders: [String]

    /// Looks where models are: the folders of `$LIKENESS_MODELS`, separated by colons, if that is
    /// set, else `Tools/.setup/models` of the checkout that the running executable lies in.
    public static func installed() -> ModelCatalog {
        ModelCatalog(
            folders: namedFolders ?? Checkout.find("Tools/.setup/models").map { [$0] } ?? [])
    }

    /// The folders of `$LIKENESS_MODELS`, or nil where it names none.
    static var namedFolders: [String]? {
        let list = ProcessInfo.processInfo.environment["LIKENESS_MODELS"] ?? ""
        let folders = list.split(separator: ":").map(String.init)
        return folders.isEmpty ? nil : folders
    }

    /// Reads the manifests of some folders; of two models of one name the first is taken.
    ///
    /// The networks themselves are neither read nor checked.
    public init(folders: [String]) {
        var models: [Entry] = []
        var rejected: [Rejected] = []
        for folder in folders {
            let base = URL(fileURLWithPath: folder, isDirectory: true)
            let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            for file in files.sorted() where file.hasSuffix(".json") {
                let path = base.appendingPathComponent(file)
                do throws(ExtractionError) {
                    let manifest = try ModelManifest(
                        json: Data(Self.read(path.path, atMost: ModelFile.longestManifest)))
                    if models.contains(where: { $0.manifest.name == manifest.name }) { continue }
                    models.append(
                        Entry(
                            manifest: manifest,
                            path: base.appendingPathComponent(manifest.file).path))
                } catch {
                    rejected.append(Rejected(path: path.path, error: error))
                }
            }
        }
        self.folders = folders
        self.models = models.sorted { $0.manifest.name < $1.manifest.name }
        self.rejected = rejected
    }

    /// The model of a name.
    ///
    /// - Throws: ``ExtractionError`` with `unknownModel`, naming those that there are.
    public func model(named name: String) throws(ExtractionError) -> Entry {
        if let found = models.first(where: { $0.manifest.name == name }) { return found }
        if let broken = rejected.first(where: { $0.path.hasSuffix("/\(name).json") }) {
            throw ExtractionError(
                broken.error.code, "The model '\(name)' cannot be used. \(broken.error.message)")
        }
        guard !models.isEmpty else {
            throw ExtractionError(
                .unknownModel,
                "No model is installed; run Tools/setup, add one with 'likeness models add', or set "
                    + "LIKENESS_MODELS to a folder with models.")
        }
        throw ExtractionError(
            .unknownModel,
            "There is no model '\(name)'; "
                + NameSuggestions.sentence(for: name, among: models.map(\.manifest.name)))
    }

    fileprivate static func read(
        _ path: String, atMost longest: Int
    ) throws(ExtractionError) -> [UInt8] {
        do {
            return try ModelFile.bytes(of: path, atMost: longest)
        } catch {
            throw ExtractionError(.damagedModel, "\(path) cannot be read; run Tools/setup again.")
        }
    }
}

extension ModelCatalog.Entry {
    /// The network's file, checked against the manifest's checksum.
    ///
    /// - Throws: ``ExtractionError`` with `damagedModel`.
    /// - Complexity: O(bytes)
    public func network() throws(ExtractionError) -> [UInt8] {
        let bytes = try ModelCatalog.read(path, atMost: ModelFile.longestNetwork)
        guard SHA256.hexadecimal(bytes) == manifest.sha256.lowercased() else {
            throw ExtractionError(
                .damagedModel,
                "\(path) is not the file that its manifest describes (its SHA-256 differs); "
                    + "run Tools/setup again.")
        }
        return bytes
    }
}
