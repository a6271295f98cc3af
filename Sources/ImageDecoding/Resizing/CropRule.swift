/// Which part of a picture becomes a network's input, and how it meets the input's shape.
public enum CropRule: Hashable, Sendable {
    /// All of it, stretched to the input's shape.
    case squash
    /// The largest centred part of the input's shape, its sides multiplied by `fraction`.
    ///
    /// For a square input this is the centre square of `fraction` of the shorter side; a resize of
    /// the shorter side to 256 and a crop of 224 is a fraction of 224/256.
    case centerCrop(fraction: Double)
    /// All of it at its own shape, centred, the rest of the input white.
    case letterbox

    /// The part of a picture that is resized.
    ///
    /// - Parameters:
    ///   - imageWidth: the picture's columns.
    ///   - imageHeight: the picture's rows.
    ///   - width: the input's columns.
    ///   - height: the input's rows.
    package func box(
        imageWidth: Int, imageHeight: Int, width: Int, height: Int
    ) -> ImageBox {
        let (imageWidth, imageHeight) = (Double(imageWidth), Double(imageHeight))
        guard case .centerCrop(let fraction) = self else {
            return ImageBox(x: 0, y: 0, width: imageWidth, height: imageHeight)
        }
        let scale = min(imageWidth / Double(width), imageHeight / Double(height)) * fraction
        // A quotient times its divisor can be one rounding step above the side it came from.
        let boxWidth = min(imageWidth, scale * Double(width))
        let boxHeight = min(imageHeight, scale * Double(height))
        return ImageBox(
            x: (imageWidth - boxWidth) / 2, y: (imageHeight - boxHeight) / 2,
            width: boxWidth, height: boxHeight)
    }
}
