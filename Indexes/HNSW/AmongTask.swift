import Locks
import VectorCore

/// What a search among some rows asks of the graph; the same for all queries of a batch.
struct AmongTask: Sendable {
    let k: Int
    /// The rows that may be in answers.
    let rows: RowSet
    /// The vertices that stand for them, with the rows that are not in the graph yet.
    let inside: RowSet
    /// Those of the rows that are outside the graph, and those that are not in it yet.
    let isolated: [UInt32]
    let pending: [UInt32]
    /// The vertices that stand for rows.
    let vertices: ListedRows
    /// How to walk, or nil where a scan is cheaper.
    let walk: AmongWalk?

    init(_ index: HNSWIndex, _ wanted: RowSet, k: Int, efSearch: Int) {
        self.k = k
        var rows = wanted
        rows.subtract(index.hidden)
        self.rows = rows
        var inside = rows
        isolated = index.isolated.filter(rows.contains)
        pending = index.pending.filter(rows.contains)
        for row in isolated { inside.remove(row) }
        for pair in index.equals.pairs where rows.contains(pair.copy) {
            inside.remove(pair.copy)
            inside.insert(pair.original)
        }
        self.inside = inside
        vertices = ListedRows(of: inside, without: pending)
        walk =
            index.vertexCount == 0
            ? nil
            : AmongWalk(
                vertices: inside.count - pending.count, of: index.vertexCount,
                degree: 2 * index.graph.m, levels: index.graph.level(of: index.entry),
                efSearch: efSearch, k: k,
                bytes: index.rows.byteCount / max(1, index.rows.count))
    }
}

/// How a graph is walked for some of its vertices.
struct AmongWalk: Sendable {
    /// How many candidates are kept.
    let efSearch: Int
    /// Whether vertices that are not asked for are stepped over to their neighbours.
    let stepsOver: Bool
    /// How many vertices may be scored, on all layers together.
    let budget: Int

    /// Below this share of the vertices the walk steps over the others.
    private static let leastShare = 0.3
    /// So many vertices of a full list must be asked for on average, or those that are do not hang together
    /// well enough; where it is less than twice as many, more candidates are kept.
    private static let leastLinks = 4.0
    /// A walk that is given up has scored at most this share of what the scan then does.
    private static let largestShare = 0.5
    /// Nanoseconds that a row takes in a scan, which reads ahead.
    ///
    /// Both are estimates from the rates of walks and scans over codes of 128 and 448 bytes; only their ratio counts.
    private static func scanTime(bytes: Int) -> Double { 3 + 0.055 * Double(bytes) }
    /// Nanoseconds that a row takes on a walk, which waits for each vertex that it comes to.
    private static func walkTime(bytes: Int) -> Double { 35 + 0.08 * Double(bytes) }

    /// Plans a walk, or gives nil where a scan of the vertices is predicted to take less time.
    ///
    /// - Parameters:
    ///   - vertices: how many are asked for.
    ///   - count: how many there are.
    ///   - degree: how many neighbours a list on layer 0 has room for.
    ///   - levels: how many layers are above that.
    ///   - bytes: of a row that is scored.
    init?(
        vertices: Int, of count: Int, degree: Int, levels: Int, efSearch: Int, k: Int, bytes: Int
    ) {
        let share = Double(vertices) / Double(max(1, count))
        let links = share * Double(degree)
        stepsOver = share < Self.leastShare && links >= Self.leastLinks
        // Where others are walked through too, only a share of the candidates counts, by chance more or fewer: three
        // standard deviations more than those wanted, as a scan follows where there are too few.
        let factor = stepsOver ? max(1, 2 * Self.leastLinks / links) : 1 / share
        let candidates =
            stepsOver || share >= 1
            ? Double(efSearch) : max(Double(efSearch), Double(k) + 3 * Double(k).squareRoot() + 3)
        self.efSearch = Int(min(Double(count), (candidates * factor).rounded(.up)))
        // About half of a vertex's neighbours have been met before; on an upper layer, which has half as many
        // links, a few vertices are looked at.
        let expected = self.efSearch * (stepsOver ? degree : degree / 2) + levels * degree
        let ratio = Self.scanTime(bytes: bytes) / Self.walkTime(bytes: bytes)
        budget = Int(Double(vertices) * min(Self.largestShare, ratio))
        guard expected <= budget else { return nil }
    }
}

/// A list of rows that is made when it is first asked for: where a graph is walked nobody may need it.
final class ListedRows: Sendable {
    private let set: RowSet
    private let left: [UInt32]
    private let made = Lock<[UInt32]?>(nil)

    init(of set: RowSet, without left: [UInt32]) {
        self.set = set
        self.left = left
    }

    /// The rows, ascending.
    ///
    /// Whoever comes while it is made waits, as it needs it too.
    var list: [UInt32] {
        made.withLock { made in
            if let made { return made }
            var set = set
            for row in left { set.remove(row) }
            let rows = set.rows
            made = rows
            return rows
        }
    }
}
