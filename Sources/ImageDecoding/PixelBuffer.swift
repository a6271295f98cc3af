internal import CImageKernels

/// A picture of 8-bit RGB pixels, rows from top to bottom, packed.
///
/// Immutable once made, so that decoding threads can hand it on without a copy.
///
/// Unchecked: the memory is written only by the initialisers, before the buffer can be shared.
@safe
public final class PixelBuffer: @unchecked Sendable {
    /// How many pixels a row has, at least 1.
    public let width: Int
    /// How many rows there are, at least 1.
    public let height: Int

    private let memory: UnsafeMutablePointer<UInt8>

    /// Makes a buffer and fills it.
    ///
    /// - Parameters:
    ///   - width: pixels a row.
    ///   - height: rows.
    ///   - fill: gets uninitialised memory of `width` × `height` × 3 bytes and must write all of it.
    /// - Throws: what `fill` throws.
    package init<E: Error>(
        width: Int, height: Int,
        fill: (UnsafeMutableBufferPointer<UInt8>) throws(E) -> Void
    ) throws(E) {
        precondition(width >= 1 && height >= 1, "a picture has at least one pixel")
        self.width = width
        self.height = height
        // Kernels read a little beyond the last row; what they find there is not used.
        let count = width * height * 3
        let slack = Int(CIMAGE_SLACK)
        unsafe memory = .allocate(capacity: count + slack)
        unsafe (memory + count).initialize(repeating: 0, count: slack)
        unsafe try fill(UnsafeMutableBufferPointer(start: memory, count: count))
    }

    /// Makes a buffer from interleaved RGB bytes.
    ///
    /// - Throws: ``ImageError`` with code `invalidParameter` unless both sides are at least 1 and
    ///   there are exactly `width` × `height` × 3 bytes.
    public convenience init(width: Int, height: Int, bytes: [UInt8]) throws(ImageError) {
        let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
        guard width >= 1, height >= 1, !overflow, bytes.count == pixels.saturatingTriple else {
            throw ImageError(
                .invalidParameter,
                "A picture of \(width) × \(height) pixels cannot be made of \(bytes.count) bytes.")
        }
        unsafe self.init(width: width, height: height) { target in
            _ = unsafe target.initialize(from: bytes)
        }
    }

    deinit { unsafe memory.deallocate() }

    /// All bytes: red, green and blue of each pixel, row after row.
    public var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let span = unsafe Span(_unsafeStart: memory, count: width * height * 3)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// A copy of all bytes.
    public var array: [UInt8] {
        unsafe Array(UnsafeBufferPointer(start: memory, count: width * height * 3))
    }

    /// The first byte, valid while the buffer lives.
    ///
    /// Kernels may read `CIMAGE_SLACK` bytes beyond the last.
    @unsafe
    package var baseAddress: UnsafePointer<UInt8> { unsafe UnsafePointer(memory) }

    /// Red, green and blue of one pixel.
    public subscript(x: Int, y: Int) -> (red: UInt8, green: UInt8, blue: UInt8) {
        precondition(x >= 0 && x < width && y >= 0 && y < height, "no such pixel")
        let pixel = unsafe memory + (y * width + x) * 3
        return unsafe (pixel[0], pixel[1], pixel[2])
    }
}

extension Int {
    fileprivate var saturatingTriple: Int {
        let (product, overflow) = multipliedReportingOverflow(by: 3)
        return overflow ? .max : product
    }
}
