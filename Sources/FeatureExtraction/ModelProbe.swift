internal import ImageDecoding
internal import ONNXGraph
import WorkerThreads

/// Finds out what can be extracted from a network, by running it.
struct ModelProbe {
    /// The network as it is to be kept.
    let network: [UInt8]
    /// What it wants to see.
    let input: ModelManifest.Input
    /// What can be extracted.
    let layers: [ModelManifest.Layer]

    /// How many inner tensors are asked for in one run, so that they fit memory.
    private static let groupSize = 16
    /// How many times as long as one run may take all of them may take together.
    private static let mostRuns = 10.0

    /// Runs a network on test patterns, in every way that its graph allows, until one succeeds.
    ///
    /// First it is tried with any number of images, its graph's first direction left open, then with
    /// one at a time.
    ///
    /// - Parameters:
    ///   - bytes: a whole ONNX file.
    ///   - draft: what is said of it.
    /// - Throws: ``ExtractionError`` with `unsupportedModel`, saying why it cannot be used, or
    ///   `invalidModel` where the draft does not fit it.
    /// - Complexity: O(layers / 16) runs of the network
    init(_ bytes: [UInt8], draft: ModelDraft) throws(ExtractionError) {
        let model: ONNXModel
        do {
            model = try ONNXModel(bytes)
        } catch {
            throw ExtractionError(.unsupportedModel, error.message)
        }
        let wanted = try NetworkInput(of: model)
        let normalization = try draft.normalization()
        let seconds = try ModelLimits.current().seconds
        let limit = TimeLimit(seconds: seconds, total: seconds * Self.mostRuns)
        var failure: ExtractionError?
        for layout in wanted.layouts {
            let size = try wanted.size(layout, wanted: draft.size)
            for (batch, variant) in [(nil, model.withOpenBatch()), (1, model)] {
                if batch == 1, let fixed = wanted.batch, fixed != 1 { continue }
                let input = ModelManifest.Input(
                    name: wanted.name, layout: layout, width: size.width, height: size.height,
                    channels: draft.channels, range: normalization.range,
                    mean: normalization.mean, std: normalization.std, resize: draft.resize,
                    fit: draft.fit, crop: draft.fit == .crop ? draft.crop ?? 0.875 : nil,
                    batch: batch)
                do throws(ExtractionError) {
                    let found = try Self.layers(of: variant, input: input, limit: limit)
                    // What needs no edit is kept as it came, byte by byte.
                    let isEdited = batch == nil && wanted.batch != nil
                    self.init(
                        network: isEdited ? try Self.serialized(variant) : bytes, input: input,
                        layers: found)
                    return
                } catch {
                    if error.code == .noRuntime || error.code == .system { throw error }
                    // Another way would take as long again.
                    if limit.wasExceeded {
                        throw ExtractionError(.unsupportedModel, error.message)
                    }
                    failure = error
                }
            }
        }
        if let fixed = wanted.batch, fixed != 1 {
            throw ExtractionError(
                .unsupportedModel,
                "The network takes exactly \(fixed) images at once, and not any other number; "
                    + "export it with an open batch, or with a batch of 1.")
        }
        throw ExtractionError(
            .unsupportedModel, failure?.message ?? "The network cannot be run.")
    }

    private init(
        network: [UInt8], input: ModelManifest.Input, layers: [ModelManifest.Layer]
    ) {
        self.network = network
        self.input = input
        self.layers = layers
    }

    /// The tensors of a network that are features of an image.
    ///
    /// They are floats, have one, two or three directions besides the batch, differ between images,
    /// and do not depend on what else is in the batch.
    private static func layers(
        of model: ONNXModel, input: ModelManifest.Input, limit: TimeLimit
    ) throws(ExtractionError) -> [ModelManifest.Layer] {
        let candidates = model.layers
        let bytes: [UInt8]
        do {
            bytes = try model.withoutDeclaredShapes()
                .keepingOnly(outputs: candidates.map(\.name)).serialized()
        } catch {
            throw ExtractionError(.unsupportedModel, error.message)
        }
        let session = try ONNXSession(
            bytes, threads: WorkerThreads.availableCores, isStrange: true, limit: limit)
        let operators = Dictionary(candidates.map { ($0.name, $0.operation) }) { first, _ in first }
        let places = model.channelPlaces(input: input.layout == .nchw ? .first : .last)
        let patterns = try (0..<2).map { number throws(ExtractionError) in
            try pattern(number, for: input)
        }
        var layers: [ModelManifest.Layer] = []
        for start in stride(from: 0, to: session.outputs.count, by: groupSize) {
            let group = start..<min(start + groupSize, session.outputs.count)
            let alone = try patterns.map { pattern throws(ExtractionError) in
                try run(session, pattern, count: 1, input, group)
            }
            let together =
                input.batch == 1
                ? nil : try run(session, patterns[0] + patterns[1], count: 2, input, group)
            for output in group {
                guard let first = alone[0][output], let second = alone[1][output],
                    isFeature(first, second),
                    together == nil
                        || together?[output]
                            .map({ agrees($0, first, second) }) == true
                else { continue }
                let shape = Array(first.shape.dropFirst())
                let name = session.outputs[output]
                let isLast = places[name] == .last && shape.count > 1
                layers.append(
                    ModelManifest.Layer(
                        name: name,
                        operator: operators[name] ?? "",
                        shape: shape, channelAxis: isLast ? shape.count - 1 : nil))
            }
        }
        guard !layers.isEmpty else {
            throw ExtractionError(
                .unsupportedModel,
                "No inner tensor of the network holds 32-bit floats that differ from image to "
                    + "image, so there is nothing to extract.")
        }
        return layers
    }

    /// An output's shape, the batch in front, and numbers.
    private struct Output {
        let shape: [Int]
        let numbers: [Float]
    }

    private static func run(
        _ session: ONNXSession, _ tensor: [Float], count: Int, _ input: ModelManifest.Input,
        _ group: Range<Int>
    ) throws(ExtractionError) -> [Int: Output] {
        // Four images' numbers are kept at once, beside those that the network has.
        let limits = try ModelLimits.current()
        var left = limits.memory / 32 * count
        var result: [Int: Output] = [:]
        try session.run(
            tensor.span, shape: input.shape(batch: count), outputs: group
        ) { output, shape, numbers throws(ExtractionError) in
            guard let numbers else { return }
            left -= numbers.count
            guard left >= 0 else { throw limits.memoryError }
            result[output] = Output(shape: shape, numbers: numbers.indices.map { numbers[$0] })
        }
        return result
    }

    /// Whether a tensor of two images, each alone, is a feature of them.
    private static func isFeature(_ first: Output, _ second: Output) -> Bool {
        (2...4).contains(first.shape.count) && first.shape == second.shape && first.shape[0] == 1
            && !first.numbers.isEmpty && first.numbers.count <= 1 << 30
            && first.numbers != second.numbers
            && first.numbers.allSatisfy(\.isFinite) && second.numbers.allSatisfy(\.isFinite)
    }

    /// Whether a tensor of both images together is what it is of each alone.
    private static func agrees(_ both: Output, _ first: Output, _ second: Output) -> Bool {
        guard both.shape == [2] + first.shape.dropFirst() else { return false }
        // Instructions differ with the batch, and quantised networks round; mixed-up images differ more.
        let expected = [first.numbers, second.numbers].joined()
        let largest = expected.reduce(0) { max($0, abs($1)) }
        return zip(both.numbers, expected).allSatisfy { abs($0 - $1) <= 0.02 * largest }
    }

    /// The tensor of a picture made by arithmetic: waves of colour, other ones for every number.
    private static func pattern(
        _ number: Int, for input: ModelManifest.Input
    ) throws(ExtractionError) -> [Float] {
        let recipe = try input.preprocessing()
        return (0..<input.count).map { index in
            let pixel = input.layout == .nchw ? index % (input.width * input.height) : index / 3
            let channel = input.layout == .nchw ? index / (input.width * input.height) : index % 3
            let (x, y) = (pixel % input.width, pixel / input.width)
            let wave =
                x * (number + 1) + y * (2 * number + 1) + channel * 40
                + x * y / (16 * (number + 1))
            return (Float(wave % 256) - recipe.mean[channel]) / recipe.standardDeviation[channel]
        }
    }

    private static func serialized(_ model: ONNXModel) throws(ExtractionError) -> [UInt8] {
        do {
            return try model.serialized()
        } catch {
            throw ExtractionError(.unsupportedModel, error.message)
        }
    }
}
