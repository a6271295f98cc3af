package import CVectorKernels
import Glibc
public import VectorCore

/// The kernels of one metric and one instruction set, resolved once.
///
/// Traversal compares *raw* distances in single precision, which are cheaper and order nearly alike;
/// `finish` turns one into the user's metric. What an answer reports is the *precise* distance, which
/// has the same bits for everyone. For cosine, `raw` and the scorers expect normalised vectors.
///
/// Unchecked: C function pointers are immutable addresses of code without state.
@safe
public struct DistanceKernel: @unchecked Sendable {
    /// The metric that `finish` and `precise` speak.
    public let metric: DistanceMetric
    /// What the kernels are written in.
    public let instructionSet: InstructionSet
    /// The power of the Minkowski distance, else 0.
    package let power: Float
    /// The raw distance in all its forms.
    package let forms: vk_metric
    /// Single and double precision dot products, for norms.
    package let dot: vk_metric
    /// The sums that `precise` finishes; cosine's are those of normalised vectors under L2.
    let preciseForms: vk_metric
    private let selectKernel: vk_select
    private let scaleKernel:
        @convention(c) (
            UnsafePointer<Float>, Double, Int, UnsafeMutablePointer<Float>
        ) -> Void

    /// Resolves the kernels of a metric.
    ///
    /// - Precondition: the CPU has `instructionSet`; all in ``InstructionSet/available`` qualify.
    public init(_ metric: DistanceMetric, instructionSet: InstructionSet = .best) {
        guard let table = unsafe instructionSet.kernels else {
            preconditionFailure("This CPU has no \(instructionSet.rawValue).")
        }
        self.metric = metric
        self.instructionSet = instructionSet
        unsafe self.dot = table.pointee.dot
        unsafe self.selectKernel = table.pointee.select
        unsafe self.scaleKernel = table.pointee.scale
        switch metric {
        case .l2, .l2Squared:
            unsafe forms = table.pointee.l2sq
            power = 0
        case .cosine, .innerProduct:
            unsafe forms = table.pointee.dot
            power = 0
        case .l1:
            unsafe forms = table.pointee.l1
            power = 0
        case .minkowski(let p):
            unsafe forms = table.pointee.minkowski
            power = p
        }
        unsafe preciseForms = metric == .cosine ? table.pointee.l2sq : forms
    }

    /// Whether `raw` expects vectors of norm 1.
    public var expectsNormalized: Bool { metric == .cosine }

    /// The raw distance of two vectors of `dimension` numbers.
    ///
    /// - Complexity: O(dimension)
    @unsafe
    public func raw(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, dimension: Int
    ) -> Float {
        unsafe forms.pair(a, b, dimension, power)
    }

    /// The raw distance of two vectors of equal length.
    ///
    /// - Complexity: O(dimension)
    public func raw(_ a: Span<Float>, _ b: Span<Float>) -> Float {
        precondition(a.count == b.count)
        let dimension = a.count
        return unsafe a.withUnsafeBufferPointer { a in
            unsafe b.withUnsafeBufferPointer { b in
                guard let a = a.baseAddress, let b = b.baseAddress else { return 0 }
                return unsafe raw(a, b, dimension: dimension)
            }
        }
    }

    /// The raw distances of rows of `dimension` numbers.
    public func pairs(dimension: Int) -> PairKernel {
        unsafe PairKernel(.numbers(forms.pair), width: dimension, power: power)
    }

    /// The user's distance of a raw one; never negative where the metric cannot be.
    public func finish(_ raw: Float) -> Float {
        switch metric {
        case .l2: max(0, raw).squareRoot()
        case .l2Squared, .l1, .innerProduct: raw
        case .cosine: max(0, 1 + raw)
        case .minkowski(let p): powf(raw, 1 / p)
        }
    }

    /// The squared norm of a vector in double precision; the same bits at every level.
    ///
    /// - Complexity: O(dimension)
    @unsafe
    public func squaredNorm(_ a: UnsafePointer<Float>, dimension: Int) -> Double {
        unsafe -dot.precise(a, a, dimension, 0)
    }

    /// Writes numbers times a factor, rounded once each; the same bits at every level.
    ///
    /// - Complexity: O(dimension)
    @unsafe
    package func scale(
        _ source: UnsafePointer<Float>, by factor: Double,
        into target: UnsafeMutablePointer<Float>, dimension: Int
    ) {
        unsafe scaleKernel(source, factor, dimension, target)
    }

    /// Finds the scores `values[i] * scales[i] + offsets[i]` that are at most `bound`, in order.
    ///
    /// Without `scales` or `offsets` they are 1 or 0.
    ///
    /// - Parameters:
    ///   - positions: gets `first + i` of each; room for `count` and 16 more.
    ///   - kept: gets the scores; as much room.
    /// - Returns: how many there are.
    @unsafe
    package func select(
        _ values: UnsafePointer<Float>, scales: UnsafePointer<Float>?,
        offsets: UnsafePointer<Float>?, count: Int, atMost bound: Float, first: UInt32,
        positions: UnsafeMutablePointer<UInt32>, kept: UnsafeMutablePointer<Float>
    ) -> Int {
        unsafe selectKernel(values, scales, offsets, count, bound, first, positions, kept)
    }
}
