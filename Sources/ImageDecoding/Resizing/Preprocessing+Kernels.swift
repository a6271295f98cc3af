internal import CImageKernels

extension Preprocessing {
    /// The network's input as a picture, by a chosen set of inner loops.
    package func input(
        from image: PixelBuffer, kernels: ImageKernels
    ) throws(ImageError) -> PixelBuffer {
        if case .letterbox = cropRule { return try letterboxed(image, kernels) }
        return try Resampler.resize(
            image, width: width, height: height, filter: filter,
            box: cropRule.box(
                imageWidth: image.width, imageHeight: image.height, width: width, height: height),
            kernels: kernels)
    }

    /// The normalised tensor, by a chosen set of inner loops.
    package func tensor(
        from image: PixelBuffer, kernels: ImageKernels
    ) throws(ImageError) -> [Float] {
        var failure: ImageError?
        let floats = unsafe [Float](unsafeUninitializedCapacity: tensorCount) { target, count in
            guard let base = target.baseAddress else { return }
            do throws(ImageError) {
                try unsafe tensor(from: image, into: base, kernels: kernels)
                count = tensorCount
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return floats
    }

    /// Writes the normalised tensor, by a chosen set of inner loops.
    @unsafe
    package func tensor(
        from image: PixelBuffer, into tensor: UnsafeMutablePointer<Float>, kernels: ImageKernels
    ) throws(ImageError) {
        let input = try input(from: image, kernels: kernels)
        let pixels = width * height
        let channels: [Int32] = channelOrder == .rgb ? [0, 1, 2] : [2, 1, 0]
        let scale = standardDeviation.map { 1 / $0 }
        let offset = zip(mean, standardDeviation).map { -$0 / $1 }
        switch layout {
        case .nchw:
            let planes: [UnsafeMutablePointer<Float>?] = unsafe [
                tensor, tensor + pixels, tensor + 2 * pixels,
            ]
            unsafe kernels.table.pointee.planar(
                input.baseAddress, pixels, channels, scale, offset, planes)
        case .nhwc:
            unsafe kernels.table.pointee.interleaved(
                input.baseAddress, pixels, channels, scale, offset, tensor)
        }
    }

    /// The whole picture, centred on white.
    private func letterboxed(
        _ image: PixelBuffer, _ kernels: ImageKernels
    ) throws(ImageError) -> PixelBuffer {
        let scale = min(
            Double(width) / Double(image.width), Double(height) / Double(image.height))
        let columns = min(width, max(1, Int((Double(image.width) * scale).rounded())))
        let rows = min(height, max(1, Int((Double(image.height) * scale).rounded())))
        let fitted = try Resampler.resize(
            image, width: columns, height: rows, filter: filter, box: nil, kernels: kernels)
        if columns == width && rows == height { return fitted }
        let (left, top) = ((width - columns) / 2, (height - rows) / 2)
        return unsafe PixelBuffer(width: width, height: height) { target in
            unsafe target.initialize(repeating: 255)
            for row in 0..<rows {
                let start = ((top + row) * width + left) * 3
                let source = unsafe UnsafeBufferPointer(
                    start: fitted.baseAddress + row * columns * 3, count: columns * 3)
                _ = unsafe UnsafeMutableBufferPointer(rebasing: target[start..<start + columns * 3])
                    .initialize(from: source)
            }
        }
    }
}
