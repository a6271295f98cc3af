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
            case .lanczos: .lanczos
            }
        let order: Preprocessing.ChannelOrder =
            switch channels {
            case .rgb: .rgb
            case .bgr: .bgr
            }
        // (low + value · scale − mean) / std, as one mean and one deviation of the values 0...255.
        let scale = (range[1] - range[0]) / 255
        do {
            return try Preprocessing(
                width: width, height: height, cropRule: rule, filter: filter, channelOrder: order,
                mean: mean.map { ($0 - range[0]) / scale },
                standardDeviation: std.map { $0 / scale },
                layout: layout == .nchw ? .nchw : .nhwc)
        } catch {
            throw ExtractionError(.damagedModel, "The manifest is wrong: \(error.message)")
        }
    }
}
