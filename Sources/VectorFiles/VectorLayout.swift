/// Where the vectors lie in a file's content.
struct VectorLayout: Sendable {
    let count: Int
    let dimension: Int
    let element: StoredElement
    /// Bytes before the first row.
    let headerBytes: Int
    /// Bytes before each row's numbers, which repeat the dimension (0 or 4).
    let prefixBytes: Int

    var rowBytes: Int { prefixBytes + dimension * element.byteCount }
    var totalBytes: Int { headerBytes + count * rowBytes }

    /// Makes a layout whose size in bytes is known to fit an `Int`.
    ///
    /// - Parameter shape: how many rows, then the numbers of a row in as many dimensions as the
    ///   file has.
    init(
        path: String, shape: [Int], element: StoredElement, headerBytes: Int, prefixBytes: Int = 0
    ) throws(VectorFileError) {
        let numbers = shape.dropFirst()
        guard numbers.allSatisfy({ $0 > 0 }) else {
            throw VectorFileError(
                .zeroDimension, "The vectors of \(path) have no numbers (shape \(shape)).")
        }
        let dimension = Self.product(numbers)
        let row = dimension.flatMap { Self.product([$0, element.byteCount]) }
        guard let dimension, let row, row < Int.max / 2,
            let total = Self.product([shape[0], row + prefixBytes]), total < Int.max / 2
        else {
            throw VectorFileError(
                .damaged, "The shape \(shape) of \(path) is too large to be true.")
        }
        self.count = shape[0]
        self.dimension = dimension
        self.element = element
        self.headerBytes = headerBytes
        self.prefixBytes = prefixBytes
    }

    private static func product(_ factors: some Sequence<Int>) -> Int? {
        var product = 1
        for factor in factors {
            let (next, overflow) = product.multipliedReportingOverflow(by: factor)
            if overflow { return nil }
            product = next
        }
        return product
    }

    /// Checks the layout against the bytes that are there.
    ///
    /// Of a compressed file only what no compression could reach is refused here; the rest shows
    /// when it is read.
    func check(_ file: OpenFile, isCompressed: Bool) throws(VectorFileError) {
        let described = "\(count) × \(dimension) \(element.name)"
        if isCompressed {
            guard totalBytes / GzipSource.largestExpansion <= file.size else {
                throw VectorFileError(
                    .truncated,
                    "\(file.path) should hold \(described), \(totalBytes) bytes, more than its "
                        + "\(file.size) compressed bytes can; get the file again.")
            }
        } else if file.size < totalBytes {
            throw .truncated(file.path, described, expected: totalBytes, found: file.size)
        } else if file.size > totalBytes {
            throw VectorFileError(
                .damaged,
                "\(file.path) should hold \(described), \(totalBytes) bytes, but has "
                    + "\(file.size); its header does not fit its content.")
        }
    }
}

extension VectorFileError {
    static func truncated(
        _ path: String, _ what: String, expected: Int, found: Int
    ) -> VectorFileError {
        VectorFileError(
            .truncated,
            "\(path) is cut short: \(what) takes \(expected) bytes, but there are \(found); "
                + "get the file again.")
    }
}
