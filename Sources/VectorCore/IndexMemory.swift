/// What an index will take, told before it is built.
public struct IndexMemory: Hashable, Sendable {
    /// Bytes of the vectors that the index keeps.
    public let vectors: Int
    /// Bytes of their codes.
    public let codes: Int
    /// Bytes of what tells which vectors are near: a graph's lists, or a matrix.
    public let links: Int
    /// What that is called, such as `graph`.
    public let linksName: String
    /// Bytes that only building takes, besides the vectors that it is given.
    public let working: Int
    /// Whether the index keeps the vectors that it is given, rather than a copy.
    public let sharesVectors: Bool

    /// Makes an estimate of its parts.
    public init(
        vectors: Int, codes: Int, links: Int, linksName: String = "", working: Int,
        sharesVectors: Bool
    ) {
        self.vectors = vectors
        self.codes = codes
        self.links = links
        self.linksName = linksName
        self.working = working
        self.sharesVectors = sharesVectors
    }

    /// Bytes of the index.
    public var index: Int { vectors + codes + links }

    /// Bytes that building takes at most, the vectors that it is given left out.
    public var building: Int { (sharesVectors ? 0 : vectors) + codes + links + working }
}
