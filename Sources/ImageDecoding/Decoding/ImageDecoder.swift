/// Decodes JPEG and PNG files to RGB.
///
/// Colour profiles and gamma are left alone, as the networks' own training did.
public enum ImageDecoder {
    /// The longest side that is decoded: 65,535 pixels, the most that a JPEG can have.
    ///
    /// What a resize keeps for each pixel of a side is bounded by this.
    public static let maximumSide = 65_535

    /// Decodes an image, upright as its EXIF orientation says.
    ///
    /// JPEG is read by libjpeg-turbo in colour, grey, CMYK or YCCK, sequential or progressive; PNG
    /// by libpng in any colour type and depth, transparent parts over white. A JPEG that lacks only
    /// its end marker is read, as browsers do, if every pixel is there to the last bit.
    ///
    /// - Parameters:
    ///   - bytes: a whole file.
    ///   - minimumSide: the shorter side that the picture is to be resized to next, if so. A JPEG
    ///     is then decoded at 1/2, 1/4 or 1/8 of its size where at least 7/4 of this side is
    ///     left, which gives nearly the same features in a fraction of the time.
    ///   - limits: what the image may cost.
    /// - Throws: ``ImageError``, with `tooLarge` or `tooSlow` beyond the limits; damage of any kind
    ///   is an error, never a half-grey picture.
    /// - Complexity: O(bytes + pixels)
    public static func decode(
        _ bytes: borrowing RawSpan, minimumSide: Int? = nil,
        limits: ImageLimits = .usual
    ) throws(ImageError) -> PixelBuffer {
        guard bytes.byteCount <= limits.bytes else {
            throw ImageError(
                .tooLarge,
                "The image's file has \(bytes.byteCount) bytes, more than the \(limits.bytes) that are "
                    + "allowed; make it smaller or raise the limit.")
        }
        switch try ImageFormat(sniffing: bytes) {
        case .jpeg:
            let orientation = EXIFReader.orientation(ofJPEG: bytes)
            return try unsafe bytes.reading { (bytes) throws(ImageError) in
                let decoder = try unsafe JPEGDecoder(bytes, seconds: limits.seconds)
                try check(decoder.width, decoder.height, limits.pixels)
                let eighths = JPEGScale.eighths(
                    shortSide: min(decoder.width, decoder.height), minimumSide: minimumSide)
                return try decoder.decode(eighths: eighths).upright(from: orientation)
            }
        case .png:
            let orientation = EXIFReader.orientation(ofPNG: bytes)
            return try unsafe bytes.reading { (bytes) throws(ImageError) in
                let decoder = try unsafe PNGDecoder(bytes, seconds: limits.seconds)
                try check(decoder.width, decoder.height, limits.pixels)
                return try decoder.decode().upright(from: orientation)
            }
        }
    }

    /// Decodes an image that lies in an array; see ``decode(_:minimumSide:limits:)``.
    public static func decode(
        _ bytes: [UInt8], minimumSide: Int? = nil, limits: ImageLimits = .usual
    ) throws(ImageError) -> PixelBuffer {
        try unsafe decode(bytes.span.bytes, minimumSide: minimumSide, limits: limits)
    }

    /// The sides of an image as a person should see it, from its header alone.
    ///
    /// - Throws: ``ImageError`` if the header cannot be read; pixels are not looked at.
    public static func dimensions(
        of bytes: borrowing RawSpan
    ) throws(ImageError) -> (width: Int, height: Int) {
        let seconds = ImageLimits.usual.seconds
        let orientation: ImageOrientation
        let stored: (width: Int, height: Int)
        switch try ImageFormat(sniffing: bytes) {
        case .jpeg:
            orientation = EXIFReader.orientation(ofJPEG: bytes)
            stored = try unsafe bytes.reading { (bytes) throws(ImageError) in
                let decoder = try unsafe JPEGDecoder(bytes, seconds: seconds)
                return (decoder.width, decoder.height)
            }
        case .png:
            orientation = EXIFReader.orientation(ofPNG: bytes)
            stored = try unsafe bytes.reading { (bytes) throws(ImageError) in
                let decoder = try unsafe PNGDecoder(bytes, seconds: seconds)
                return (decoder.width, decoder.height)
            }
        }
        return orientation.exchangesSides ? (stored.height, stored.width) : stored
    }

    /// The sides of an image that lies in an array; see ``dimensions(of:)-(RawSpan)``.
    public static func dimensions(
        of bytes: [UInt8]
    ) throws(ImageError) -> (width: Int, height: Int) {
        try unsafe dimensions(of: bytes.span.bytes)
    }

    private static func check(
        _ width: Int, _ height: Int, _ maximumPixels: Int
    ) throws(ImageError) {
        guard max(width, height) <= maximumSide else {
            throw ImageError(
                .tooLarge,
                "The image has \(width) × \(height) pixels, and no side may be longer than "
                    + "\(maximumSide); cut it into parts.")
        }
        // Both sides are at most 2^16, so the product fits.
        guard width * height <= maximumPixels else {
            throw ImageError(
                .tooLarge,
                "The image has \(width) × \(height) pixels, more than the \(maximumPixels) that are "
                    + "allowed; make it smaller or raise the limit.")
        }
    }
}

extension RawSpan {
    /// Lends the bytes as a pointer, with the error's type kept.
    fileprivate func reading<Result>(
        _ body: (UnsafeRawBufferPointer) throws(ImageError) -> Result
    ) throws(ImageError) -> Result {
        try unsafe withUnsafeBytes(body)
    }
}
