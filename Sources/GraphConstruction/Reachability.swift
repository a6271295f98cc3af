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
/// attached to a near row that is reachable: in a free place of its list or else, where no near row has one, in place
/// of a link of the second half of a list that the tree of first visits does not need, so that nothing else is cut off. Few
/// rows may be near all that is not reached, and without their nearest links nothing would lead to what is near them.
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
            guard let (parent, place) = walk.place(among: candidates) else { continue }
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

    /// A place for a link to a row: in the list of one of those near it, or of any that is reached.
    func place(among near: [UInt32]) -> (row: UInt32, place: Int)? {
        if let place = near.firstNonNil(freePlace(of:)) { return place }
        let half = table.degree / 2
        if let place = near.firstNonNil({ needlessPlace(of: $0, from: half) }) { return place }
        let others = (0..<UInt32(table.count)).lazy.filter { isReached($0) }
        return others.firstNonNil(freePlace(of:))
            ?? near.firstNonNil { needlessPlace(of: $0, from: 0) }
            ?? others.firstNonNil { needlessPlace(of: $0, from: 0) }
    }

    private func freePlace(of row: UInt32) -> (row: UInt32, place: Int)? {
        (0..<table.degree).first { table[row, $0] == LinkTable.none }.map { (row, $0) }
    }

    /// The last place whose link no first visit went along, since lists hold the nearest first.
    private func needlessPlace(of row: UInt32, from first: Int) -> (row: UInt32, place: Int)? {
        (first..<table.degree).last { place in
            let neighbor = table[row, place]
            return neighbor != LinkTable.none && parents[Int(neighbor)] != row
        }.map { (row, $0) }
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
