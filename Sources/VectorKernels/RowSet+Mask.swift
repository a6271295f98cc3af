internal import CVectorKernels
public import VectorCore

extension RowSet {
    /// Makes the set of the rows whose byte is not 0.
    ///
    /// - Complexity: O(bytes)
    public init(nonzero bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else {
            self.init()
            return
        }
        let count = (bytes.count + 63) / 64
        self.init(
            words: unsafe [UInt64](unsafeUninitializedCapacity: count) { words, written in
                if let start = words.baseAddress {
                    unsafe vk_nonzero_bits(
                        base.assumingMemoryBound(to: UInt8.self), bytes.count, start)
                }
                written = count
            })
    }
}
