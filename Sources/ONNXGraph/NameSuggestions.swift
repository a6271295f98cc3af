/// The names that someone may have meant by one that does not exist.
public enum NameSuggestions {
    /// At most `count` of the names, the likeliest first.
    ///
    /// Likeness is the edit distance, with names that contain the wrong one (or the reverse) first.
    ///
    /// - Complexity: O(names · length²)
    public static func nearest(to wrong: String, among names: [String], count: Int = 5) -> [String]
    {
        let lowered = Array(wrong.lowercased().utf8)
        let scored = names.enumerated().map { index, name in
            let other = Array(name.lowercased().utf8)
            let contained = other.contains(lowered) || lowered.contains(other)
            let distance = editDistance(lowered, other)
            return (score: contained ? distance - 1000 : distance, index: index, name: name)
        }
        return scored.sorted { ($0.score, $0.index) < ($1.score, $1.index) }
            .prefix(count).map(\.name)
    }

    /// "it has a, b, c and 40 more.": the end of a sentence about a name that does not exist.
    public static func sentence(for wrong: String, among names: [String], count: Int = 5) -> String
    {
        guard !names.isEmpty else { return "there are none." }
        let near = nearest(to: wrong, among: names, count: count)
        let rest = names.count - near.count
        return "there are " + near.joined(separator: ", ") + (rest > 0 ? " and \(rest) more." : ".")
    }

    /// How many bytes must be inserted, removed or replaced (Wagner and Fischer, 1974).
    static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let replaced = diagonal + (byte == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}

extension [UInt8] {
    fileprivate func contains(_ part: [UInt8]) -> Bool {
        guard !part.isEmpty, part.count <= count else { return false }
        return (0...(count - part.count)).contains {
            self[$0..<($0 + part.count)].elementsEqual(part)
        }
    }
}
