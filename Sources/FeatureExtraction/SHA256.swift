/// The checksum by which a model's file is known (FIPS 180-4).
package enum SHA256 {
    /// The digest as 64 hexadecimal digits in lower case.
    ///
    /// - Complexity: O(bytes)
    package static func hexadecimal(_ bytes: [UInt8]) -> String {
        var state = initial
        let whole = bytes.count / 64 * 64
        // The end: a one bit, zeros up to eight bytes before a block's end, the length in bits.
        var tail = Array(bytes[whole...]) + [0x80]
        while tail.count % 64 != 56 { tail.append(0) }
        let length = UInt64(bytes.count) * 8
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            tail.append(UInt8(truncatingIfNeeded: length >> shift))
        }
        var schedule = [UInt32](repeating: 0, count: 64)
        unsafe bytes.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: whole, by: 64) {
                unsafe update(&state, bytes, at: start, &schedule)
            }
        }
        unsafe tail.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: bytes.count, by: 64) {
                unsafe update(&state, bytes, at: start, &schedule)
            }
        }
        let digits = Array("0123456789abcdef".utf8)
        let text = state.flatMap { word in
            stride(from: UInt32(28), through: 0, by: -4).map { digits[Int(word >> $0 & 15)] }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func update(
        _ state: inout [UInt32], _ bytes: UnsafeRawBufferPointer, at start: Int,
        _ schedule: inout [UInt32]
    ) {
        for i in 0..<16 {
            let word = unsafe bytes.loadUnaligned(
                fromByteOffset: start + i * 4, as: UInt32.self)
            schedule[i] = UInt32(bigEndian: word)
        }
        for i in 16..<64 {
            let a = schedule[i - 15]
            let b = schedule[i - 2]
            let low = rotated(a, 7) ^ rotated(a, 18) ^ (a &>> 3)
            let high = rotated(b, 17) ^ rotated(b, 19) ^ (b &>> 10)
            schedule[i] = schedule[i - 16] &+ low &+ schedule[i - 7] &+ high
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for i in 0..<64 {
            let mixed = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
            let first = h &+ mixed &+ ((e & f) ^ (~e & g)) &+ constants[i] &+ schedule[i]
            let turned = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
            let second = turned &+ ((a & b) ^ (a & c) ^ (b & c))
            (h, g, f, e) = (g, f, e, d &+ first)
            (d, c, b, a) = (c, b, a, first &+ second)
        }
        for (i, value) in [a, b, c, d, e, f, g, h].enumerated() { state[i] &+= value }
    }

    private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 {
        (word &>> count) | (word &<< (32 &- count))
    }

    /// The first 32 bits of the fractional parts of the square roots of the first 8 primes.
    private static let initial: [UInt32] = [
        0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A,
        0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19,
    ]

    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = primes(64).map { prime in
        // The root times 2³² lies near the floating-point one, and integers find it exactly.
        var low: UInt64 = 0
        var high: UInt64 = 8 << 32
        while high - low > 1 {
            let middle = (low + high) / 2
            let square = middle.multipliedFullWidth(by: middle)
            let lowPart = square.low.multipliedFullWidth(by: middle)
            let highPart = square.high * middle + lowPart.high
            // The cube must not exceed prime · 2⁹⁶, whose upper 128 bits begin at bit 64.
            if highPart >> 32 >= prime { high = middle } else { low = middle }
        }
        return UInt32(truncatingIfNeeded: low)
    }

    private static func primes(_ count: Int) -> [UInt64] {
        var found: [UInt64] = []
        var candidate: UInt64 = 2
        while found.count < count {
            if !found.contains(where: { candidate % $0 == 0 }) { found.append(candidate) }
            candidate += 1
        }
        return found
    }
}
