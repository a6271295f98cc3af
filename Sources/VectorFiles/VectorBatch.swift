public import VectorCore

/// Some consecutive vectors of a file.
public struct VectorBatch: Sendable {
    /// The file they are from, for messages.
    public let path: String
    /// The first vector's position in the file.
    public let firstRow: Int
    /// How many vectors there are.
    public let count: Int
    /// How many numbers a vector has.
    public let dimension: Int
    /// What the numbers are.
    public let elementType: VectorFile.ElementType
    /// All numbers, row by row, little-endian, without padding.
    public let bytes: [UInt8]

    /// The bytes of one vector's numbers.
    public var rowByteCount: Int { dimension * elementType.byteCount }

    /// The raw numbers of one vector; `index` counts from the batch's first.
    @_lifetime(borrow self)
    public func elementBytes(_ index: Int) -> RawSpan {
        precondition(index >= 0 && index < count)
        let start = index * rowByteCount
        return unsafe bytes.span.bytes.extracting(start..<(start + rowByteCount))
    }

    /// Writes one vector as floats; exact for every element type.
    ///
    /// - Parameters:
    ///   - index: counts from the batch's first.
    ///   - target: `dimension` floats.
    /// - Complexity: O(dimension)
    public func copyFloats(_ index: Int, into target: inout MutableSpan<Float>) {
        precondition(index >= 0 && index < count && target.count == dimension)
        unsafe bytes.span.withUnsafeBytes { source in
            unsafe target.withUnsafeMutableBufferPointer { target in
                guard let source = source.baseAddress, let target = target.baseAddress else {
                    return
                }
                unsafe elementType.widen(
                    source + index * rowByteCount, count: dimension, to: target)
            }
        }
    }

    /// One vector as floats.
    public func vector(_ index: Int) -> [Float] {
        var vector = [Float](repeating: 0, count: dimension)
        var span = vector.mutableSpan
        copyFloats(index, into: &span)
        return vector
    }

    /// All vectors as floats, aligned and padded.
    ///
    /// - Complexity: O(count · dimension)
    public func floatMatrix() -> FloatMatrix {
        unsafe FloatMatrix(rows: count, columns: dimension) { row, target in
            var span = unsafe target.mutableSpan
            copyFloats(row, into: &span)
        }
    }

    /// Checks that every number is finite.
    ///
    /// - Throws: ``VectorFileError`` with `notFinite` that names row and column, from 0.
    /// - Complexity: O(count · dimension)
    public func checkFinite() throws(VectorFileError) {
        guard elementType != .u8 else { return }
        var vector = [Float](repeating: 0, count: dimension)
        for index in 0..<count {
            var span = vector.mutableSpan
            copyFloats(index, into: &span)
            // The sum of the products with zero is zero unless some number is not finite.
            if vector.reduce(0, { $0 + $1 * 0 }) == 0 { continue }
            guard let column = vector.firstIndex(where: { !$0.isFinite }) else { continue }
            throw VectorFileError(
                .notFinite,
                "Number \(column) of row \(firstRow + index) of \(path) is \(vector[column]) as a "
                    + "32-bit float; vectors must be finite.")
        }
    }
}
