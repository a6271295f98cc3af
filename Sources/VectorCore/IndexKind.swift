/// The name of a kind of index, such as `hnsw`: what requests, files and catalogues call it by.
///
/// A name says nothing of whether there is such a kind; the catalogue of kinds does.
public struct IndexKind: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The name: 1 to 8 lower-case letters and digits of ASCII, so that it fits file headers and names of files.
    public let rawValue: String

    /// Makes a kind of its name; nil where that cannot be one.
    public init?(rawValue: String) {
        let isName = rawValue.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        guard isName, (1...8).contains(rawValue.utf8.count) else { return nil }
        self.rawValue = rawValue
    }

    /// Makes a kind of a name that stands in the program.
    ///
    /// - Precondition: the name can be one.
    public init(_ name: StaticString) {
        guard let kind = IndexKind(rawValue: name.description) else {
            preconditionFailure("a kind of index has 1 to 8 lower-case letters and digits")
        }
        self = kind
    }

    /// The name.
    public var description: String { rawValue }
}
