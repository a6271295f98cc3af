internal import CImageKernels

/// The weights with which one axis of a picture is resized, in fixed point.
struct ResamplingAxis {
    private let first: [Int32]
    private let weights: [Int16]
    private let outputs: Int
    private let inputs: Int
    private let taps: Int
    private let shift: Int

    /// Computes the weights.
    ///
    /// - Parameters:
    ///   - filter: the kernel.
    ///   - inputs: pixels along the axis.
    ///   - outputs: pixels wanted.
    ///   - box: the part of the axis that the outputs cover, inside `0...inputs`.
    ///   - multiple: the kernels' step; the number of weights is rounded up to it.
    init(
        _ filter: ResamplingFilter, inputs: Int, outputs: Int, box: Range<Double>, multiple: Int
    ) {
        let scale = (box.upperBound - box.lowerBound) / Double(outputs)
        let stretch = max(1, scale)
        let support = filter.support * stretch
        let most = min(inputs, 2 * Int(support.rounded(.up)) + 1)
        let taps = (most + multiple - 1) / multiple * multiple

        var first: [Int32] = []
        first.reserveCapacity(outputs)
        var exact = [Double](repeating: 0, count: outputs * taps)
        var largest = 0.0
        for output in 0..<outputs {
            let center = box.lowerBound + (Double(output) + 0.5) * scale
            let start = max(0, Int(center - support + 0.5))
            let end = max(start + 1, min(inputs, Int(center + support + 0.5)))
            first.append(Int32(start))
            var sum = 0.0
            for input in start..<end {
                let weight = filter.weight((Double(input) + 0.5 - center) / stretch)
                exact[output * taps + input - start] = weight
                sum += weight
            }
            for tap in output * taps..<output * taps + (end - start) {
                exact[tap] /= sum
                largest = max(largest, abs(exact[tap]))
            }
        }

        // As many fractional bits as 16-bit weights hold. 255 · 2^22 is half of what a 32-bit sum
        // holds; the negative lobes add less than the other half.
        var shift = 22
        while largest * Double(1 << shift) > 32_766 { shift -= 1 }
        self.first = first
        self.weights = Self.fixedPoint(exact, taps: taps, shift: shift)
        self.outputs = outputs
        self.inputs = inputs
        self.taps = taps
        self.shift = shift
    }

    /// Rounds each output's weights so that they still sum to one: an even area stays even.
    private static func fixedPoint(_ exact: [Double], taps: Int, shift: Int) -> [Int16] {
        let one = 1 << shift
        var weights = [Int16](repeating: 0, count: exact.count)
        for start in stride(from: 0, to: exact.count, by: taps) {
            var sum = 0
            var heaviest = start
            for tap in start..<start + taps {
                let weight = (exact[tap] * Double(one)).rounded()
                weights[tap] = Int16(weight)
                sum += Int(weight)
                if exact[tap] > exact[heaviest] { heaviest = tap }
            }
            weights[heaviest] = Int16(clamping: Int(weights[heaviest]) + one - sum)
        }
        return weights
    }

    /// The inputs that any output reads.
    var inputsRead: Range<Int> {
        let last = first.last.map { Int($0) + taps } ?? 0
        return Int(first.first ?? 0)..<min(inputs, last)
    }

    /// Lends the axis to a kernel as if it started at input `origin`.
    @unsafe
    func withCAxis(origin: Int = 0, _ body: (UnsafePointer<cimage_axis>) -> Void) {
        let first = origin == 0 ? self.first : self.first.map { $0 - Int32(origin) }
        unsafe first.withUnsafeBufferPointer { first in
            unsafe weights.withUnsafeBufferPointer { weights in
                var axis = unsafe cimage_axis(
                    first: first.baseAddress, weights: weights.baseAddress,
                    outputs: Int32(outputs), inputs: Int32(inputs - origin), taps: Int32(taps),
                    shift: Int32(shift))
                unsafe body(&axis)
            }
        }
    }
}
