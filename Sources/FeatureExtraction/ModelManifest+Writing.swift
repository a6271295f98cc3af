import Foundation

extension ModelManifest {
    /// The manifest of a network that was found usable.
    ///
    /// - Throws: ``ExtractionError`` with `unknownLayer` for a default layer that it has not.
    init(
        name: String, probe: ModelProbe, draft: ModelDraft, file: String
    ) throws(ExtractionError) {
        let fallback = probe.layers.last(where: \.isMap) ?? probe.layers[probe.layers.count - 1]
        self.format = Self.currentFormat
        self.name = name
        self.description = "\(name), added from \(file)"
        self.file = "\(name).onnx"
        self.sha256 = SHA256.hexadecimal(probe.network)
        self.source = draft.source ?? "unknown"
        self.licence = draft.licence ?? "unknown"
        self.input = probe.input
        self.defaultLayer = draft.layer ?? fallback.name
        self.defaultPooling = draft.pooling
        self.layers = probe.layers
        if draft.layer != nil { _ = try layer(named: defaultLayer) }
    }

    /// The manifest's file, which `init(json:)` reads.
    ///
    /// - Throws: ``ExtractionError`` with `system`.
    func json() throws(ExtractionError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return [UInt8](try encoder.encode(self)) + [UInt8(ascii: "\n")]
        } catch {
            throw ExtractionError(.system, "The manifest cannot be written: \(error)")
        }
    }
}
