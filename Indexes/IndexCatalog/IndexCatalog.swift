@_exported public import Flat
@_exported public import HNSW
public import IndexDefinitions
public import MappedStorage
@_exported public import Matrix
public import VectorCore

/// The kinds of index there are.
public enum IndexCatalog {
    /// Their definitions, those first that answer a search where nobody says which kind to use.
    public static let definitions: [any IndexDefinition] = [
        HNSWDefinition(),
        FlatDefinition(),
        MatrixDefinition(),
    ]

    /// The kind of index that is built where nobody says which: the first.
    public static var usualKind: IndexKind { definitions[0].kind }

    /// All kinds, in that order.
    public static var kinds: [IndexKind] { definitions.map(\.kind) }

    /// All kinds, those first whose answers are exact: the order of a comparison.
    public static var exactFirst: [IndexKind] {
        (definitions.filter(\.isExact) + definitions.filter { !$0.isExact }).map(\.kind)
    }

    /// The names of all kinds, with commas between them.
    public static var names: String { kinds.map(\.rawValue).joined(separator: ", ") }

    /// The definition of a kind.
    ///
    /// - Throws: ``IndexError`` with `invalidParameter` naming the kinds there are.
    public static func definition(
        of kind: IndexKind
    ) throws(IndexError) -> any IndexDefinition {
        try definition(named: kind.rawValue)
    }

    /// The definition of the kind with a name.
    ///
    /// - Throws: ``IndexError`` with `invalidParameter` naming the kinds there are.
    public static func definition(
        named name: String
    ) throws(IndexError) -> any IndexDefinition {
        guard let known = definitions.first(where: { $0.kind.rawValue == name }) else {
            throw IndexError(
                .invalidParameter, "“\(name)” is no kind of index; the kinds are \(names).")
        }
        return known
    }

    /// Files up to this length are checked as a whole before they are used, mapped or not: that takes some milliseconds.
    public static let bytesCheckedAtOnce = 32 << 20

    /// Reads an index from a file that has been opened.
    ///
    /// Of a large file that is mapped the structure is checked, and the rest in the background while it is used.
    ///
    /// - Parameter bytes: up to which length all is checked at once.
    /// - Throws: ``IndexError`` with `damagedFile` or `system`.
    /// - Complexity: O(bytes), or what the kind needs to check the structure where the file is mapped
    public static func read(
        _ file: IndexFileReader, checkingAtOnce bytes: Int = bytesCheckedAtOnce
    ) throws(IndexError) -> any FileBackedIndex {
        let name = file.header.kind
        guard let known = definitions.first(where: { $0.kind.rawValue == name }) else {
            throw IndexError(
                .damagedFile,
                "\(file.path) holds an index of kind \(name), which this program does not know; build the "
                    + "index again.")
        }
        let index = try known.read(file)
        guard file.isMapped else { return index }
        if file.byteCount <= bytes { try file.checks.finish() } else { file.checks.begin() }
        if let fault = file.fault { throw fault }
        return MappedIndex(index, of: file)
    }
}
