/// One place where bytes come in from outside, and what must hold whatever they are.
struct FuzzTarget: Sendable {
    /// What the target is called on the command line.
    let name: String
    /// What the bytes are taken for.
    let summary: String
    /// Longer inputs find nothing more.
    let maximumBytes: Int
    /// Sound inputs to begin with.
    let seeds: @Sendable () throws -> [[UInt8]]
    /// Takes an input and ends the process where something does not hold; refusing it is right.
    let run: @Sendable ([UInt8]) -> Void

    /// Every target, by name.
    static let all: [FuzzTarget] =
        (indexes + [
            .jpeg, .png, .exif, .json, .filter, .manifest, .onnx, .indexFile,
            .vectors, .labels, .store, .snapshot,
        ]).sorted { $0.name < $1.name }
}

/// Ends the process where something that must hold does not, so that the input is kept.
func expect(_ holds: Bool, _ what: @autoclosure () -> String) {
    guard holds else { fatalError(what()) }
}
