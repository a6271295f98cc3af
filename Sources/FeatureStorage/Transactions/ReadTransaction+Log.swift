internal import JSON

extension ReadTransaction {
    /// Calls `body` with every change after a sequence number, in order, until it returns false.
    ///
    /// - Parameters:
    ///   - sequence: the last change that is known already.
    ///   - body: gets the change; returns whether to go on.
    /// - Throws: ``StorageError`` with `logTrimmed` where changes after `sequence` have been removed
    ///   from the log, and what `body` throws.
    public func forEachChange(
        after sequence: UInt64, _ body: (LogEntry) throws(StorageError) -> Bool
    ) throws(StorageError) {
        let trimmed = try metaNumber(MetaKey.trimmed)
        guard sequence >= trimmed else {
            throw StorageError(
                .logTrimmed,
                "The change log begins after change \(trimmed), so the changes after \(sequence) "
                    + "are not all known; read the whole collection instead.")
        }
        guard sequence < .max else { return }
        let start = (sequence + 1).bigEndianBytes
        var last = sequence
        var isCutShort = false
        try raw.scanChecked(trees.log, "change-log entry", from: start, prefix: []) {
            key, value throws(StorageError) in
            guard let entry = LogEntry(key: key, value: value), entry.sequence == last + 1 else {
                throw .damagedRecord("change-log entry")
            }
            last = entry.sequence
            isCutShort = try !body(entry)
            return !isCutShort
        }
        // Every change has its entry; one that is missed would be a change that nobody sees.
        let head = try headSequence()
        guard isCutShort || last == max(sequence, head) else {
            throw .damagedRecord("change-log entry")
        }
    }

    /// The changes after a sequence number, in order.
    ///
    /// - Throws: ``StorageError`` as `forEachChange(after:_:)` does.
    public func changes(after sequence: UInt64) throws(StorageError) -> [LogEntry] {
        var changes: [LogEntry] = []
        try forEachChange(after: sequence) { entry throws(StorageError) in
            changes.append(entry)
            return true
        }
        return changes
    }

    /// The catalogue's entry for an index, or nil where there is none.
    ///
    /// - Throws: ``StorageError`` where the store cannot be read.
    public func index(
        named name: String, of field: VectorField
    ) throws(StorageError) -> IndexEntry? {
        guard !name.isEmpty, name.utf8.count <= 255 else { return nil }
        let key = Key.index(field, name)
        return try raw.getChecked(
            trees.indexes, key, "catalogue entry of the index “\(name)”"
        ) { value throws(StorageError) in
            try Self.index(name, value)
        }
    }

    /// The catalogue's entries for a field, by name.
    ///
    /// - Throws: ``StorageError`` where the store cannot be read.
    public func indexes(of field: VectorField) throws(StorageError) -> [IndexEntry] {
        let prefix = field.collectionID.bigEndianBytes + field.id.bigEndianBytes
        var entries: [IndexEntry] = []
        try raw.scanChecked(trees.indexes, "catalogue entry", from: prefix, prefix: prefix) {
            key, value throws(StorageError) in
            entries.append(
                try Self.index(String(decoding: key.array(from: 8), as: UTF8.self), value))
            return true
        }
        return entries
    }

    /// The files that the catalogue names, of all collections; any other file is left over.
    ///
    /// - Throws: ``StorageError`` where the store cannot be read.
    public func indexFiles() throws(StorageError) -> Set<String> {
        var files: Set<String> = []
        try raw.scanChecked(trees.indexes, "catalogue entry", from: [], prefix: []) {
            key, value throws(StorageError) in
            guard key.byteCount > 8 else { throw .damagedRecord("catalogue entry") }
            let name = String(decoding: key.array(from: 8), as: UTF8.self)
            files.insert(try Self.index(name, value).file)
            return true
        }
        return files
    }

    private static func index(_ name: String, _ value: RawSpan) throws(StorageError) -> IndexEntry {
        guard let record = try? JSONValue(parsing: value.array()),
            let entry = IndexEntry(name: name, record: record)
        else { throw .damagedRecord("catalogue entry of the index “\(name)”") }
        return entry
    }
}
