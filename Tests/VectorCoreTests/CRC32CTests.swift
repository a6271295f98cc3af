import TestSupport
import Testing
import VectorCore

@Suite struct CRC32CTests {
    /// The check value of RFC 3720's polynomial, and its vectors of 32 zeros and 32 ones.
    @Test func agreesWithPublishedValues() {
        #expect(checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(checksum([]) == 0)
    }

    @Test func doesNotDependOnHowBytesAreCut() {
        let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 * 37) }
        for cut in 0...100 {
            var crc = CRC32C()
            unsafe bytes[..<cut].withUnsafeBytes { unsafe crc.update($0) }
            unsafe bytes[cut...].withUnsafeBytes { unsafe crc.update($0) }
            #expect(crc.value == checksum(bytes), "cut at \(cut)")
        }
    }

    /// The tables are what runs where the CPU has no instruction, so both are held to each other.
    @Test func tablesAndInstructionAgree() {
        if !CRC32C.isBuiltIn {
            print("this CPU has no instruction for CRC-32C; only tables were tested")
        }
        withEverySeed(0..<4) { generator, seed in
            for count in 0..<200 {
                let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
                let start = Int.random(in: 0...count, using: &generator)
                var (tables, builtIn) = (CRC32C(), CRC32C())
                unsafe bytes[start...].withUnsafeBytes { bytes in
                    unsafe tables.updateByTables(bytes)
                    unsafe builtIn.update(bytes)
                }
                #expect(tables.value == builtIn.value, "seed \(seed), \(count) bytes from \(start)")
            }
        }
    }

    private func checksum(_ bytes: [UInt8]) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe CRC32C.checksum($0) }
    }
}
