extension ImageDecoder {
    /// At how many eighths of its size an image is decoded for a shorter side that is wanted next.
    ///
    /// Two sides with the same answer give the same picture.
    ///
    /// - Parameters:
    ///   - bytes: a whole file.
    ///   - size: what ``dimensions(of:)-([UInt8])`` gives for it.
    ///   - minimumSide: as ``decode(_:minimumSide:limits:)-([UInt8],_,_)`` takes it.
    /// - Throws: ``ImageError`` where the format is not known.
    package static func eighths(
        of bytes: [UInt8], size: (width: Int, height: Int), minimumSide: Int
    ) throws(ImageError) -> Int {
        switch try unsafe ImageFormat(sniffing: bytes.span.bytes) {
        case .jpeg:
            JPEGScale.eighths(shortSide: min(size.width, size.height), minimumSide: minimumSide)
        case .png: 8
        }
    }
}
