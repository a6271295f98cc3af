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

    private func checksum(_ bytes: [UInt8]) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe CRC32C.checksum($0) }
    }
}
