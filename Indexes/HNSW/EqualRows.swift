import VectorCore

/// Rows whose vector an earlier row has as well, bit for bit, or whose codes, where vectors are kept
/// elsewhere.
///
/// They stay outside the graph. Inside it, copies of one vector would only link to each other: with
/// no distance among them nothing else looks nearer, so a search that meets a few hundred copies
/// fills its candidates with them and sees no way out.
package struct EqualRows: Sendable {
    /// One row and the earliest row that equals it.
    package struct Pair: Hashable, Comparable, Sendable, BitwiseCopyable {
        package let original: UInt32
        package let copy: UInt32

        package init(original: UInt32, copy: UInt32) {
            self.original = original
            self.copy = copy
        }

        package static func < (left: Pair, right: Pair) -> Bool {
            (left.original, left.copy) < (right.original, right.copy)
        }
    }

    /// By original, then by row.
    package let pairs: [Pair]

    package init(pairs: [Pair]) {
        self.pairs = pairs
    }

    /// The rows that equal `original`, ascending, without itself.
    ///
    /// - Complexity: O(log pairs)
    func copies(of original: UInt32) -> some Sequence<UInt32> {
        var low = 0
        var high = pairs.count
        while low < high {
            let middle = (low + high) / 2
            if pairs[middle].original < original { low = middle + 1 } else { high = middle }
        }
        return pairs[low...].prefix { $0.original == original }.lazy.map(\.copy)
    }
}

extension EqualRows {
    /// Finds the equal rows among some.
    ///
    /// - Complexity: O(rows · (columns + log rows))
    init(among rows: some Sequence<UInt32>, of vectors: GraphVectors) {
        let hashed = rows.map { row in
            (hash: unsafe EqualBytes.hash(vectors.bytes(of: row)), row: row)
        }.sorted { ($0.hash, $0.row) < ($1.hash, $1.row) }
        var pairs: [Pair] = []
        var originals: [UInt32] = []
        for (index, entry) in hashed.enumerated() {
            if index == 0 || hashed[index - 1].hash != entry.hash { originals = [] }
            if let original = originals.first(where: { vectors.areEqual($0, entry.row) }) {
                pairs.append(Pair(original: original, copy: entry.row))
            } else {
                originals.append(entry.row)
            }
        }
        self.pairs = pairs.sorted()
    }
}
