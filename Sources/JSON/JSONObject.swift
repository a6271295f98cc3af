/// Named JSON values in the order in which they were first written.
///
/// A name that is written again replaces the value and keeps the place. Names are compared byte by
/// byte. Small objects are searched in order; large ones keep a table of names.
public struct JSONObject: Sendable {
    private var members: [(key: String, value: JSONValue)] = []
    /// Places by name, kept only where there are more members than `searchLimit`.
    private var places: [ExactString: Int] = [:]

    private static let searchLimit = 12

    /// Makes an object without members.
    public init() {}

    /// Makes an object; of members with one name the last counts.
    public init(_ members: some Sequence<(String, JSONValue)>) {
        for (key, value) in members { self[key] = value }
    }

    /// The names in order.
    public var keys: [String] { members.map(\.key) }

    /// The member of this name; setting nil removes it.
    ///
    /// - Complexity: O(1) to get and to set, O(members) to remove.
    public subscript(key: String) -> JSONValue? {
        get {
            place(of: key).map { members[$0].value }
        }
        set {
            switch (place(of: key), newValue) {
            case (let place?, let value?):
                members[place].value = value
            case (nil, let value?):
                members.append((key, value))
                if !places.isEmpty {
                    places[ExactString(key)] = members.count - 1
                } else if members.count > Self.searchLimit {
                    indexNames()
                }
            case (let place?, nil):
                members.remove(at: place)
                places = [:]
                if members.count > Self.searchLimit { indexNames() }
            case (nil, nil):
                break
            }
        }
    }

    private func place(of key: String) -> Int? {
        if places.isEmpty {
            members.firstIndex { ExactString($0.key) == ExactString(key) }
        } else {
            places[ExactString(key)]
        }
    }

    private mutating func indexNames() {
        places.reserveCapacity(members.count)
        for (place, member) in members.enumerated() { places[ExactString(member.key)] = place }
    }
}

extension JSONObject: RandomAccessCollection {
    /// The place of the first member.
    public var startIndex: Int { 0 }
    /// The place behind the last member.
    public var endIndex: Int { members.count }

    /// The member at a place.
    public subscript(position: Int) -> (key: String, value: JSONValue) { members[position] }
}

extension JSONObject: Hashable {
    /// Whether both have the same members, in whatever order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.allSatisfy { right[$0.key] == $0.value }
    }

    /// Hashes the members so that their order does not matter.
    public func hash(into hasher: inout Hasher) {
        var sum = 0
        for (key, value) in members {
            var member = Hasher()
            member.combine(ExactString(key))
            member.combine(value)
            sum &+= member.finalize()
        }
        hasher.combine(sum)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// Makes an object; of members with one name the last counts.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements)
    }
}
