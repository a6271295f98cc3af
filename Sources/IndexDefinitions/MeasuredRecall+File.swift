public import Evaluation
public import MappedStorage
public import VectorCore

/// How what is known of recall is kept in a file, in two sections that may be missing:
///
/// | section | content |
/// |---|---|
/// | `recall` | `f64`s: source (0 held out, 1 changes, 2 queries), vectors then, changes since, numbers of neighbours and settings (how many, then they), and for each setting and number recall, standard error and queries, 0 of them where it was not measured; then how many of the user's queries are vectors of the index, unless 0 |
/// | `queries` | where the user gave them: rows of `f32`, padded to a multiple of 16 numbers, as they came |
extension MeasuredRecall {
    private static let sources: [RecallTable.Source] = [.heldOut, .changes, .queries]
    /// More than are ever written.
    private static let mostEntries = 256

    /// Adds what is known to a file.
    public func write(to writer: inout IndexFileWriter, changeCount: Int) throws(IndexError) {
        guard let table, !table.settings.isEmpty else { return }
        var numbers: [Double] = [
            Double(Self.sources.firstIndex(of: table.source) ?? 0), Double(table.count),
            Double(max(0, changeCount - self.changeCount)),
        ]
        for list in [table.neighborCounts, table.settings] {
            numbers.append(Double(list.count))
            numbers += list.map { Double($0) }
        }
        for point in table.points.joined() {
            numbers += [
                point?.recall ?? 0, point?.error ?? 0, Double(point?.queryCount ?? 0),
            ]
        }
        if table.seenCount > 0 { numbers.append(Double(table.seenCount)) }
        try writer.section("recall") { sink throws(IndexError) in try sink.write(numbers) }
        if let queries {
            try writer.section("queries") { sink throws(IndexError) in try sink.write(queries) }
        }
    }

    /// Reads what is known from a file; nothing where it says nothing.
    ///
    /// - Throws: ``IndexError`` with `damagedFile` where it cannot be, or `system`.
    public init(reading file: IndexFileReader) throws(IndexError) {
        self.init()
        guard file.has("recall") else { return }
        let pages = try file.load("recall", byteCount: try file.length(of: "recall"))
        var numbers = withExtendedLifetime(pages) {
            unsafe Array(pages.values(as: Double.self))[...]
        }
        guard numbers.allSatisfy({ $0.isFinite && $0 >= 0 && $0 < 0x1p53 }), numbers.count >= 5
        else {
            throw Self.damaged(file)
        }
        let head = Array(numbers.prefix(3))
        numbers = numbers.dropFirst(3)
        let counts = try Self.list(&numbers, file)
        let settings = try Self.list(&numbers, file)
        guard let source = Int(exactly: head[0]), Self.sources.indices.contains(source),
            [0, 1].contains(numbers.count - 3 * counts.count * settings.count)
        else { throw Self.damaged(file) }
        let isSeen = numbers.count > 3 * counts.count * settings.count
        let seen = isSeen ? numbers.removeLast() : 0
        let points = stride(from: numbers.startIndex, to: numbers.endIndex, by: 3).map { place in
            numbers[place + 2] < 1
                ? nil
                : RecallTable.Point(
                    recall: min(1, numbers[place]), error: numbers[place + 1],
                    queryCount: Int(numbers[place + 2]))
        }
        let most = points.compactMap { $0?.queryCount }.max() ?? 0
        guard let seenCount = Int(exactly: seen), seenCount <= most,
            isSeen == (seenCount > 0), !isSeen || Self.sources[source] == .queries
        else { throw Self.damaged(file) }
        table = RecallTable(
            source: Self.sources[source], count: Int(head[1]), seenCount: seenCount,
            neighborCounts: counts, settings: settings,
            points: settings.indices.map {
                Array(points[$0 * counts.count..<($0 + 1) * counts.count])
            })
        changeCount = -Int(head[2])
        guard file.has("queries") else { return }
        let stride = 4 * FloatMatrix.stride(columns: file.header.dimension)
        let bytes = try file.length(of: "queries")
        guard bytes > 0, bytes % stride == 0 else { throw Self.damaged(file) }
        let queries = try file.load("queries", byteCount: bytes)
            .matrix(rows: bytes / stride, columns: file.header.dimension)
        guard queries.firstNonFinite == nil else { throw Self.damaged(file) }
        self.queries = queries
    }

    /// Takes a list of whole numbers that ascend.
    private static func list(
        _ numbers: inout ArraySlice<Double>, _ file: IndexFileReader
    ) throws(IndexError) -> [Int] {
        guard let count = numbers.popFirst(), count >= 1, count <= Double(mostEntries),
            numbers.count >= Int(count)
        else { throw damaged(file) }
        let list = numbers.prefix(Int(count)).map { Int($0) }
        numbers = numbers.dropFirst(Int(count))
        guard list[0] >= 1, zip(list, list.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw damaged(file)
        }
        return list
    }

    private static func damaged(_ file: IndexFileReader) -> IndexError {
        IndexError(
            .damagedFile,
            "\(file.path) has operating points that cannot be; build the index again.")
    }
}
