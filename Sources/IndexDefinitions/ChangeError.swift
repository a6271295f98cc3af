public import VectorCore

/// Why a change of an index was not made.
public struct ChangeError: Error, Hashable, Sendable {
    /// What was wrong.
    public enum Reason: Hashable, Sendable {
        /// The id is in the index already.
        case idTaken(UInt64)
        /// The id is not in the index.
        case idUnknown(UInt64)
        /// The id stands at another position too.
        case idRepeated(UInt64, first: Int)
        /// There are more or fewer ids than vectors.
        case idCount(Int, vectors: Int)
        /// So many ids do not follow the largest one.
        case noIDs(after: UInt64, count: Int)
        /// The index refuses the vectors.
        case index(IndexError)
    }

    /// Which of the ids that were given it is, where it is one of them.
    public let position: Int?
    /// What was wrong.
    public let reason: Reason

    init(position: Int?, _ reason: Reason) {
        self.position = position
        self.reason = reason
    }

    /// Says that an index refuses a change.
    public init(_ error: IndexError) {
        self.init(position: nil, .index(error))
    }

    /// What is wrong and what to do, in a sentence.
    public var message: String {
        switch reason {
        case .idTaken(let id):
            "The id \(id)\(place) is in the index already; remove it first, or give another."
        case .idUnknown(let id):
            "The id \(id)\(place) is not in the index."
        case .idRepeated(let id, let first):
            "The id \(id)\(place) stands at position \(first) already; give each id once."
        case .idCount(let ids, let vectors):
            "There are \(ids) ids for \(vectors) vectors; give one for each, or none."
        case .noIDs(let largest, let count):
            "No \(count) ids follow \(largest), which the index has; say which ids the vectors get."
        case .index(let error): error.message
        }
    }

    private var place: String { position.map { " at position \($0)" } ?? "" }
}
