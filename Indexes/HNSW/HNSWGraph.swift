package import GraphConstruction
package import MappedStorage
package import VectorCore

/// The links of an HNSW graph as flat blocks of row numbers.
///
/// The ground layer has `count` lists of up to 2*m* neighbours, each ended by `LinkTable.none`
/// unless full. A row of level *l* also has *l* lists of up to *m* neighbours, one after another
/// from block `upperStarts[row]`; its level is kept in a byte.
package final class HNSWGraph: Sendable {
    package let count: Int
    package let m: Int
    /// One byte a row.
    package let levels: IndexPages
    /// One `UInt32` a row: its first block among the upper lists.
    package let upperStarts: IndexPages
    /// `count` × 2*m* `UInt32`.
    package let ground: IndexPages
    /// Blocks of *m* `UInt32`.
    package let upper: IndexPages
    /// How many blocks the pages have room for.
    private let upperBlocks: Int

    package init(
        count: Int, m: Int, levels: IndexPages, upperStarts: IndexPages, ground: IndexPages,
        upper: IndexPages
    ) {
        self.count = count
        self.m = m
        self.levels = levels
        self.upperStarts = upperStarts
        self.ground = ground
        self.upper = upper
        upperBlocks = upper.byteCount / (4 * m)
    }

    package var memoryBytes: Int {
        levels.byteCount + upperStarts.byteCount + ground.byteCount + upper.byteCount
    }

    package func level(of row: UInt32) -> Int {
        unsafe Int(levels.base.load(fromByteOffset: Int(row), as: UInt8.self))
    }

    /// How many neighbours a list of a layer may have.
    package func degree(on layer: Int) -> Int { layer == 0 ? 2 * m : m }

    /// The neighbours of a row on a layer.
    package func neighbors(of row: UInt32, on layer: Int) -> [UInt32] {
        let links = unsafe self.links(of: row, on: layer)
        var neighbors: [UInt32] = []
        neighbors.reserveCapacity(degree(on: layer))
        for place in 0..<degree(on: layer) {
            let neighbor = unsafe links[place]
            if neighbor == LinkTable.none { break }
            neighbors.append(neighbor)
        }
        return neighbors
    }

    /// The list of a row on a layer; the row's level must be at least `layer`.
    @unsafe @inline(__always)
    package func links(of row: UInt32, on layer: Int) -> UnsafeMutablePointer<UInt32> {
        if layer == 0 {
            return unsafe ground.base.assumingMemoryBound(to: UInt32.self) + Int(row) &* 2 &* m
        }
        let start = unsafe upperStarts.base.load(fromByteOffset: Int(row) * 4, as: UInt32.self)
        let block = Int(start) &+ layer &- 1
        // Somebody has written over the file that this is mapped from; another list does no harm.
        guard block < upperBlocks else { return unsafe links(of: row, on: 0) }
        return unsafe upper.base.assumingMemoryBound(to: UInt32.self) + block &* m
    }

    package var groundTable: LinkTable {
        unsafe LinkTable(
            ground.base.assumingMemoryBound(to: UInt32.self), count: count, degree: 2 * m)
    }
}

extension HNSWGraph {
    /// Makes a graph without links whose rows have the given levels.
    package convenience init(levels rowLevels: [UInt8], m: Int) throws(IndexError) {
        let count = rowLevels.count
        let levels = try IndexPages(byteCount: count)
        let upperStarts = try IndexPages(byteCount: count * 4)
        var blocks = 0
        for (row, level) in rowLevels.enumerated() {
            unsafe levels.base.storeBytes(of: level, toByteOffset: row, as: UInt8.self)
            unsafe upperStarts.base.storeBytes(
                of: UInt32(blocks), toByteOffset: row * 4, as: UInt32.self)
            blocks += Int(level)
        }
        let ground = try IndexPages(byteCount: count * 2 * m * 4)
        let upper = try IndexPages(byteCount: blocks * m * 4)
        // All bits set is `LinkTable.none` in every place.
        for pages in [ground, upper] {
            unsafe pages.base.initializeMemory(
                as: UInt8.self, repeating: 0xFF, count: pages.byteCount)
        }
        self.init(
            count: count, m: m, levels: levels, upperStarts: upperStarts, ground: ground,
            upper: upper)
    }

    /// Draws each row's level: ⌊−ln(u) · 1/ln(m)⌋ for u uniform in (0, 1], as the paper has it.
    package static func drawLevels(count: Int, m: Int, seed: UInt64) -> [UInt8] {
        var generator = SplitMix64(seed: seed)
        // P(level ≥ l) = m^(-l), so counting successes of chance 1/m gives the same distribution.
        return (0..<count).map { _ in drawLevel(m: m, using: &generator) }
    }

    /// No row is drawn a higher one, however many there are.
    static let highestLevel = 63

    /// Draws the level of one row.
    static func drawLevel(m: Int, using generator: inout SplitMix64) -> UInt8 {
        var level: UInt8 = 0
        while level < highestLevel, UInt64.random(in: 0..<UInt64(m), using: &generator) == 0 {
            level += 1
        }
        return level
    }
}
