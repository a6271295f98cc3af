/// How stored rows and columns relate to the picture that a person should see (EXIF 2.32, tag 274).
public enum ImageOrientation: UInt16, Hashable, Sendable, CaseIterable {
    /// Stored as seen.
    case upright = 1
    /// Mirrored left to right.
    case mirrored = 2
    /// Turned by half a turn.
    case upsideDown = 3
    /// Mirrored top to bottom.
    case flipped = 4
    /// Rows and columns exchanged.
    case transposed = 5
    /// To be turned a quarter clockwise to be seen upright.
    case turnedLeft = 6
    /// Rows and columns exchanged, about the other diagonal.
    case transversed = 7
    /// To be turned a quarter anticlockwise to be seen upright.
    case turnedRight = 8

    /// Whether the picture's width is the stored height.
    public var exchangesSides: Bool { rawValue >= 5 }
}

extension PixelBuffer {
    /// The picture as a person should see it.
    ///
    /// - Complexity: O(pixels); `self` where nothing is to be done.
    public func upright(from orientation: ImageOrientation) -> PixelBuffer {
        if orientation == .upright { return self }
        let (width, height) =
            orientation.exchangesSides ? (self.height, self.width) : (self.width, self.height)
        let stride = 3 * self.width
        // Where the first seen pixel is stored, and how far to go for one to the right or down.
        let (start, right, down) =
            switch orientation {
            case .upright: (0, 3, stride)
            case .mirrored: (stride - 3, -3, stride)
            case .upsideDown: (self.height * stride - 3, -3, -stride)
            case .flipped: ((self.height - 1) * stride, 3, -stride)
            case .transposed: (0, stride, 3)
            case .turnedLeft: ((self.height - 1) * stride, -stride, 3)
            case .transversed: (self.height * stride - 3, -stride, -3)
            case .turnedRight: (stride - 3, stride, -3)
            }
        return unsafe PixelBuffer(width: width, height: height) { target in
            guard var out = target.baseAddress else { return }
            for y in 0..<height {
                // The eight cases above keep every offset inside the stored picture.
                var pixel = unsafe baseAddress + (start + y * down)
                for _ in 0..<width {
                    unsafe out[0] = pixel[0]
                    unsafe out[1] = pixel[1]
                    unsafe out[2] = pixel[2]
                    unsafe out += 3
                    unsafe pixel += right
                }
            }
        }
    }
}
