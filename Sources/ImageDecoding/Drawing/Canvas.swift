/// A picture to draw on: boxes, frames, other pictures and text.
///
/// Whatever lies outside is left out. Edges are antialiased.
public struct Canvas: Sendable {
    /// Pixels a row.
    public let width: Int
    /// Rows.
    public let height: Int

    private var bytes: [UInt8]

    /// A place on the canvas, in whole pixels from the upper left corner.
    public struct Box: Hashable, Sendable {
        /// The left edge.
        public var x: Int
        /// The upper edge.
        public var y: Int
        /// Columns.
        public var width: Int
        /// Rows.
        public var height: Int

        /// Makes a box from its upper left corner and its extent.
        public init(x: Int, y: Int, width: Int, height: Int) {
            self.x = x
            self.y = y
            self.width = width
            self.height = height
        }

        /// The box without a margin on all sides.
        public func inset(by margin: Int) -> Box {
            Box(
                x: x + margin, y: y + margin, width: width - 2 * margin,
                height: height - 2 * margin)
        }
    }

    /// Makes a canvas of one colour.
    ///
    /// - Parameters:
    ///   - width: at least 1.
    ///   - height: at least 1.
    ///   - background: the colour.
    public init(width: Int, height: Int, background: Color = .white) {
        precondition(width >= 1 && height >= 1, "a canvas has at least one pixel")
        self.width = width
        self.height = height
        bytes = []
        bytes.reserveCapacity(width * height * 3)
        for _ in 0..<width * height {
            bytes.append(background.red)
            bytes.append(background.green)
            bytes.append(background.blue)
        }
    }

    /// What has been drawn.
    public var image: PixelBuffer {
        unsafe PixelBuffer(width: width, height: height) { target in
            _ = unsafe target.initialize(from: bytes)
        }
    }

    /// Fills a box, its corners rounded by `cornerRadius` pixels.
    public mutating func fill(_ box: Box, _ color: Color, cornerRadius: Double = 0) {
        shade(box, color) { x, y in
            0.5 - box.distance(x, y, cornerRadius: cornerRadius)
        }
    }

    /// Draws a frame of `thickness` pixels just inside a box.
    public mutating func frame(
        _ box: Box, _ color: Color, thickness: Double = 1, cornerRadius: Double = 0
    ) {
        shade(box, color) { x, y in
            let distance = box.distance(x, y, cornerRadius: cornerRadius)
            return min(0.5 - distance, 0.5 + distance + thickness)
        }
    }

    /// Draws a picture as large as fits into a box at its own shape, centred.
    ///
    /// - Parameters:
    ///   - image: the picture.
    ///   - box: where to.
    ///   - maximumScale: how much a small picture may be enlarged.
    /// - Throws: ``ImageError`` if the picture cannot be resized.
    public mutating func draw(
        _ image: PixelBuffer, in box: Box, maximumScale: Double = .infinity
    ) throws(ImageError) {
        guard box.width >= 1, box.height >= 1 else { return }
        let scale = min(
            Double(box.width) / Double(image.width), Double(box.height) / Double(image.height),
            maximumScale)
        let columns = max(1, Int((Double(image.width) * scale).rounded()))
        let rows = max(1, Int((Double(image.height) * scale).rounded()))
        let fitted = try Resampler.resize(image, width: columns, height: rows, filter: .bicubic)
        let left = box.x + (box.width - columns) / 2
        let top = box.y + (box.height - rows) / 2
        let visible = max(0, -left)..<max(max(0, -left), min(columns, width - left))
        let source = fitted.bytes
        for row in 0..<rows where top + row >= 0 && top + row < height {
            let from = 3 * row * columns
            let to = 3 * ((top + row) * width + left)
            for offset in 3 * visible.lowerBound..<3 * visible.upperBound {
                bytes[to + offset] = source[from + offset]
            }
        }
    }

    /// Mixes a colour into every pixel of a box by how much `coverage` says, 0 to 1, of the pixel
    /// whose centre it gets.
    mutating func shade(
        _ box: Box, _ color: Color, coverage: (_ x: Double, _ y: Double) -> Double
    ) {
        let columns = max(0, box.x)..<max(max(0, box.x), min(width, box.x + box.width))
        let rows = max(0, box.y)..<max(max(0, box.y), min(height, box.y + box.height))
        for y in rows {
            for x in columns {
                let share = min(1, coverage(Double(x) + 0.5, Double(y) + 0.5))
                if share <= 0 { continue }
                let place = 3 * (y * width + x)
                bytes[place] = mixed(bytes[place], color.red, share)
                bytes[place + 1] = mixed(bytes[place + 1], color.green, share)
                bytes[place + 2] = mixed(bytes[place + 2], color.blue, share)
            }
        }
    }

    private func mixed(_ under: UInt8, _ over: UInt8, _ share: Double) -> UInt8 {
        UInt8((Double(under) + (Double(over) - Double(under)) * share).rounded())
    }
}

extension Canvas.Box {
    /// How far a place is outside the box with rounded corners; negative inside.
    fileprivate func distance(_ x: Double, _ y: Double, cornerRadius: Double) -> Double {
        let (halfWidth, halfHeight) = (Double(width) / 2, Double(height) / 2)
        let radius = min(cornerRadius, halfWidth, halfHeight)
        let across = abs(x - Double(self.x) - halfWidth) - halfWidth + radius
        let down = abs(y - Double(self.y) - halfHeight) - halfHeight + radius
        let (outX, outY) = (max(across, 0), max(down, 0))
        return (outX * outX + outY * outY).squareRoot() + min(max(across, down), 0) - radius
    }
}
