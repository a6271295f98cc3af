public import MappedStorage
public import VectorCore

/// How parameters are kept in a file, by a kind that has no layout of its own for them:
///
/// | section | content |
/// |---|---|
/// | `chosen` | lines of UTF-8: how many parameters there are, and for each its name and its value with a space between |
extension IndexParameters {
    private static let section = "chosen"
    /// More than the names and values of any kind take.
    private static let mostBytes = 1 << 16

    private var lines: String {
        ([String(names.count)] + names.map { "\($0) \(self[$0].map(\.description) ?? "")" })
            .map { $0 + "\n" }.joined()
    }

    /// Adds the parameters to a file.
    ///
    /// - Throws: ``IndexError`` with `system` where the disk refuses.
    public func write(to writer: inout IndexFileWriter) throws(IndexError) {
        try writer.section(Self.section) { sink throws(IndexError) in
            try sink.write(Array(lines.utf8))
        }
    }

    /// Reads what a kind's index was built with from its file; of a parameter that came later it is the usual choice.
    ///
    /// - Throws: ``IndexError`` with `damagedFile` where the kind cannot have these parameters, or `system`.
    public init(
        reading file: IndexFileReader, of definition: some IndexDefinition
    ) throws(IndexError) {
        let length = try file.length(of: Self.section)
        guard length <= Self.mostBytes else { throw Self.damaged(file) }
        let pages = try file.load(Self.section, byteCount: length)
        let text = withExtendedLifetime(pages) {
            unsafe String(decoding: pages.values(as: UInt8.self).prefix(length), as: UTF8.self)
        }
        var chosen = IndexParameters()
        for line in text.split(separator: "\n").dropFirst() {
            let parts = line.split(separator: " ", maxSplits: 1).map { String($0) }
            let parameter = definition.parameters.first { $0.name == parts.first }
            guard parts.count == 2, let value = parameter?.value(of: parts[1]) else {
                throw Self.damaged(file)
            }
            chosen[parts[0]] = value
        }
        // What lacks a byte or has one too many is written otherwise.
        guard chosen.lines == text else { throw Self.damaged(file) }
        do throws(IndexError) {
            self = try definition.complete(chosen)
        } catch {
            throw Self.damaged(file)
        }
    }

    private static func damaged(_ file: IndexFileReader) -> IndexError {
        IndexError(
            .damagedFile,
            "\(file.path) was built with parameters that cannot be; build the index again.")
    }
}
