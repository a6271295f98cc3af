/// How a layer's map of channels × positions becomes one vector.
public enum Pooling: String, Hashable, Sendable, CaseIterable, Codable {
    /// The mean of every channel: as many numbers as channels.
    case avg
    /// The largest number of every channel: as many numbers as channels.
    case max
    /// Everything, as the network has it: channels × positions numbers.
    case flatten

    /// How many numbers the vector of a layer of some shape has.
    ///
    /// - Parameters:
    ///   - shape: the layer's, without the batch: channels, height, width, or only a length, which
    ///     is a vector already.
    ///   - channelAxis: where in `shape` the channels are.
    public func dimension(of shape: [Int], channelAxis: Int = 0) -> Int {
        let count = shape.reduce(1, *)
        return self == .flatten || shape.count < 2 ? count : shape[channelAxis]
    }

    /// Pools one image's map.
    ///
    /// - Parameters:
    ///   - map: the layer's numbers, the last direction running fastest.
    ///   - shape: the layer's shape without the batch.
    ///   - channelAxis: where in `shape` the channels are.
    /// - Returns: ``dimension(of:channelAxis:)`` numbers.
    /// - Complexity: O(numbers)
    public func pool(_ map: Span<Float>, shape: [Int], channelAxis: Int = 0) -> [Float] {
        precondition(map.count == shape.reduce(1, *))
        let channels = dimension(of: shape, channelAxis: channelAxis)
        guard channels > 0 else { return [] }
        if self != .flatten, channelAxis > 0, shape.count > 1 {
            return poolAcross(map, shape: shape, channelAxis: channelAxis)
        }
        let positions = map.count / channels
        return unsafe [Float](unsafeUninitializedCapacity: channels) { vector, count in
            unsafe map.withUnsafeBufferPointer { map in
                guard let from = map.baseAddress, let to = vector.baseAddress else { return }
                switch self {
                case _ where positions == 1:
                    unsafe to.initialize(from: from, count: channels)
                case .flatten:
                    unsafe to.initialize(from: from, count: channels)
                case .avg:
                    let scale = 1 / Float(positions)
                    for channel in 0..<channels {
                        let sum = unsafe Self.sum(from + channel * positions, positions)
                        unsafe (to + channel).initialize(to: sum * scale)
                    }
                case .max:
                    for channel in 0..<channels {
                        let top = unsafe Self.maximum(from + channel * positions, positions)
                        unsafe (to + channel).initialize(to: top)
                    }
                }
                count = channels
            }
        }
    }

    /// Pools a map whose channels lie behind its positions, or between them.
    private func poolAcross(_ map: Span<Float>, shape: [Int], channelAxis: Int) -> [Float] {
        let channels = shape[channelAxis]
        let inner = shape[(channelAxis + 1)...].reduce(1, *)
        let outer = shape[..<channelAxis].reduce(1, *)
        var result = [Float](repeating: self == .max ? -.infinity : 0, count: channels)
        for position in 0..<outer {
            for channel in 0..<channels {
                let start = (position * channels + channel) * inner
                for index in start..<start + inner {
                    let value = map[index]
                    result[channel] =
                        self == .max ? Swift.max(result[channel], value) : result[channel] + value
                }
            }
        }
        let scale = 1 / Float(outer * inner)
        return self == .max ? result : result.map { $0 * scale }
    }

    private static func sum(_ numbers: UnsafePointer<Float>, _ count: Int) -> Float {
        var lanes = SIMD8<Float>.zero
        let whole = count / 8 * 8
        let bytes = unsafe UnsafeRawPointer(numbers)
        for i in stride(from: 0, to: whole, by: 8) {
            unsafe lanes += bytes.loadUnaligned(fromByteOffset: i * 4, as: SIMD8<Float>.self)
        }
        var sum = lanes.sum()
        for i in whole..<count { unsafe sum += numbers[i] }
        return sum
    }

    private static func maximum(_ numbers: UnsafePointer<Float>, _ count: Int) -> Float {
        var lanes = unsafe SIMD8<Float>(repeating: numbers[0])
        let whole = count / 8 * 8
        let bytes = unsafe UnsafeRawPointer(numbers)
        for i in stride(from: 0, to: whole, by: 8) {
            let next = unsafe bytes.loadUnaligned(fromByteOffset: i * 4, as: SIMD8<Float>.self)
            lanes = lanes.replacing(with: next, where: next .> lanes)
        }
        var top = lanes.max()
        for i in whole..<count { unsafe top = Swift.max(top, numbers[i]) }
        return top
    }
}
