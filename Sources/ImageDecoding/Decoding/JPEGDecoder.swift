internal import CJPEG

/// One JPEG being decoded by libjpeg-turbo.
@safe
struct JPEGDecoder: ~Copyable {
    private let decoder: OpaquePointer
    /// The stored sides, before orientation.
    let width: Int
    let height: Int

    /// Reads the header.
    ///
    /// - Parameters:
    ///   - bytes: the whole file; must outlive the decoder.
    ///   - seconds: how much of the thread's processor time may be used, from now to the last pixel.
    init(_ bytes: UnsafeRawBufferPointer, seconds: Double) throws(ImageError) {
        guard let decoder = unsafe cjpeg_decoder_create(seconds) else { throw .outOfMemory }
        var header = cjpeg_header()
        let status = unsafe cjpeg_read_header(
            decoder, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, &header)
        do throws(ImageError) {
            try unsafe Self.check(status, decoder)
        } catch {
            // A noncopyable value is not destroyed by a throw in its own initialiser.
            unsafe cjpeg_decoder_destroy(decoder)
            throw error
        }
        unsafe self.decoder = decoder
        width = Int(header.width)
        height = Int(header.height)
    }

    deinit { unsafe cjpeg_decoder_destroy(decoder) }

    /// Decodes all pixels at `eighths`/8 of the size.
    consuming func decode(eighths: Int) throws(ImageError) -> PixelBuffer {
        let width = (self.width * eighths + 7) / 8
        let height = (self.height * eighths + 7) / 8
        return unsafe try PixelBuffer(width: width, height: height) {
            (pixels) throws(ImageError) in
            let status = unsafe cjpeg_decode(
                decoder, UInt32(eighths), pixels.baseAddress, pixels.count)
            try unsafe Self.check(status, decoder)
        }
    }

    private static func check(
        _ status: cjpeg_status, _ decoder: OpaquePointer
    ) throws(ImageError) {
        if status == CJPEG_OK { return }
        let reason = unsafe String(cString: cjpeg_decoder_message(decoder))
        switch status {
        case CJPEG_TRUNCATED:
            throw ImageError(
                .damaged, "The JPEG ends too early (\(reason)); fetch or copy the file again.")
        case CJPEG_UNSUPPORTED:
            throw ImageError(
                .unsupported,
                "This kind of JPEG cannot be read (\(reason)); save it as a usual JPEG or a PNG.")
        case CJPEG_NO_MEMORY:
            throw .outOfMemory
        case CJPEG_TOO_SLOW:
            throw .tooSlow
        default:
            throw ImageError(
                .damaged, "The JPEG is damaged (\(reason)); fetch or copy the file again.")
        }
    }
}
