internal import JSON

/// Changes that are committed together, seen by nobody before.
///
/// It lives as long as the closure that `FeatureStore.write` gives it to. Its `reader` sees the
/// changes made so far.
public struct WriteTransaction: ~Copyable {
    /// Everything that can be read, this transaction's changes included.
    public let reader: ReadTransaction
    let state: WriteState

    var raw: RawTransaction { reader.raw }
    var trees: Databases { reader.trees }

    init(_ raw: RawTransaction, _ state: WriteState) {
        self.reader = ReadTransaction(raw)
        self.state = state
    }

    /// Removes changes from the log up to a sequence number, which no index may need any longer.
    ///
    /// - Parameter sequence: the last change to remove; the sequence that the oldest index was built
    ///   at is safe.
    /// - Throws: ``StorageError`` where the store cannot be written.
    /// - Complexity: O(changes removed)
    public func trimLog(through sequence: UInt64) throws(StorageError) {
        let end = min(sequence, state.sequence)
        guard end > (try reader.metaNumber(MetaKey.trimmed)) else { return }
        try raw.deleteAll(trees.log, prefix: []) {
            $0.byteCount == 8 && $0.integer(UInt64.self, at: 0) <= end
        }
        try raw.putChecked(trees.meta, MetaKey.trimmed, end.bigEndianBytes)
    }

    /// Puts an index into the catalogue; one of the same name is replaced.
    ///
    /// - Throws: ``StorageError`` with `invalidName`, or `noSuchField` where the field is gone.
    public func putIndex(_ entry: IndexEntry, of field: VectorField) throws(StorageError) {
        try entry.validate()
        try requireField(field)
        try raw.putChecked(trees.indexes, Key.index(field, entry.name), entry.record.utf8())
    }

    /// Removes an index from the catalogue; false where there was none of this name.
    ///
    /// - Throws: ``StorageError`` where the store cannot be written.
    public func deleteIndex(
        named name: String, of field: VectorField
    ) throws(StorageError) -> Bool {
        guard try reader.index(named: name, of: field) != nil else { return false }
        return try raw.delete(trees.indexes, Key.index(field, name))
    }

    /// Writes down what the transaction kept in memory, before it commits.
    func finish() throws(StorageError) {
        try finishPayloadIndexes()
        guard state.sequence != state.firstSequence else { return }
        try raw.putChecked(trees.meta, MetaKey.sequence, state.sequence.bigEndianBytes)
    }

    /// Appends a change to the log and returns its sequence number.
    func log(
        _ operation: LogEntry.Operation, _ collection: UInt32, _ number: PointNumber,
        _ fieldIDs: [UInt32], at sequence: UInt64
    ) throws(StorageError) {
        let entry = LogEntry(
            sequence: sequence, operation: operation, collectionID: collection, number: number,
            fieldIDs: fieldIDs)
        try raw.putChecked(trees.log, sequence.bigEndianBytes, entry.encoded)
    }
}

/// What a writing transaction keeps in memory.
final class WriteState {
    /// The newest change of the store, this transaction's included.
    var sequence: UInt64
    let firstSequence: UInt64
    /// The fields of the collections that were written to, by name.
    var fields: [UInt32: [String: VectorField]] = [:]
    /// The payload indexes of the collections that were written to.
    var payloadIndexes: [UInt32: [PayloadIndex]] = [:]
    /// Those whose number of entries has to be written down.
    var changedPayloadIndexes: Set<UInt32> = []

    init(sequence: UInt64) {
        self.sequence = sequence
        self.firstSequence = sequence
    }

    func nextSequence() -> UInt64 {
        sequence &+= 1
        return sequence
    }
}
