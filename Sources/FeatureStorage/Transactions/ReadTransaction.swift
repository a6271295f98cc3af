/// A view of the store as it was when the view was taken, whatever is written meanwhile.
///
/// It lives as long as the closure that `FeatureStore.read` gives it to. While it lives, space that
/// writers give up cannot be used again, and the map cannot grow: keep it short.
public struct ReadTransaction: ~Copyable {
    let raw: RawTransaction
    var trees: Databases { raw.databases }

    init(_ raw: RawTransaction) {
        self.raw = raw
    }

    /// The sequence number of the newest change, 0 where there is none.
    ///
    /// - Throws: ``StorageError`` where the store cannot be read.
    public func headSequence() throws(StorageError) -> UInt64 {
        try metaNumber(MetaKey.sequence)
    }

    func metaNumber(_ key: [UInt8]) throws(StorageError) -> UInt64 {
        try raw.getChecked(trees.meta, key, "counter") { value throws(StorageError) in
            try value.number(UInt64.self, of: "counter")
        } ?? 0
    }
}

extension RawSpan {
    /// The whole value as an integer.
    func number<I: FixedWidthInteger & BitwiseCopyable>(
        _ type: I.Type, of what: String
    ) throws(StorageError) -> I {
        guard byteCount == I.bitWidth / 8 else { throw .damagedRecord(what) }
        return integer(type, at: 0)
    }
}

extension StorageError {
    /// The error of a record that cannot be read.
    static func damagedRecord(_ what: String) -> StorageError {
        StorageError(
            .damagedRecord, "A \(what) in the store is damaged; restore the store from a copy.")
    }
}
