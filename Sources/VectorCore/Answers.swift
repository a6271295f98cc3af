/// The answers to queries, one after another in one list.
///
/// So a single query allocates what it found and nothing else.
public struct Answers: Sendable {
    /// What all queries found, the first query's first, each nearest first.
    public private(set) var neighbors: [Neighbor] = []
    /// Where each answer but the last ends.
    private var ends: [Int] = []
    /// How many queries have been answered.
    public private(set) var count = 0

    /// Makes a list of no answers.
    public init() {}

    /// Makes a list of given answers.
    public init(_ answers: [[Neighbor]]) {
        reserve(answers.count, neighbors: answers.reduce(0) { $0 + $1.count })
        for answer in answers { append(answer) }
    }

    /// Makes room for more answers, which have so many neighbours together.
    public mutating func reserve(_ answers: Int, neighbors: Int) {
        ends.reserveCapacity(count + answers - 1)
        self.neighbors.reserveCapacity(self.neighbors.count + neighbors)
    }

    /// Adds what the next query found, nearest first.
    public mutating func append(_ answer: [Neighbor]) {
        close()
        if neighbors.isEmpty { neighbors = answer } else { neighbors += answer }
    }

    /// Adds what the next query found, nearest first.
    public mutating func append(_ answer: some Sequence<Neighbor>) {
        close()
        neighbors.append(contentsOf: answer)
    }

    /// Adds other answers behind these.
    public mutating func append(_ others: Answers) {
        guard count > 0 else {
            self = others
            return
        }
        for query in 0..<others.count { append(others[query]) }
    }

    /// Takes back all answers from one on.
    public mutating func removeAll(from first: Int) {
        guard first < count else { return }
        neighbors.removeLast(neighbors.count - (first == 0 ? 0 : ends[first - 1]))
        ends.removeLast(ends.count - max(0, first - 1))
        count = first
    }

    private mutating func close() {
        if count > 0 { ends.append(neighbors.count) }
        count += 1
    }

    /// What one query found.
    public subscript(query: Int) -> ArraySlice<Neighbor> {
        precondition(query >= 0 && query < count)
        let start = query == 0 ? 0 : ends[query - 1]
        return neighbors[start..<(query < ends.count ? ends[query] : neighbors.count)]
    }

    /// A list a query.
    public var lists: [[Neighbor]] {
        count == 1 ? [neighbors] : (0..<count).map { Array(self[$0]) }
    }
}
