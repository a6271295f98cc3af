import VectorCore

/// Draws changed copies of some inputs, always the same for one seed.
struct Mutator {
    private let inputs: [[UInt8]]
    private let maximumBytes: Int
    private var generator: SplitMix64

    /// Numbers at which lengths and counts go wrong.
    private static let edges: [UInt64] = [
        0, 1, 2, 3, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000,
        0xFFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF, .max,
    ]

    /// Starts with the inputs that are changed.
    init(_ inputs: [[UInt8]], maximumBytes: Int, seed: UInt64) {
        self.inputs = inputs.isEmpty ? [[]] : inputs
        self.maximumBytes = maximumBytes
        self.generator = SplitMix64(seed: seed)
    }

    /// The next input: one of those given with one to eight changes.
    mutating func next() -> [UInt8] {
        var bytes = inputs.randomElement(using: &generator) ?? []
        for _ in 0..<Int.random(in: 1...8, using: &generator) { change(&bytes) }
        return Array(bytes.prefix(maximumBytes))
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        guard let place = bytes.indices.randomElement(using: &generator) else {
            bytes.append(UInt8.random(in: 0...255, using: &generator))
            return
        }
        let room = min(64, bytes.count - place)
        let length = Int.random(in: 1...room, using: &generator)
        switch Int.random(in: 0..<8, using: &generator) {
        case 0, 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 3: writeEdge(into: &bytes, at: place)
        case 4: bytes.removeSubrange(place..<place + length)
        case 5: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
        case 6: bytes.removeSubrange(place...)
        default:
            let other = inputs.randomElement(using: &generator) ?? []
            let start = Int.random(in: 0...other.count, using: &generator)
            bytes.replaceSubrange(place..., with: other[start...])
        }
    }

    /// Writes a number of 1, 2, 4 or 8 bytes in either order.
    private mutating func writeEdge(into bytes: inout [UInt8], at place: Int) {
        let size = 1 << Int.random(in: 0..<4, using: &generator)
        let isLittleEndian = Bool.random(using: &generator)
        let value = Self.edges.randomElement(using: &generator) ?? 0
        for byte in 0..<size where place + byte < bytes.count {
            let shift = 8 * UInt64(isLittleEndian ? byte : size - 1 - byte)
            bytes[place + byte] = UInt8(truncatingIfNeeded: value >> shift)
        }
    }
}
