import CVectorKernels

/// The raw distance of two rows, whatever they are made of.
///
/// It is resolved once and holds no references, so that a call costs what its kernel does.
///
/// Unchecked: C function pointers are immutable addresses of code without state.
@safe
public struct PairKernel: @unchecked Sendable {
    @unsafe
    enum Form {
        case codes(
            @convention(c) (UnsafePointer<UInt8>, UnsafePointer<UInt8>, Int) -> Float)
        case numbers(
            @convention(c) (UnsafePointer<Float>, UnsafePointer<Float>, Int, Float) -> Float)
        case narrow(
            @convention(c) (UnsafeRawPointer, UnsafeRawPointer, Int, Float) -> Float,
            scale: Float)
    }

    private let form: Form
    private let width: Int
    private let power: Float

    @unsafe
    init(_ form: Form, width: Int, power: Float = 0) {
        unsafe self.form = form
        self.width = width
        self.power = power
    }

    /// The raw distance of two rows.
    ///
    /// - Complexity: O(width)
    @unsafe
    public func distance(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer) -> Float {
        switch unsafe form {
        case .codes(let pair):
            unsafe pair(
                left.assumingMemoryBound(to: UInt8.self), right.assumingMemoryBound(to: UInt8.self),
                width)
        case .numbers(let pair):
            unsafe pair(
                left.assumingMemoryBound(to: Float.self), right.assumingMemoryBound(to: Float.self),
                width, power)
        case .narrow(let pair, let scale): unsafe scale * pair(left, right, width, power)
        }
    }
}
