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
    func box(in image: PixelBuffer, width: Int, height: Int) -> ImageBox {
        guard case .centerCrop(let fraction) = self else { return ImageBox(of: image) }
        let (imageWidth, imageHeight) = (Double(image.width), Double(image.height))
        let scale = min(imageWidth / Double(width), imageHeight / Double(height)) * fraction
        let (boxWidth, boxHeight) = (scale * Double(width), scale * Double(height))
        return ImageBox(
            x: (imageWidth - boxWidth) / 2, y: (imageHeight - boxHeight) / 2,
            width: boxWidth, height: boxHeight)
    }
}
