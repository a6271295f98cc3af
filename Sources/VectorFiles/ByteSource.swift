/// The content of a file from its first byte to its last, decompressed where it is compressed.
protocol ByteSource: AnyObject {
    /// The path, for messages.
    var path: String { get }

    /// Fills `target` with the next bytes; fewer are read only where the content ends.
    func read(into target: UnsafeMutableRawBufferPointer) throws(VectorFileError) -> Int
}

extension ByteSource {
    /// The next `count` bytes, or fewer where the content ends.
    func bytes(_ count: Int) throws(VectorFileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var span = bytes.mutableSpan
        let got = unsafe try span.withUnsafeMutableBytes { target throws(VectorFileError) in
            unsafe try read(into: target)
        }
        return got == count ? bytes : Array(bytes.prefix(got))
    }
}

/// The bytes of a file as they lie there.
final class PlainSource: ByteSource {
    private let file: OpenFile
    private var offset: Int

    init(_ file: OpenFile, offset: Int = 0) {
        self.file = file
        self.offset = offset
    }

    var path: String { file.path }

    func read(into target: UnsafeMutableRawBufferPointer) throws(VectorFileError) -> Int {
        let got = unsafe try file.read(into: target, at: offset)
        offset += got
        return got
    }
}
