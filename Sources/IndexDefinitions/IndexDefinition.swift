public import MappedStorage
public import VectorCore

/// A kind of index: what it is called, what can be chosen about it, and how one is built and read.
///
/// The catalogue has one line a kind, and everything else knows a kind through its definition alone.
public protocol IndexDefinition: Sendable {
    /// Its name in requests and files.
    var kind: IndexKind { get }
    /// What it is, in a few words that follow its name, such as `an exact scan`.
    var summary: String { get }
    /// What may be chosen when one is built, in the order in which people are told.
    var parameters: [IndexParameter] { get }
    /// What a search may be told about how hard to look; nil where every answer is exact.
    var setting: SearchSetting? { get }
    /// Whether one that has changed much is built anew in the background; where not, what has come is scanned.
    var isRebuilt: Bool { get }
    /// Whether a published one answers a search that names no kind.
    var answersUnasked: Bool { get }

    /// Checks what the ranges of the parameters do not say.
    ///
    /// - Throws: ``IndexError`` with `invalidParameter`.
    func validate(_ parameters: IndexParameters) throws(IndexError)

    /// What an index of so many vectors will take, and what building it will.
    ///
    /// - Complexity: O(1)
    func memory(
        count: Int, dimension: Int, metric: DistanceMetric, options: BuildOptions
    ) -> IndexMemory

    /// How many vectors one can have at most with parameters that limit what it takes.
    func largestCount(_ parameters: IndexParameters) -> Int

    /// Builds an index over the rows of `vectors`.
    ///
    /// - Parameters:
    ///   - vectors: shape (count, dimension), finite.
    ///   - metric: what distances mean.
    ///   - options: the kind's own parameters, and threads.
    /// - Throws: ``IndexError`` with `notFinite`, `invalidParameter`, `unsupportedMetric`, `system` or
    ///   `cancelled`.
    func build(
        _ vectors: FloatMatrix, metric: DistanceMetric, options: BuildOptions
    ) throws(IndexError) -> any FileBackedIndex

    /// Loads an index from a file of its kind, checking checksums and structure.
    ///
    /// - Throws: ``IndexError`` with `damagedFile` or `system`.
    /// - Complexity: O(bytes)
    func read(_ file: IndexFileReader) throws(IndexError) -> any FileBackedIndex

    /// Settings from the least effort to the most, as a comparison of kinds tries them.
    ///
    /// - Parameter k: how many neighbours are asked for.
    func sweep(k: Int) -> [Int]
}

extension IndexDefinition {
    /// None.
    public var parameters: [IndexParameter] { [] }
    /// None: every answer is exact.
    public var setting: SearchSetting? { nil }
    /// Whether every answer is the exact one.
    public var isExact: Bool { setting == nil }
    /// True.
    public var isRebuilt: Bool { true }
    /// True.
    public var answersUnasked: Bool { true }
    /// Nothing to check.
    public func validate(_ parameters: IndexParameters) throws(IndexError) {}
    /// As many as rows can be numbered.
    public func largestCount(_ parameters: IndexParameters) -> Int { Int(UInt32.max) }
    /// The steps of the setting's range; none where every answer is exact.
    public func sweep(k: Int) -> [Int] { setting?.steps(k: k) ?? [] }

    /// Parameters with the usual choice where none was made, once all are checked.
    ///
    /// - Throws: ``IndexError`` with `invalidParameter` that names the first that is unknown or out of range.
    public func complete(_ chosen: IndexParameters) throws(IndexError) -> IndexParameters {
        for name in chosen.names where !parameters.contains(where: { $0.name == name }) {
            throw unknown(name)
        }
        var complete = IndexParameters()
        for parameter in parameters {
            guard let value = chosen[parameter.name] ?? parameter.usual else { continue }
            try parameter.validate(value)
            complete[parameter.name] = value
        }
        try validate(complete)
        return complete
    }

    /// What is said of a parameter that the kind does not have.
    public func unknown(_ name: String) -> IndexError {
        let known = parameters.map(\.name)
        return IndexError(
            .invalidParameter,
            "An index of kind \(kind) has no parameter \(name); it has "
                + (known.isEmpty ? "none." : known.joined(separator: ", ") + "."))
    }
}
