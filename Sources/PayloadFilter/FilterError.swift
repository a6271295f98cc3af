/// Why a filter cannot be read, and where in it.
public struct FilterError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is, for callers that act on it.
    public enum Code: Hashable, Sendable {
        /// The text is no JSON.
        case notJSON
        /// A member that no filter has.
        case unknownMember
        /// A condition that this version does not evaluate.
        case unsupported
        /// A member that is missing, or whose value is not of the kind that it needs.
        case invalidValue
        /// A key that is no path into a payload.
        case invalidPath
        /// More conditions, or deeper nesting, than is allowed.
        case tooLarge
    }

    /// The kind of failure.
    public let code: Code
    /// The place in the filter, such as `must[0].range`; empty for the filter as a whole.
    public let place: String
    /// One sentence that says what is wrong and what to do.
    public let message: String

    init(_ code: Code, at place: String, _ complaint: String) {
        self.code = code
        self.place = place
        message = place.isEmpty ? "The filter \(complaint)" : "In the filter, \(place) \(complaint)"
    }

    /// The message.
    public var description: String { message }
}
