public import ImageDecoding
internal import ONNXGraph

/// Several layers of one model under several poolings, computed in one pass over the network.
///
/// What lies behind the last of the layers is cut off and not computed. Safe to use from many
/// threads at once.
public final class FeatureExtractor: Sendable {
    /// The model's manifest.
    public let manifest: ModelManifest
    /// What is extracted, in the order of every result.
    public let extractors: [Extractor]
    /// How many numbers each extractor's vector has.
    public let dimensions: [Int]
    /// How a picture becomes the network's input.
    public let preprocessing: Preprocessing

    private let session: ONNXSession
    /// For every output of the session: its layer, and the extractors that pool it.
    private let outputs: [(layer: ModelManifest.Layer, extractors: [Int])]

    /// Loads a model and checks by one run that it is what its manifest says.
    ///
    /// - Parameters:
    ///   - model: the model.
    ///   - extractors: what to extract, at least one, all of this model.
    ///   - threads: how many threads one call may use; 1 where many threads call at once.
    /// - Throws: ``ExtractionError``.
    /// - Complexity: O(the network's bytes)
    public init(
        model: ModelCatalog.Entry, extractors: [Extractor], threads: Int = 1
    ) throws(ExtractionError) {
        let manifest = model.manifest
        guard !extractors.isEmpty else {
            throw ExtractionError(.invalidExtractor, "Name at least one layer to extract.")
        }
        var layers: [ModelManifest.Layer] = []
        var users: [String: [Int]] = [:]
        for (index, extractor) in extractors.enumerated() {
            guard extractor.model == manifest.name else {
                throw ExtractionError(
                    .invalidExtractor,
                    "'\(extractor)' is not of the model '\(manifest.name)'; "
                        + "extract from one model at a time.")
            }
            let layer = try manifest.layer(named: extractor.layer)
            if users[layer.name] == nil { layers.append(layer) }
            users[layer.name, default: []].append(index)
        }
        let network = try Self.network(of: model, layers: layers)
        let session = try ONNXSession(network, threads: threads)
        guard session.input == manifest.input.name, session.outputs == layers.map(\.name) else {
            throw ExtractionError(
                .damagedModel,
                "The network's inputs or outputs are not those of the manifest of "
                    + "'\(manifest.name)'; run Tools/setup again.")
        }
        self.manifest = manifest
        self.extractors = extractors
        self.preprocessing = try manifest.input.preprocessing()
        self.session = session
        self.outputs = layers.map { ($0, users[$0.name] ?? []) }
        var dimensions = [Int](repeating: 0, count: extractors.count)
        for layer in layers {
            for index in users[layer.name] ?? [] {
                dimensions[index] = layer.dimension(extractors[index].pooling)
            }
        }
        self.dimensions = dimensions
        _ = try features(of: [Float](repeating: 0, count: manifest.input.count).span, count: 1)
    }

    /// How many numbers one picture's tensor has.
    public var tensorCount: Int { manifest.input.count }

    /// The vectors of a batch of tensors.
    ///
    /// - Parameters:
    ///   - batch: `count` times ``tensorCount`` numbers, as ``preprocessing`` makes them.
    ///   - count: how many pictures.
    /// - Returns: for every picture, for every extractor, its vector.
    /// - Throws: ``ExtractionError`` with `inferenceFailed` or, where the network is not what the
    ///   manifest says, `damagedModel`.
    public func features(
        of batch: Span<Float>, count: Int
    ) throws(ExtractionError) -> [[[Float]]] {
        precondition(batch.count == count * tensorCount)
        guard count > 0 else { return [] }
        if manifest.input.batch == 1, count > 1 {
            var result: [[[Float]]] = []
            for image in 0..<count {
                let one = batch.extracting(image * tensorCount..<(image + 1) * tensorCount)
                result += try features(of: one, count: 1)
            }
            return result
        }
        var result = [[[Float]]](
            repeating: [[Float]](repeating: [], count: extractors.count), count: count)
        let shape = manifest.input.shape(batch: count)
        try session.run(batch, shape: shape) { output, shape, numbers throws(ExtractionError) in
            let (layer, extractors) = outputs[output]
            guard shape == [count] + layer.shape else {
                throw ExtractionError(
                    .damagedModel,
                    "The layer '\(session.outputs[output])' has the shape \(shape.dropFirst()), "
                        + "but the manifest says \(layer.shape); run Tools/setup again.")
            }
            let size = numbers.count / count
            for image in 0..<count {
                let map = numbers.extracting(image * size..<(image + 1) * size)
                for index in extractors {
                    result[image][index] = self.extractors[index].pooling.pool(
                        map, shape: layer.shape, channelAxis: layer.channelAxis ?? 0)
                }
            }
        }
        return result
    }

    /// The vectors of one image file.
    ///
    /// - Parameter image: a whole JPEG or PNG file.
    /// - Returns: for every extractor, its vector.
    /// - Throws: ``ExtractionError`` with `badImage` if it cannot be decoded.
    public func features(ofImage image: [UInt8]) throws(ExtractionError) -> [[Float]] {
        let tensor: [Float]
        do {
            let picture = try ImageDecoder.decode(image, minimumSide: preprocessing.minimumSide)
            tensor = try preprocessing.tensor(from: picture)
        } catch {
            throw ExtractionError(.badImage, error.message)
        }
        return try features(of: tensor.span, count: 1)[0]
    }

    private static func network(
        of model: ModelCatalog.Entry, layers: [ModelManifest.Layer]
    ) throws(ExtractionError) -> [UInt8] {
        let bytes = try model.network()
        do {
            return try ONNXModel(bytes).keepingOnly(outputs: layers.map(\.name)).serialized()
        } catch {
            let code: ExtractionError.Code =
                error.code == .unknownLayer ? .unknownLayer : .damagedModel
            throw ExtractionError(code, error.message)
        }
    }
}
