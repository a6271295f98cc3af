/// Decodes JPEG and PNG files to RGB.
///
/// Colour profiles and gamma are left alone, as the networks' own training did.
public enum ImageDecoder {
    /// The most pixels that are decoded unless a caller says otherwise.
    public static let usualMaximumPixels = 40_000_000

    /// The longest side that is decoded: 65,535 pixels, the most that a JPEG can have.
    ///
    /// What a resize keeps for each pixel of a side is bounded by this.
    public static let maximumSide = 65_535

    /// Decodes an image, upright as its EXIF orientation says.
    ///
    /// JPEG is read by libjpeg-turbo in colour, grey, CMYK or YCCK; PNG by libpng in any colour
    /// type and depth, transparent parts over white.
    ///
    /// - Parameters:
    ///   - bytes: a whole file.
    ///   - minimumSide: the shorter side that the picture is to be resized to next, if so. A JPEG
    ///     is then decoded at 1/2, 1/4 or 1/8 of its size where at least 7/4 of this side is
    ///     left, which gives nearly the same features in a fraction of the time.
    ///   - maximumPixels: larger pictures are refused before memory is taken for them.
    /// - Throws: ``ImageError``; damage of any kind is an error, never a half-grey picture.
    /// - Complexity: O(bytes + pixels)
    public static func decode(
        _ bytes: borrowing RawSpan, minimumSide: Int? = nil,
        maximumPixels: Int = usualMaximumPixels
    ) throws(ImageError) -> PixelBuffer {
        switch try ImageFormat(sniffing: bytes) {
        case .jpeg:
            let orientation = EXIFReader.orientation(ofJPEG: bytes)
            return try unsafe bytes.reading { (bytes) throws(ImageError) in
                let decoder = try unsafe JPEGDecoder(bytes)
                try check(decoder.width, decoder.height, maximumPixels)
                let eighths = JPEGScale.eighths(
                    shortSide: min(decoder.width, decoder.height), minimumSide: minimumSide)
                return try decoder.decode(eighths: eighths).upright(from: orientation)
            }
        case .png:
            return try unsafe bytes.reading { (bytes) throws(ImageError) in
                let decoder = try unsafe PNGDecoder(bytes)
                try check(decoder.width, decoder.height, maximumPixels)
                return try decoder.decode()
            }
        }
    }

    /// Decodes an image that lies in an array; see ``decode(_:minimumSide:maximumPixels:)``.
    public static func decode(
        _ bytes: [UInt8], minimumSide: Int? = nil, maximumPixels: Int = usualMaximumPixels
    ) throws(ImageError) -> PixelBuffer {
        try unsafe decode(bytes.span.bytes, minimumSide: minimumSide, maximumPixels: maximumPixels)
    }

    /// The sides of an image as a person should see it, from its header alone.
    ///
    /// - Throws: ``ImageError`` if the header cannot be read; pixels are not looked at.
    public static func dimensions(
        of bytes: borrowing RawSpan
    ) throws(ImageError) -> (width: Int, height: Int) {
        switch try ImageFormat(sniffing: bytes) {
        case .jpeg:
            let orientation = EXIFReader.orientation(ofJPEG: bytes)
            return try unsafe bytes.reading { (bytes) throws(ImageError) in
                let decoder = try unsafe JPEGDecoder(bytes)
                return orientation.exchangesSides
                    ? (decoder.height, decoder.width) : (decoder.width, decoder.height)
            }
        case .png:
            return try unsafe bytes.reading { (bytes) throws(ImageError) in
                let decoder = try unsafe PNGDecoder(bytes)
                return (decoder.width, decoder.height)
            }
        }
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
