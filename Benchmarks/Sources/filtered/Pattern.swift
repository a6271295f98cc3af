import Flat
import IndexDefinitions
import VectorCore

/// How the vectors that are asked for lie.
enum Pattern: String, CaseIterable, Codable {
    /// Drawn at random.
    case random
    /// One after another.
    case run
    /// Nearest to one vector.
    case cluster

    /// So many rows of an index.
    func rows(
        _ count: Int, of index: FlatIndex, using generator: inout SplitMix64
    ) throws -> RowSet {
        let all = index.count
        var chosen = RowSet()
        switch self {
        case .random:
            while chosen.count < count {
                chosen.insert(UInt32.random(in: 0..<UInt32(all), using: &generator))
            }
        case .run:
            let first = Int.random(in: 0...all - count, using: &generator)
            for row in first..<first + count { chosen.insert(UInt32(row)) }
        case .cluster:
            let centre = Int.random(in: 0..<all, using: &generator)
            let near = try index.nearest(
                index.vectors[centre], SearchLimits(k: count))
            for neighbor in near { chosen.insert(neighbor.row.rawValue) }
        }
        return chosen
    }
}
