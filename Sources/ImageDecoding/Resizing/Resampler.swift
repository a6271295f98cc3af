internal import CImageKernels

/// Part of a picture in pixels, which may begin and end between two of them.
public struct ImageBox: Hashable, Sendable {
    /// The left edge, from 0.
    public var x: Double
    /// The upper edge, from 0.
    public var y: Double
    /// The extent to the right.
    public var width: Double
    /// The extent downwards.
    public var height: Double

    /// Makes a box from its upper left corner and its extent.
    public init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// The whole of a picture.
    public init(of image: PixelBuffer) {
        self.init(x: 0, y: 0, width: Double(image.width), height: Double(image.height))
    }

    fileprivate func isInside(_ image: PixelBuffer) -> Bool {
        // NaN fails each of these.
        x >= 0 && y >= 0 && width > 0 && height > 0
            && x + width <= Double(image.width) && y + height <= Double(image.height)
    }
}

/// Resizes pictures with antialiasing, rows first and then columns, in fixed point.
///
/// The grid, the kernels and the rounding between the passes are those of Pillow's
/// `Image.resize`; results differ from it by at most 1 of 255, and rarely. (For results more than
/// three times as wide as high, Pillow 13 takes the columns first, and differs more beside edges.)
public enum Resampler {
    /// The longest side that a picture may be resized to.
    public static let maximumSide = 65_535

    /// Resizes a picture, or a part of it, to `width` × `height` pixels.
    ///
    /// - Parameters:
    ///   - image: the picture.
    ///   - width: pixels a row of the result.
    ///   - height: rows of the result.
    ///   - filter: how pixels are weighed.
    ///   - box: the part to resize; nil is all of it.
    /// - Throws: ``ImageError`` with code `invalidParameter` if a side is not in
    ///   1...`maximumSide` or the box is empty or not inside the picture.
    /// - Complexity: O(rows of the box · `width` · support · scale + `width` · `height` · support ·
    ///   scale)
    public static func resize(
        _ image: PixelBuffer, width: Int, height: Int, filter: ResamplingFilter,
        box: ImageBox? = nil
    ) throws(ImageError) -> PixelBuffer {
        try resize(image, width: width, height: height, filter: filter, box: box, kernels: .fastest)
    }

    /// Resizes with a chosen set of inner loops.
    package static func resize(
        _ image: PixelBuffer, width: Int, height: Int, filter: ResamplingFilter,
        box: ImageBox?, kernels: ImageKernels
    ) throws(ImageError) -> PixelBuffer {
        let box = box ?? ImageBox(of: image)
        guard 1...maximumSide ~= width, 1...maximumSide ~= height else {
            throw ImageError(
                .invalidParameter,
                "An image cannot be resized to \(width) × \(height) pixels; "
                    + "each side must be from 1 to \(maximumSide).")
        }
        guard box.isInside(image) else {
            throw ImageError(
                .invalidParameter,
                "The part to resize (\(box.x), \(box.y), \(box.width) × \(box.height)) is not "
                    + "inside the image of \(image.width) × \(image.height) pixels.")
        }
        let keepsColumns = box.x == 0 && box.width == Double(image.width) && width == image.width
        let keepsRows = box.y == 0 && box.height == Double(image.height) && height == image.height
        if keepsColumns && keepsRows { return image }
        if keepsRows {
            return horizontal(image, width, rows: 0..<height, filter, box, kernels)
        }
        let rows = ResamplingAxis(
            filter, inputs: image.height, outputs: height, box: box.y..<box.y + box.height,
            multiple: 2)
        if keepsColumns { return vertical(image, rows, origin: 0, height, kernels) }
        // Only rows that the second pass will read are worth the first.
        let read = rows.inputsRead
        let narrow = horizontal(image, width, rows: read, filter, box, kernels)
        return vertical(narrow, rows, origin: read.lowerBound, height, kernels)
    }

    private static func horizontal(
        _ image: PixelBuffer, _ width: Int, rows: Range<Int>, _ filter: ResamplingFilter,
        _ box: ImageBox, _ kernels: ImageKernels
    ) -> PixelBuffer {
        let axis = ResamplingAxis(
            filter, inputs: image.width, outputs: width, box: box.x..<box.x + box.width,
            multiple: 4)
        return unsafe PixelBuffer(width: width, height: rows.count) { target in
            unsafe axis.withCAxis { axis in
                let source = unsafe image.baseAddress + rows.lowerBound * image.width * 3
                unsafe kernels.table.pointee.horizontal(
                    source, image.width * 3, rows.count, target.baseAddress, width * 3, axis)
            }
        }
    }

    private static func vertical(
        _ image: PixelBuffer, _ axis: ResamplingAxis, origin: Int, _ height: Int,
        _ kernels: ImageKernels
    ) -> PixelBuffer {
        let stride = image.width * 3
        return unsafe PixelBuffer(width: image.width, height: height) { target in
            unsafe axis.withCAxis(origin: origin) { axis in
                unsafe kernels.table.pointee.vertical(
                    image.baseAddress, stride, stride, target.baseAddress, stride, axis)
            }
        }
    }
}
