internal import ImageDecoding

/// What one thread of a pipeline does, and the memory that it reuses.
struct ExtractionWorker {
    private let extractor: FeatureExtractor
    private var tensors: [Float]
    private(set) var decodeSeconds = 0.0
    private(set) var inferenceSeconds = 0.0
    private let clock = ContinuousClock()

    init(extractor: FeatureExtractor, batchSize: Int) {
        self.extractor = extractor
        self.tensors = [Float](repeating: 0, count: batchSize * extractor.tensorCount)
    }

    /// Reads, decodes and extracts some images.
    ///
    /// - Returns: one result for every image, or why the network could not be run on them.
    mutating func extract(
        _ indices: Range<Int>, _ read: (Int) throws -> [UInt8]
    ) -> Result<[ExtractedImage], ExtractionError> {
        let start = clock.now
        // Tensors lie side by side without gaps, so an image that fails leaves its place to the next.
        var decoded = 0
        var sizes: [Result<(width: Int, height: Int), ExtractionError>] = []
        for index in indices {
            let size = Result { () throws(ExtractionError) in
                try decode(index, into: decoded * extractor.tensorCount, read)
            }
            if case .success = size { decoded += 1 }
            sizes.append(size)
        }
        let middle = clock.now
        decodeSeconds += (middle - start).seconds
        var vectors: [[[Float]]]
        do throws(ExtractionError) {
            let used = tensors.span.extracting(first: decoded * extractor.tensorCount)
            vectors = try extractor.features(of: used, count: decoded)
        } catch {
            return .failure(error)
        }
        inferenceSeconds += (clock.now - middle).seconds
        vectors.reverse()
        return .success(
            zip(indices, sizes).map { index, size in
                ExtractedImage(
                    index: index,
                    outcome: size.map { size in
                        ExtractedImage.Features(
                            width: size.width, height: size.height, vectors: vectors.removeLast())
                    })
            })
    }

    private mutating func decode(
        _ index: Int, into offset: Int, _ read: (Int) throws -> [UInt8]
    ) throws(ExtractionError) -> (width: Int, height: Int) {
        do {
            let bytes = try read(index)
            let size = try ImageDecoder.dimensions(of: bytes)
            let recipe = extractor.preprocessing
            let picture = try ImageDecoder.decode(bytes, minimumSide: recipe.minimumSide)
            try unsafe tensors.withUnsafeMutableBufferPointer { tensors in
                guard let base = tensors.baseAddress else { return }
                try unsafe recipe.tensor(from: picture, into: base + offset)
            }
            return size
        } catch let error as ImageError {
            throw ExtractionError(.badImage, error.message)
        } catch {
            throw ExtractionError(.badImage, "It cannot be read: \(error)")
        }
    }
}
