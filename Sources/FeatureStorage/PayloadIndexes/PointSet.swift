/// A set of point numbers, in blocks of bits.
///
/// Blocks without a number take no memory, so a set costs about what it holds, however many points have
/// come and gone.
public struct PointSet: Hashable, Sendable {
    /// The blocks that are there, ascending: each the numbers `block << 12` and the 4,095 behind it.
    private var blocks: [UInt64] = []
    /// 64 words a block.
    private var words: [UInt64] = []
    /// How many numbers there are.
    public private(set) var count = 0

    /// Makes an empty set.
    public init() {}

    /// Makes a set of numbers.
    ///
    /// - Complexity: O(numbers log numbers), O(numbers) where they ascend
    public init(_ numbers: some Sequence<PointNumber>) {
        var numbers = Array(numbers)
        if zip(numbers, numbers.dropFirst()).contains(where: { $0 > $1 }) { numbers.sort() }
        for number in numbers { append(number) }
    }

    /// Whether there is no number.
    public var isEmpty: Bool { count == 0 }

    /// Whether a number is in the set.
    ///
    /// - Complexity: O(log blocks)
    public func contains(_ number: PointNumber) -> Bool {
        let block = number.rawValue >> NumberBlock.shift
        guard let place = place(of: block) else { return false }
        let offset = number.rawValue & UInt64(NumberBlock.size - 1)
        return words[64 * place + Int(offset >> 6)] >> (offset & 63) & 1 == 1
    }

    private func place(of block: UInt64) -> Int? {
        var low = 0
        var high = blocks.count
        while low < high {
            let middle = (low + high) / 2
            if blocks[middle] < block { low = middle + 1 } else { high = middle }
        }
        return low < blocks.count && blocks[low] == block ? low : nil
    }

    /// Puts in a number that is not below any that is in.
    mutating func append(_ number: PointNumber) {
        let block = number.rawValue >> NumberBlock.shift
        if blocks.last != block {
            precondition(blocks.last.map { $0 < block } ?? true)
            blocks.append(block)
            words.append(contentsOf: repeatElement(0, count: 64))
        }
        let offset = number.rawValue & UInt64(NumberBlock.size - 1)
        let word = words.count - 64 + Int(offset >> 6)
        guard words[word] >> (offset & 63) & 1 == 0 else { return }
        words[word] |= 1 << (offset & 63)
        count += 1
    }

    /// Gathers records of payload indexes, of which several may be of the same numbers, in any order.
    struct Gatherer {
        private var places: [UInt64: Int] = [:]
        private var words: [UInt64] = []

        /// Adds a record; false where it is none.
        mutating func add(_ record: RawSpan, block: UInt64) -> Bool {
            let place = places[block, default: places.count]
            if place == places.count {
                places[block] = place
                words.append(contentsOf: repeatElement(0, count: 64))
            }
            return NumberBlock.merge(record, into: &words, at: 64 * place)
        }

        /// All that was gathered.
        func set() -> PointSet {
            var set = PointSet()
            set.blocks = places.keys.sorted()
            set.words.reserveCapacity(words.count)
            for block in set.blocks {
                let start = 64 * (places[block] ?? 0)
                set.words.append(contentsOf: words[start..<start + 64])
            }
            set.recount()
            return set
        }
    }

    private mutating func recount() {
        count = words.reduce(0) { $0 + $1.nonzeroBitCount }
    }

    /// Calls `body` with every number, ascending, until it returns false.
    public func forEach<E: Error>(
        _ body: (PointNumber) throws(E) -> Bool
    ) throws(E) {
        for (place, block) in blocks.enumerated() {
            for word in 0..<64 {
                var rest = words[64 * place + word]
                while rest != 0 {
                    let offset = UInt64(64 * word + rest.trailingZeroBitCount)
                    rest &= rest - 1
                    let number = PointNumber(rawValue: block << NumberBlock.shift | offset)
                    guard try body(number) else { return }
                }
            }
        }
    }

    /// The numbers, ascending.
    public var numbers: [PointNumber] {
        var numbers: [PointNumber] = []
        numbers.reserveCapacity(count)
        forEach { number in
            numbers.append(number)
            return true
        }
        return numbers
    }

    /// The numbers that are in one of two sets.
    ///
    /// - Complexity: O(blocks)
    public func union(_ other: PointSet) -> PointSet {
        merged(other, keepsLeft: true, keepsRight: true) { $0 | $1 }
    }

    /// The numbers that are in both of two sets.
    ///
    /// - Complexity: O(blocks)
    public func intersection(_ other: PointSet) -> PointSet {
        merged(other, keepsLeft: false, keepsRight: false) { $0 & $1 }
    }

    /// The numbers that are in this set and not in the other.
    ///
    /// - Complexity: O(blocks)
    public func subtracting(_ other: PointSet) -> PointSet {
        merged(other, keepsLeft: true, keepsRight: false) { $0 & ~$1 }
    }

    private func merged(
        _ other: PointSet, keepsLeft: Bool, keepsRight: Bool, _ join: (UInt64, UInt64) -> UInt64
    ) -> PointSet {
        var result = PointSet()
        var (left, right) = (0, 0)
        while left < blocks.count || right < other.blocks.count {
            let leftBlock = left < blocks.count ? blocks[left] : .max
            let rightBlock = right < other.blocks.count ? other.blocks[right] : .max
            let block = min(leftBlock, rightBlock)
            let start = result.words.count
            if leftBlock == rightBlock {
                for word in 0..<64 {
                    result.words.append(
                        join(words[64 * left + word], other.words[64 * right + word]))
                }
            } else if leftBlock == block, keepsLeft {
                result.words.append(contentsOf: words[64 * left..<64 * left + 64])
            } else if rightBlock == block, keepsRight {
                result.words.append(contentsOf: other.words[64 * right..<64 * right + 64])
            }
            if result.words[start...].contains(where: { $0 != 0 }) {
                result.blocks.append(block)
            } else {
                result.words.removeSubrange(start...)
            }
            if leftBlock == block { left += 1 }
            if rightBlock == block { right += 1 }
        }
        result.recount()
        return result
    }
}
