public import ImageDecoding

extension ModelManifest.Input {
    /// How a picture becomes the network's input.
    ///
    /// - Throws: ``ExtractionError`` with `damagedModel` for values that no picture can meet.
    public func preprocessing() throws(ExtractionError) -> Preprocessing {
        let rule: CropRule =
            switch fit {
            case .crop: .centerCrop(fraction: crop ?? 1)
            case .squash: .squash
            }
        let filter: ResamplingFilter =
            switch resize {
            case .bilinear: .bilinear
            case .bicubic: .bicubic
            }
        let order: Preprocessing.ChannelOrder =
            switch channels {
            case .rgb: .rgb
            case .bgr: .bgr
            }
        do {
            return try Preprocessing(
                width: width, height: height, cropRule: rule, filter: filter, channelOrder: order,
                mean: mean, standardDeviation: deviation, layout: .nchw)
        } catch {
            throw ExtractionError(.damagedModel, "The manifest is wrong: \(error.message)")
        }
    }
}
