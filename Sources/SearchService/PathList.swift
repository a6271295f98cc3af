/// Many paths in little memory: their bytes lie one after another.
struct PathList: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    /// How many paths there are.
    var count: Int { ends.count }

    /// Adds a path at the end.
    mutating func append(_ path: String) {
        bytes.append(contentsOf: path.utf8)
        ends.append(bytes.count)
    }

    /// The path at a position.
    subscript(position: Int) -> String {
        String(decoding: bytes[range(position)], as: UTF8.self)
    }

    /// The bytes of the path at a position.
    @_lifetime(borrow self)
    func utf8(_ position: Int) -> Span<UInt8> {
        bytes.span.extracting(range(position))
    }

    /// The positions in the order in which people number files.
    ///
    /// - Complexity: O(paths · log paths · length)
    func sortedPositions() -> [Int] {
        (0..<count).sorted { naturallyPrecedes(utf8($0), utf8($1)) }
    }

    /// The paths at some positions, in their order.
    func chosen(_ positions: [Int]) -> PathList {
        var chosen = PathList()
        chosen.bytes.reserveCapacity(bytes.count)
        chosen.ends.reserveCapacity(positions.count)
        for position in positions {
            chosen.bytes.append(contentsOf: bytes[range(position)])
            chosen.ends.append(chosen.bytes.count)
        }
        return chosen
    }

    /// The position of a path, where the paths are in order, or nil.
    ///
    /// - Complexity: O(log paths · length)
    func position(of path: String) -> Int? {
        let wanted = Array(path.utf8)
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if naturallyPrecedes(utf8(middle), wanted.span) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < count, bytes[range(low)].elementsEqual(wanted) else { return nil }
        return low
    }

    private func range(_ position: Int) -> Range<Int> {
        (position == 0 ? 0 : ends[position - 1])..<ends[position]
    }
}

/// Whether a path comes before another when runs of digits count as numbers.
package func naturallyPrecedes(_ left: String, _ right: String) -> Bool {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    return naturallyPrecedes(left.span, right.span)
}

/// Whether the bytes of a path come before others when runs of digits count as numbers.
private func naturallyPrecedes(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
    var (i, j) = (0, 0)
    while i < left.count, j < right.count {
        let (x, y) = (left[i], right[j])
        guard isDigit(x), isDigit(y) else {
            if x != y { return x < y }
            i += 1
            j += 1
            continue
        }
        let (a, b) = (digits(left, from: i), digits(right, from: j))
        if a.count != b.count { return a.count < b.count }
        for (p, q) in zip(a, b) where left[p] != right[q] { return left[p] < right[q] }
        (i, j) = (a.upperBound, b.upperBound)
    }
    let (leftEnds, rightEnds) = (i == left.count, j == right.count)
    if leftEnds != rightEnds { return leftEnds }
    // Equal but for leading zeros.
    for k in 0..<min(left.count, right.count) where left[k] != right[k] {
        return left[k] < right[k]
    }
    return left.count < right.count
}

private func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

/// Where the digits of a number lie that begins at `start`, leading zeros left out.
private func digits(_ text: Span<UInt8>, from start: Int) -> Range<Int> {
    var end = start
    while end < text.count, isDigit(text[end]) { end += 1 }
    var first = start
    while first < end, text[first] == 48 { first += 1 }
    return first..<end
}
