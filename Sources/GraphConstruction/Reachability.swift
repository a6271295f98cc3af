/// Neighbour lists of equal capacity, one a row, each ended by `none` unless full.
@safe
public struct LinkTable {
    /// What ends a list that is not full.
    public static let none = UInt32.max

    /// How many rows there are.
    public let count: Int
    /// How many neighbours a row may have.
    public let degree: Int
    @usableFromInline let links: UnsafeMutablePointer<UInt32>

    /// Looks at `count` × `degree` numbers.
    @unsafe
    @inlinable
    public init(_ links: UnsafeMutablePointer<UInt32>, count: Int, degree: Int) {
        self.count = count
        self.degree = degree
        unsafe self.links = links
    }

    /// The neighbour at a place of a row's list, or `none`.
    @inlinable
    public subscript(row: UInt32, place: Int) -> UInt32 {
        get { unsafe links[Int(row) &* degree &+ place] }
        nonmutating set { unsafe links[Int(row) &* degree &+ place] = newValue }
    }
}

/// Makes every row reachable from an entry row.
///
/// Pruning may leave a row without a link to it, or an island with links only inside. Each is
/// attached to a near row that is reachable, in a free place of its list or in place of a link that
/// the tree of first visits does not need, so that nothing else is cut off.
public enum Reachability {
    /// Attaches whatever a walk from `entry` does not reach.
    ///
    /// - Parameters:
    ///   - table: the links; changed in place.
    ///   - entry: where every search starts.
    ///   - isExempt: rows that need not be reached.
    ///   - pause: called now and then.
    ///   - nearest: rows near a given row, nearest first.
    /// - Returns: the rows that got a link, once for each.
    /// - Complexity: O(count · degree) and one call of `nearest` a link made
    public static func repair(
        _ table: LinkTable, entry: UInt32, isExempt: (UInt32) -> Bool,
        pause: () -> Void = {}, nearest: (UInt32) -> [UInt32]
    ) -> [UInt32] {
        var walk = Walk(table)
        walk.visit(entry, from: LinkTable.none, pause)
        var repaired: [UInt32] = []
        for row in 0..<UInt32(table.count) where !walk.isReached(row) && !isExempt(row) {
            let candidates = nearest(row).filter { $0 != row && walk.isReached($0) }
            // Any reached row will do where no near one has a place to give.
            let others = (0..<UInt32(table.count)).lazy.filter { walk.isReached($0) }
            guard
                let (parent, place) = candidates.firstNonNil(walk.place(in:))
                    ?? others.firstNonNil(walk.place(in:))
            else { continue }
            table[parent, place] = row
            walk.visit(row, from: parent, pause)
            repaired.append(parent)
        }
        return repaired
    }

    /// How many rows a walk from `entry` does not reach.
    ///
    /// - Complexity: O(count · degree)
    public static func unreachedCount(
        _ table: LinkTable, entry: UInt32, isExempt: (UInt32) -> Bool
    ) -> Int {
        var walk = Walk(table)
        walk.visit(entry, from: LinkTable.none) {}
        return (0..<UInt32(table.count)).count { !walk.isReached($0) && !isExempt($0) }
    }
}

/// A walk along links that remembers from where it first came to each row.
private struct Walk {
    private static let unseen = UInt32.max - 1
    private let table: LinkTable
    private var parents: [UInt32]

    init(_ table: LinkTable) {
        self.table = table
        self.parents = [UInt32](repeating: Self.unseen, count: table.count)
    }

    func isReached(_ row: UInt32) -> Bool {
        parents[Int(row)] != Self.unseen
    }

    mutating func visit(_ start: UInt32, from parent: UInt32, _ pause: () -> Void) {
        parents[Int(start)] = parent
        var stack = [start]
        var visited = 0
        while let row = stack.popLast() {
            visited &+= 1
            if visited % 1024 == 0 { pause() }
            for place in 0..<table.degree {
                let neighbor = table[row, place]
                if neighbor == LinkTable.none { break }
                guard !isReached(neighbor) else { continue }
                parents[Int(neighbor)] = row
                stack.append(neighbor)
            }
        }
    }

    /// A place of the row's list that is free, or whose link no first visit went along; the last
    /// such place, since lists hold the nearest first.
    func place(in row: UInt32) -> (row: UInt32, place: Int)? {
        for place in 0..<table.degree where table[row, place] == LinkTable.none {
            return (row, place)
        }
        for place in (0..<table.degree).reversed()
        where parents[Int(table[row, place])] != row {
            return (row, place)
        }
        return nil
    }
}

extension Sequence {
    fileprivate func firstNonNil<T>(_ transform: (Element) -> T?) -> T? {
        for element in self {
            if let result = transform(element) { return result }
        }
        return nil
    }
}
