import VectorCore

/// Turns a row of distances into a sorted list of neighbours, in the same memory.
///
/// Sorts by the distances' single-precision bits, eleven at a time from the lowest (a radix sort,
/// which keeps equal ones in the order of rows), then puts runs of equal ones in the order that
/// double precision gives them.
struct ListSorter {
    private let count: Int
    private var distances: [Double]
    /// The sortable bits of a distance above the number of its row.
    private var keys: [UInt64]
    private var spare: [UInt64]
    private var starts = [Int](repeating: 0, count: 3 << 11)

    init(count: Int) {
        precondition(count <= Int(UInt32.max))
        self.count = count
        distances = Array(repeating: 0, count: count)
        keys = Array(repeating: 0, count: count)
        spare = Array(repeating: 0, count: count)
    }

    /// Sorts a row.
    ///
    /// - Parameter memory: `count` distances as `Double`; becomes as many `Neighbor`s.
    /// - Complexity: O(count), O(count · log count) where many are equal in single precision
    @unsafe
    mutating func sort(_ memory: UnsafeMutableRawPointer) {
        for index in 0..<starts.count { starts[index] = 0 }
        for row in 0..<count {
            // Adding zero makes a negative zero positive, so that both have the same bits.
            let distance = unsafe memory.load(fromByteOffset: row * 8, as: Double.self) + 0
            let bits = Float(distance).bitPattern
            let sortable = bits >> 31 == 1 ? ~bits : bits | 0x8000_0000
            distances[row] = distance
            keys[row] = UInt64(sortable) << 32 | UInt64(row)
            for digit in 0..<3 {
                starts[digit << 11 + Int(sortable >> (11 * UInt32(digit)) & 0x7FF)] += 1
            }
        }
        for digit in 0..<3 { distribute(by: digit) }
        settleRuns()
        for (place, key) in keys.enumerated() {
            let row = UInt32(truncatingIfNeeded: key)
            let neighbor = Neighbor(
                row: RowID(rawValue: row), distance: Float(distances[Int(row)]))
            unsafe memory.storeBytes(
                of: neighbor, toByteOffset: place * MemoryLayout<Neighbor>.stride,
                as: Neighbor.self)
        }
    }

    private mutating func distribute(by digit: Int) {
        var next = 0
        for value in digit << 11..<(digit + 1) << 11 {
            let amount = starts[value]
            if amount == count { return }
            starts[value] = next
            next += amount
        }
        let shift = 32 + 11 * UInt64(digit)
        for key in keys {
            let value = digit << 11 + Int(key >> shift & 0x7FF)
            spare[starts[value]] = key
            starts[value] += 1
        }
        swap(&keys, &spare)
    }

    private mutating func settleRuns() {
        var start = 0
        while start < count {
            var end = start + 1
            while end < count, keys[end] >> 32 == keys[start] >> 32 { end += 1 }
            if end - start > 1 {
                keys[start..<end].sort { [distances] left, right in
                    let (a, b) = (
                        UInt32(truncatingIfNeeded: left), UInt32(truncatingIfNeeded: right)
                    )
                    return (distances[Int(a)], a) < (distances[Int(b)], b)
                }
            }
            start = end
        }
    }
}
