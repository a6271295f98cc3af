internal import CPNG

/// One PNG being decoded by libpng.
@safe
struct PNGDecoder: ~Copyable {
    private let decoder: OpaquePointer
    let width: Int
    let height: Int

    /// Reads what comes before the pixels.
    ///
    /// - Parameters:
    ///   - bytes: the whole file; must outlive the decoder.
    ///   - seconds: how much of the thread's processor time may be used, from now to the last pixel.
    init(_ bytes: UnsafeRawBufferPointer, seconds: Double) throws(ImageError) {
        guard let decoder = unsafe cpng_decoder_create(seconds) else { throw .outOfMemory }
        var header = cpng_header()
        let status = unsafe cpng_read_header(
            decoder, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, &header)
        do throws(ImageError) {
            try unsafe Self.check(status, decoder)
        } catch {
            // A noncopyable value is not destroyed by a throw in its own initialiser.
            unsafe cpng_decoder_destroy(decoder)
            throw error
        }
        unsafe self.decoder = decoder
        width = Int(header.width)
        height = Int(header.height)
    }

    deinit { unsafe cpng_decoder_destroy(decoder) }

    /// Decodes all pixels, transparent parts over white.
    consuming func decode() throws(ImageError) -> PixelBuffer {
        unsafe try PixelBuffer(width: width, height: height) { (pixels) throws(ImageError) in
            let status = unsafe cpng_decode(decoder, pixels.baseAddress, pixels.count)
            try unsafe Self.check(status, decoder)
        }
    }

    private static func check(_ status: cpng_status, _ decoder: OpaquePointer) throws(ImageError) {
        if status == CPNG_OK { return }
        if status == CPNG_NO_MEMORY { throw .outOfMemory }
        if status == CPNG_TOO_SLOW { throw .tooSlow }
        let reason = unsafe String(cString: cpng_decoder_message(decoder))
        let damage = status == CPNG_TRUNCATED ? "ends too early" : "is damaged (\(reason))"
        throw ImageError(.damaged, "The PNG \(damage); fetch or copy the file again.")
    }
}
