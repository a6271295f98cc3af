internal import ImageDecoding

/// What one thread of a pipeline does, and the memory that it reuses.
struct ExtractionWorker {
    private let extractors: [FeatureExtractor]
    private let limits: ImageLimits
    private var tensors: [[Float]]
    private var decodeSeconds = 0.0
    private var inferenceSeconds = 0.0
    private let clock = ContinuousClock()

    init(extractors: [FeatureExtractor], batchSize: Int, limits: ImageLimits) {
        self.limits = limits
        self.extractors = extractors
        self.tensors = extractors.map {
            [Float](repeating: 0, count: batchSize * $0.tensorCount)
        }
    }

    /// The seconds spent since it was last asked.
    mutating func takeSeconds() -> (decode: Double, inference: Double) {
        defer { (decodeSeconds, inferenceSeconds) = (0, 0) }
        return (decodeSeconds, inferenceSeconds)
    }

    /// What is known of a file before the networks run.
    private struct Read {
        let width: Int
        let height: Int
        let byteCount: Int
        let sha256: String
        let models: UInt64
    }

    /// Reads, decodes and extracts some images.
    ///
    /// - Returns: one result for every image, or why a network could not be run on them.
    mutating func extract(
        _ indices: Range<Int>, _ models: (Int) -> UInt64, _ read: (Int) throws -> [UInt8]
    ) -> Result<[ExtractedImage], ExtractionError> {
        let start = clock.now
        // Tensors lie side by side without gaps, so an image that fails leaves its place to the next.
        var used = [Int](repeating: 0, count: extractors.count)
        var files: [Result<Read, ExtractionError>] = []
        for index in indices {
            let wanted = models(index)
            let file = Result { () throws(ExtractionError) in
                try decode(index, wanted, used, read)
            }
            if case .success = file {
                for model in extractors.indices where wanted >> model & 1 == 1 {
                    used[model] += 1
                }
            }
            files.append(file)
        }
        let middle = clock.now
        decodeSeconds += (middle - start).seconds
        var vectors: [[[[Float]]]] = []
        do throws(ExtractionError) {
            for (model, extractor) in extractors.enumerated() {
                let tensor = tensors[model]
                let numbers = tensor.span.extracting(first: used[model] * extractor.tensorCount)
                vectors.append(
                    try extractor.features(of: numbers, count: used[model]).reversed())
            }
        } catch {
            return .failure(error)
        }
        inferenceSeconds += (clock.now - middle).seconds
        var images: [ExtractedImage] = []
        for (index, file) in zip(indices, files) {
            let outcome = file.map { file in
                var own: [[Float]] = []
                for model in extractors.indices {
                    own +=
                        file.models >> model & 1 == 1
                        ? vectors[model].removeLast()
                        : extractors[model].dimensions.map { _ in [] }
                }
                return ExtractedImage.Features(
                    width: file.width, height: file.height, byteCount: file.byteCount,
                    sha256: file.sha256, vectors: own)
            }
            images.append(ExtractedImage(index: index, outcome: outcome))
        }
        return .success(images)
    }

    /// Reads a file once and makes the tensors of the models that are wanted.
    ///
    /// A reduced scale is a model's own choice, so that its vectors are those of a pass alone.
    private mutating func decode(
        _ index: Int, _ wanted: UInt64, _ used: [Int], _ read: (Int) throws -> [UInt8]
    ) throws(ExtractionError) -> Read {
        do {
            let bytes = try read(index)
            let size = try ImageDecoder.dimensions(of: bytes)
            var pictures: [(eighths: Int, picture: PixelBuffer)] = []
            for (model, extractor) in extractors.enumerated() where wanted >> model & 1 == 1 {
                let recipe = extractor.preprocessing
                let eighths = try ImageDecoder.eighths(
                    of: bytes, size: size, minimumSide: recipe.minimumSide)
                let picture: PixelBuffer
                if let known = pictures.first(where: { $0.eighths == eighths }) {
                    picture = known.picture
                } else {
                    picture = try ImageDecoder.decode(
                        bytes, minimumSide: recipe.minimumSide, limits: limits)
                    pictures.append((eighths, picture))
                }
                let offset = used[model] * extractor.tensorCount
                try unsafe tensors[model].withUnsafeMutableBufferPointer { tensor in
                    guard let base = tensor.baseAddress else { return }
                    try unsafe recipe.tensor(from: picture, into: base + offset)
                }
            }
            return Read(
                width: size.width, height: size.height, byteCount: bytes.count,
                sha256: SHA256.hexadecimal(bytes), models: wanted)
        } catch let error as ImageError {
            throw ExtractionError(.badImage, error.message)
        } catch {
            throw ExtractionError(.badImage, "It cannot be read: \(error)")
        }
    }
}
