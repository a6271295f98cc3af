import Foundation
internal import ONNXGraph

/// A model whose weights a Python package carries, and that can be added by its name.
public struct PackagedModel: Hashable, Sendable {
    /// The model's name.
    public let name: String
    /// The package and its version, as a manifest's `source` starts.
    public let package: String

    /// The models that can be added by name, in the order of `Tools/models/packages.txt`.
    ///
    /// - Throws: ``ExtractionError`` with `unavailable` where the checkout is not there.
    public static func all() throws(ExtractionError) -> [PackagedModel] {
        let path = try Self.path("packages.txt")
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ExtractionError(.unavailable, "\(path) cannot be read; check the file out again.")
        }
        return String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
            .filter { !$0.hasPrefix("#") }
            .compactMap { row in
                let words = row.split(separator: " ")
                guard words.count == 6 else { return nil }
                return PackagedModel(
                    name: String(words[0]), package: "\(words[1]) \(words[2])")
            }
    }

    /// The model of a name.
    ///
    /// - Throws: ``ExtractionError`` with `unknownModel`, naming those that there are.
    public static func named(_ name: String) throws(ExtractionError) -> PackagedModel {
        let all = try all()
        if let found = all.first(where: { $0.name == name }) { return found }
        throw ExtractionError(
            .unknownModel,
            "No model comes by the name '\(name)'; "
                + NameSuggestions.sentence(for: name, among: all.map(\.name), count: 10)
                + " For a network of your own, name its .onnx file.")
    }

    /// Fetches, checks and converts the model, unless it is there and whole.
    ///
    /// `Tools/models/install` does it in a process of its own. It publishes nothing but a whole
    /// model, so both may be killed at any moment.
    ///
    /// - Parameters:
    ///   - folder: where models are kept.
    ///   - progress: told what is being done, a few words each time.
    /// - Returns: whether it was there already.
    /// - Throws: ``ExtractionError`` with `unavailable` without a network or Python, `damagedModel`
    ///   for what is not the file that was pinned, `invalidModel` where another model has the name,
    ///   `system` where the folder cannot be written.
    public func install(
        into folder: ModelFolder, progress: (String) -> Void
    ) throws(ExtractionError) -> Bool {
        let other = ModelCatalog(folders: [folder.path]).models
            .first { $0.manifest.name == name }?.manifest.source
        if let other, !other.hasPrefix(package) {
            throw ExtractionError(
                .invalidModel,
                "There is another model '\(name)', from \(other); remove it first with "
                    + "'likeness models remove \(name)'.")
        }
        let script = try Self.path("install")
        let isWhole = try ChildProcess.run(script, ["--check", folder.path, name]) { _ in }
        if isWhole == 0 { return true }
        // A line is passed on when the next comes, as the last one says why it failed.
        var last: String?
        let status = try ChildProcess.run(script, [folder.path, name]) { line in
            if let last { progress(last) }
            last = line.hasPrefix("models: ") ? String(line.dropFirst(8)) : line
        }
        guard status == 0 else {
            let code: ExtractionError.Code =
                switch status {
                case 65: .damagedModel
                case 69: .unavailable
                case 74: .system
                default: .unavailable
                }
            let reason = last ?? "it said nothing and ended with \(status)."
            throw ExtractionError(code, "The model '\(name)' cannot be added: \(reason)")
        }
        return false
    }

    private static func path(_ file: String) throws(ExtractionError) -> String {
        guard let path = Checkout.find("Tools/models/\(file)") else {
            throw ExtractionError(
                .unavailable,
                "Models come by name only where the program lies in its checkout, which has "
                    + "Tools/models/\(file); name an .onnx file instead.")
        }
        return path
    }
}
