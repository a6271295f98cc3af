import GraphConstruction
import MappedStorage
import VectorCore

/// The memory of a graph that one writes to until it is shown to searches.
///
/// Of two buffers one is searched while the other is changed; then they trade places.
struct GraphBuffer: Sendable {
    let m: Int
    /// How many rows have lists.
    private(set) var rows: Int
    /// How many blocks of upper lists are in use.
    private(set) var blocks: Int
    private var levels: IndexPages
    private var upperStarts: IndexPages
    private var ground: IndexPages
    private var upper: IndexPages

    /// Takes over the memory of a graph.
    init(_ graph: HNSWGraph) {
        m = graph.m
        rows = graph.count
        blocks = graph.upper.byteCount / (4 * graph.m)
        levels = graph.levels
        upperStarts = graph.upperStarts
        ground = graph.ground
        upper = graph.upper
    }

    /// Copies a buffer into memory of its own.
    ///
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    init(copying other: GraphBuffer) throws(IndexError) {
        m = other.m
        rows = other.rows
        blocks = other.blocks
        levels = try Self.copy(other.levels, used: rows, wanted: rows)
        upperStarts = try Self.copy(other.upperStarts, used: rows * 4, wanted: rows * 4)
        ground = try Self.copy(other.ground, used: rows * 8 * m, wanted: rows * 8 * m)
        upper = try Self.copy(other.upper, used: blocks * 4 * m, wanted: blocks * 4 * m)
    }

    /// The graph in this memory, as it is to be shown.
    var graph: HNSWGraph {
        HNSWGraph(
            count: rows, m: m, levels: levels, upperStarts: upperStarts, ground: ground,
            upper: upper)
    }

    var byteCount: Int {
        levels.byteCount + upperStarts.byteCount + ground.byteCount + upper.byteCount
    }

    /// Adds rows without links.
    ///
    /// - Parameter added: the level of each.
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    mutating func append(_ added: some Collection<UInt8>) throws(IndexError) {
        let total = rows + added.count
        let totalBlocks = blocks + added.reduce(0) { $0 + Int($1) }
        levels = try Self.room(levels, used: rows, wanted: total)
        upperStarts = try Self.room(upperStarts, used: rows * 4, wanted: total * 4)
        ground = try Self.room(ground, used: rows * 8 * m, wanted: total * 8 * m)
        upper = try Self.room(upper, used: blocks * 4 * m, wanted: totalBlocks * 4 * m)
        // All bits set is `LinkTable.none` in every place.
        Self.fill(ground, from: rows * 8 * m, to: total * 8 * m)
        Self.fill(upper, from: blocks * 4 * m, to: totalBlocks * 4 * m)
        for level in added {
            unsafe levels.base.storeBytes(of: level, toByteOffset: rows, as: UInt8.self)
            unsafe upperStarts.base.storeBytes(
                of: UInt32(blocks), toByteOffset: rows * 4, as: UInt32.self)
            rows += 1
            blocks += Int(level)
        }
    }

    /// Takes over what another buffer has in some rows and in those that this one lacks.
    ///
    /// - Parameter pause: called now and then.
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    /// - Complexity: O(changed · m)
    mutating func follow(
        _ other: GraphBuffer, changed: some Sequence<UInt32>, pause: () -> Void
    ) throws(IndexError) {
        let known = rows
        let source = other.graph
        try append((known..<other.rows).map { UInt8(source.level(of: UInt32($0))) })
        let target = graph
        let copyLists = { (row: UInt32) in
            for layer in 0...source.level(of: row) {
                unsafe target.links(of: row, on: layer).update(
                    from: source.links(of: row, on: layer), count: source.degree(on: layer))
            }
        }
        for (position, row) in changed.enumerated() where row < known {
            if position % Self.copiedAtOnce == 0 { pause() }
            copyLists(row)
        }
        for row in known..<other.rows { copyLists(UInt32(row)) }
    }

    private static let copiedAtOnce = 64

    private static func fill(_ pages: IndexPages, from start: Int, to end: Int) {
        unsafe (pages.base + start).initializeMemory(
            as: UInt8.self, repeating: 0xFF, count: end - start)
    }

    private static func room(
        _ pages: IndexPages, used: Int, wanted: Int
    ) throws(IndexError) -> IndexPages {
        wanted <= pages.byteCount ? pages : try copy(pages, used: used, wanted: wanted + wanted / 2)
    }

    private static func copy(
        _ pages: IndexPages, used: Int, wanted: Int
    ) throws(IndexError) -> IndexPages {
        let copy = try IndexPages(byteCount: wanted)
        unsafe copy.base.copyMemory(from: pages.base, byteCount: used)
        return copy
    }
}
