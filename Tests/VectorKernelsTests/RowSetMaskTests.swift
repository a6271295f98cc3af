import Testing
import VectorCore
import VectorKernels

@Suite struct RowSetMaskTests {
    @Test(arguments: [0, 1, 7, 63, 64, 65, 127, 128, 1000])
    func bytesAndNumbersMakeTheSetOfTheirMask(count: Int) {
        for seed in 0..<20 as Range<UInt64> {
            var generator = SplitMix64(seed: seed)
            // Any byte but 0 says yes.
            let bytes = (0..<count).map { _ in
                Bool.random(using: &generator) ? UInt8.random(in: 1...255, using: &generator) : 0
            }
            let mask = bytes.map { $0 != 0 }
            let rows = mask.indices.filter { mask[$0] }.map { UInt32($0) }
            let ofBytes = unsafe bytes.withUnsafeBytes { unsafe RowSet(nonzero: $0) }
            let numbers = rows.map { UInt64($0) }.shuffled(using: &generator)
            let ofNumbers = RowSet(
                numbers: numbers + numbers.prefix(3) + [UInt64(count), .max], below: count)
            for set in [ofBytes, ofNumbers, RowSet(mask)] {
                #expect(set.rows == rows && set.count == rows.count, "seed \(seed)")
            }
        }
    }
}
