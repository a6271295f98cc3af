/// What extraction made of one image.
public struct ExtractedImage: Sendable {
    /// The vectors and the size of an image.
    public struct Features: Sendable {
        /// The image's width in pixels, upright, at its full size.
        public let width: Int
        /// The image's height in pixels, upright, at its full size.
        public let height: Int
        /// The bytes of its file.
        public let byteCount: Int
        /// The SHA-256 of its file as 64 hexadecimal digits.
        public let sha256: String
        /// One vector for every extractor of every model, in order; empty for a model that was not
        /// wanted for this image.
        public let vectors: [[Float]]
    }

    /// The image's position in what was asked for, from 0.
    public let index: Int
    /// The features, or why there are none.
    public let outcome: Result<Features, ExtractionError>
}

/// How far an extraction has come.
public struct ExtractionProgress: Sendable {
    /// How many images there are in all.
    public let total: Int
    /// How many have been delivered, failures included.
    public let done: Int
    /// How many of them could not be read.
    public let failed: Int
    /// How long it has taken.
    public let seconds: Double

    /// Images a second so far.
    public var rate: Double { seconds > 0 ? Double(done) / seconds : 0 }

    /// How many seconds are left at the rate so far; nil before the first image.
    public var secondsLeft: Double? { rate > 0 ? Double(total - done) / rate : nil }
}

/// Where the time of an extraction went.
public struct ExtractionTimings: Sendable {
    /// How many images were delivered, failures included.
    public internal(set) var images = 0
    /// How many of them could not be read.
    public internal(set) var failed = 0
    /// Reading, hashing, decoding and resizing, summed over the threads that share it.
    public internal(set) var decodeSeconds = 0.0
    /// Running the networks and pooling, summed over the threads that share it.
    public internal(set) var inferenceSeconds = 0.0
    /// Delivering, beside the other work.
    public internal(set) var deliverySeconds = 0.0
    /// From start to end.
    public internal(set) var seconds = 0.0
    /// How many threads decoded and ran the networks.
    public internal(set) var threads = 0

    /// Images a second, failures included.
    public var rate: Double { seconds > 0 ? Double(images) / seconds : 0 }
}
