internal import CJPEG
internal import CPNG

/// Writes pictures as JPEG and PNG.
public enum ImageEncoder {
    /// The bytes of a JPEG file.
    ///
    /// - Parameters:
    ///   - image: the picture, each side at most 65,500 pixels.
    ///   - quality: 1 (smallest) to 100 (best).
    ///   - comment: what is written beside the picture, in ASCII.
    /// - Throws: ``ImageError`` with code `invalidParameter` for a quality or side out of range,
    ///   with code `system` if memory is short.
    public static func jpeg(
        _ image: PixelBuffer, quality: Int = 90, comment: String? = nil
    ) throws(ImageError) -> [UInt8] {
        guard 1...100 ~= quality else {
            throw ImageError(
                .invalidParameter, "A JPEG's quality must be from 1 to 100, not \(quality).")
        }
        let longest = 65_500
        guard image.width <= longest, image.height <= longest else {
            throw ImageError(
                .invalidParameter,
                "A JPEG cannot have \(image.width) × \(image.height) pixels; "
                    + "each side must be at most \(longest).")
        }
        var bytes: UnsafeMutablePointer<UInt8>?
        var length = 0
        let status = unsafe cjpeg_encode(
            image.baseAddress, UInt32(image.width), UInt32(image.height), Int32(quality), comment,
            &bytes, &length)
        guard status == CJPEG_OK, let bytes = unsafe bytes else { throw .outOfMemory }
        defer { unsafe cjpeg_free(bytes) }
        return unsafe Array(UnsafeBufferPointer(start: bytes, count: length))
    }

    /// The bytes of a PNG file.
    ///
    /// - Throws: ``ImageError`` with code `invalidParameter` if a side is above 1,000,000 pixels,
    ///   with code `system` if memory is short.
    public static func png(_ image: PixelBuffer) throws(ImageError) -> [UInt8] {
        let longest = 1_000_000
        guard image.width <= longest, image.height <= longest else {
            throw ImageError(
                .invalidParameter,
                "A PNG cannot have \(image.width) × \(image.height) pixels; "
                    + "each side must be at most \(longest).")
        }
        var bytes: UnsafeMutablePointer<UInt8>?
        var length = 0
        let status = unsafe cpng_encode(
            image.baseAddress, UInt32(image.width), UInt32(image.height), &bytes, &length)
        guard status == CPNG_OK, let bytes = unsafe bytes else { throw .outOfMemory }
        defer { unsafe cpng_free(bytes) }
        return unsafe Array(UnsafeBufferPointer(start: bytes, count: length))
    }
}
