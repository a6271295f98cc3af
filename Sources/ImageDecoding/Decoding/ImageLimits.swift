/// What one image may cost before it is refused.
///
/// The header is read and its sides are held to ``pixels`` before memory is taken for them, so a
/// header that lies costs nothing. About 11 bytes a pixel are needed at most, by a progressive CMYK
/// JPEG; 3 by most others.
public struct ImageLimits: Hashable, Sendable {
    /// The most pixels.
    public var pixels: Int = 40_000_000
    /// The longest file in bytes.
    public var bytes: Int = 256 << 20
    /// The most processor time of the decoding thread, in seconds.
    ///
    /// A process that waits or is stopped does not use it up, so no picture is refused because the
    /// machine is busy.
    public var seconds: Double = 10

    /// What holds unless a caller says otherwise.
    public static let usual = ImageLimits()

    /// Makes limits; what is left out is usual.
    public init(pixels: Int = 40_000_000, bytes: Int = 256 << 20, seconds: Double = 10) {
        self.pixels = pixels
        self.bytes = bytes
        self.seconds = seconds
    }
}
