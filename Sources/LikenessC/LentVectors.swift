import CLikeness
import FeatureStorage
import LinearAlgebra
import Locks
import MappedStorage
import VectorCore
import VectorFiles
import WorkerThreads

/// Rows of numbers that C has lent for one call, found to be in order.
///
/// Unchecked: it is used only during the call, in which C leaves the memory as it is.
@safe
struct LentVectors: @unchecked Sendable {
    let count: Int
    let dimension: Int
    let element: Element
    private let base: UnsafeRawPointer?
    private let rowStride: Int
    private let name: StaticString

    /// What the numbers are.
    enum Element: likeness_element {
        case f32 = 0
        case f16 = 1
        case u8 = 2
        case i8 = 3
        case f64 = 4

        var size: Int {
            switch self {
            case .f32: 4
            case .f16: 2
            case .u8, .i8: 1
            case .f64: 8
            }
        }
    }

    /// So that a row takes less than 2 GiB, as in stores.
    private static let mostNumbers = Int(Int32.max) / 4 - 16

    /// Checks a description of rows; the rows themselves are not read.
    ///
    /// - Throws: ``Failure`` that says which member is wrong.
    @unsafe
    init(
        _ pointer: UnsafePointer<likeness_vectors>?, _ name: StaticString
    ) throws(Failure) {
        let lent = unsafe try required(pointer, name).pointee
        guard let element = unsafe Element(rawValue: lent.element) else {
            throw .invalidArgument(
                "“\(name)” has the element \(unsafe lent.element), which is none; use LIKENESS_F32, "
                    + "LIKENESS_F16, LIKENESS_U8, LIKENESS_I8 or LIKENESS_F64.")
        }
        dimension = unsafe lent.dimension
        guard (1...Self.mostNumbers).contains(dimension) else {
            throw .invalidArgument(
                "“\(name)” has vectors of \(UInt(bitPattern: dimension)) numbers; give from 1 to "
                    + "\(Self.mostNumbers).")
        }
        count = unsafe try LikenessC.count(lent.count, "count")
        guard count <= Int(Int32.max) else {
            throw .invalidArgument(
                "“\(name)” has \(count) rows; at most \(Int32.max) go at once.")
        }
        let rowBytes = dimension * element.size
        rowStride = unsafe lent.row_stride == 0 ? rowBytes : lent.row_stride
        guard rowStride >= rowBytes || count <= 1 else {
            throw .invalidArgument(
                "“\(name)” has a row_stride of \(UInt(bitPattern: rowStride)) bytes, and a row has "
                    + "\(rowBytes); rows may not overlap.")
        }
        let (offset, overflow) = max(0, count - 1).multipliedReportingOverflow(by: rowStride)
        guard !overflow, offset <= Int.max - rowBytes else {
            throw .invalidArgument(
                "“\(name)” has \(count) rows at every \(rowStride) bytes, more than memory can be.")
        }
        unsafe base = unsafe lent.values
        let isNull = unsafe base == nil
        guard count == 0 || !isNull else {
            throw .invalidArgument("“\(name)” has values that are NULL, and \(count) rows.")
        }
        self.element = element
        self.name = name
    }

    /// Keeps a borrowed matrix from freeing what it does not own.
    private final class Lender: Sendable {}
    private static let lender = Lender()

    /// The rows as a matrix that reads C's own memory where that is possible, else a copy.
    ///
    /// The matrix must not outlive the call.
    ///
    /// - Throws: ``Failure`` where there is no memory, or a number is too large for a float.
    func borrowedMatrix(threads: Int) throws(Failure) -> FloatMatrix {
        let isAligned = unsafe UInt(bitPattern: base) % UInt(MemoryLayout<Float>.alignment) == 0
        guard element == .f32, count > 0, isAligned,
            count == 1 || rowStride == 4 * dimension,
            FloatMatrix.stride(columns: dimension) == dimension, let base = unsafe base
        else { return try matrix(threads: threads) }
        return unsafe FloatMatrix(
            borrowing: base.assumingMemoryBound(to: Float.self), rows: count,
            columns: dimension, owner: Self.lender)
    }

    /// A copy of the rows as floats.
    ///
    /// - Throws: ``Failure`` where there is no memory, or a number is too large for a float.
    /// - Complexity: O(count · dimension / threads)
    func matrix(threads: Int) throws(Failure) -> FloatMatrix {
        let stride = FloatMatrix.stride(columns: dimension)
        let (bytes, overflow) = count.multipliedReportingOverflow(by: stride * 4)
        guard !overflow else {
            throw .invalidArgument(
                "“\(name)” has \(count) rows of \(dimension) numbers, more than memory can be.")
        }
        let pages: IndexPages
        do {
            pages = try IndexPages(byteCount: bytes)
        } catch {
            throw Failure(LIKENESS_INPUT_OUTPUT, error.message)
        }
        let piece = max(1, (1 << 18) / stride)
        let misfit = Lock<(row: Int, column: Int)?>(nil)
        WorkerThreads.forEachPiece(
            of: count, piece: piece, threads: ThreadCount.clamped(threads)
        ) { _, rows in
            for row in rows {
                let target = unsafe (pages.base + row * stride * 4).assumingMemoryBound(
                    to: Float.self)
                guard let column = unsafe widen(row, into: target) else { continue }
                misfit.withLock { found in
                    if row < found?.row ?? .max { found = (row, column) }
                }
            }
        }
        if let (row, column) = misfit.withLock({ $0 }) {
            throw tooLarge(row, column)
        }
        return pages.matrix(rows: count, columns: dimension)
    }

    /// The bytes of a row's numbers.
    @unsafe
    func bytes(_ row: Int) -> UnsafeRawBufferPointer {
        precondition(row >= 0 && row < count)
        return unsafe UnsafeRawBufferPointer(
            start: base.map { unsafe $0 + row * rowStride }, count: dimension * element.size)
    }

    /// Writes a row as floats; returns the column of a finite number that is too large for one.
    @unsafe
    private func widen(_ row: Int, into target: UnsafeMutablePointer<Float>) -> Int? {
        let source = unsafe bytes(row)
        switch element {
        case .f32:
            unsafe UnsafeMutableRawBufferPointer(start: target, count: source.count)
                .copyMemory(from: source)
        case .f16:
            for i in 0..<dimension {
                let bits = unsafe source.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)
                unsafe target[i] = HalfPrecision.float(bits)
            }
        case .u8:
            for i in 0..<dimension { unsafe target[i] = Float(source[i]) }
        case .i8:
            for i in 0..<dimension { unsafe target[i] = Float(Int8(bitPattern: source[i])) }
        case .f64:
            var isTooLarge = false
            for i in 0..<dimension {
                let number = unsafe source.loadUnaligned(fromByteOffset: 8 * i, as: Double.self)
                let rounded = Float(number)
                unsafe target[i] = rounded
                isTooLarge = isTooLarge || (rounded.isInfinite && number.isFinite)
            }
            guard isTooLarge else { return nil }
            return (0..<dimension).first { i in
                let number = unsafe source.loadUnaligned(fromByteOffset: 8 * i, as: Double.self)
                return number.isFinite && Float(number).isInfinite
            }
        }
        return nil
    }
}

extension LentVectors {
    /// A row as a store keeps it: in its own element type where stores have that, else as floats.
    ///
    /// - Throws: ``Failure`` where a number is too large for a float.
    func stored(_ row: Int) throws(Failure) -> VectorData {
        switch element {
        case .f32: return .f32(values(row))
        case .f16: return .f16(values(row))
        case .u8: return .u8(values(row))
        case .i8, .f64:
            var column: Int?
            let floats = unsafe [Float](unsafeUninitializedCapacity: dimension) { target, count in
                guard let start = target.baseAddress else { return }
                column = unsafe widen(row, into: start)
                count = dimension
            }
            if let column { throw tooLarge(row, column) }
            return .f32(floats)
        }
    }

    private func values<T: BitwiseCopyable>(_ row: Int) -> [T] {
        let bytes = unsafe bytes(row)
        return unsafe [T](unsafeUninitializedCapacity: dimension) { target, count in
            unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: bytes)
            count = dimension
        }
    }

    private func tooLarge(_ row: Int, _ column: Int) -> Failure {
        Failure(
            LIKENESS_INVALID_DATA,
            "Number \(column) of row \(row) of “\(name)” is larger than a float of 32 bits can be.")
    }
}
