import CZlib

/// The decompressed content of a gzip file, inflated as it is read, its checksums verified.
///
/// Several members one after another are one content, as RFC 1952 has it.
@safe
final class GzipSource: ByteSource {
    /// The most bytes that one compressed byte can stand for in the deflate format.
    static let largestExpansion = 1032

    private static let inputSize = 1 << 16

    private let file: OpenFile
    private var offset = 0
    private var ended = false
    /// On the heap, because zlib remembers where it lies.
    private let stream: UnsafeMutablePointer<z_stream>
    private let input: UnsafeMutablePointer<UInt8>

    init(_ file: OpenFile) throws(VectorFileError) {
        self.file = file
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        unsafe input = .allocate(capacity: Self.inputSize)
        // 15 bits of window, and 16 for "gzip header and trailer".
        let status = unsafe inflateInit2_(
            stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            throw VectorFileError(.system, "Cannot decompress \(file.path): zlib did not start.")
        }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deinitialize(count: 1)
        unsafe stream.deallocate()
        unsafe input.deallocate()
    }

    var path: String { file.path }

    func read(into target: UnsafeMutableRawBufferPointer) throws(VectorFileError) -> Int {
        var done = 0
        while done < target.count, !ended, let base = target.baseAddress {
            try refill()
            let room = min(target.count - done, Int(Int32.max))
            unsafe stream.pointee.next_out =
                (base + done).assumingMemoryBound(to: UInt8.self)
            unsafe stream.pointee.avail_out = UInt32(room)
            let status = unsafe inflate(stream, Z_NO_FLUSH)
            done += room - Int(unsafe stream.pointee.avail_out)
            switch status {
            case Z_OK: break
            case Z_STREAM_END: try startNextMember()
            // No progress, because there is nothing left to feed.
            case Z_BUF_ERROR:
                throw VectorFileError(
                    .truncated,
                    "The compressed data of \(path) ends too early, after \(offset) bytes; get the "
                        + "file again.")
            default:
                throw VectorFileError(
                    .damaged, "The compressed data of \(path) is damaged; get the file again.")
            }
        }
        return done
    }

    /// Gives zlib more of the file once it has used up what it had.
    private func refill() throws(VectorFileError) {
        guard unsafe stream.pointee.avail_in == 0 else { return }
        let buffer = unsafe UnsafeMutableRawBufferPointer(start: input, count: Self.inputSize)
        let got = unsafe try file.read(into: buffer, at: offset)
        offset += got
        unsafe stream.pointee.next_in = input
        unsafe stream.pointee.avail_in = UInt32(got)
    }

    private func startNextMember() throws(VectorFileError) {
        try refill()
        if unsafe stream.pointee.avail_in == 0 {
            ended = true
        } else {
            unsafe inflateReset(stream)
        }
    }
}
