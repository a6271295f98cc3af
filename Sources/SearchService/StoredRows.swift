import FeatureStorage
import IndexDefinitions
import MappedStorage
import VectorCore

/// The vectors of an index's rows where they lie in the store, as they were after one of its changes.
///
/// Each time that vectors are wanted, they are read in a transaction of its own. That is of a later moment
/// than the index may be of; but the store keeps with each vector which change wrote it. One that was not
/// written later, and is there, is the one that the index knows.
struct StoredRows: RowVectors {
    private let store: FeatureStore
    private let field: VectorField
    private let points: RowIDs
    private let sequence: UInt64
    private var leavesOut = false

    /// Reads the vectors of rows.
    ///
    /// - Parameters:
    ///   - store: where the vectors are.
    ///   - field: theirs.
    ///   - points: the store's number of every row.
    ///   - sequence: the change of the store that the index is true for.
    init(_ store: FeatureStore, _ field: VectorField, _ points: RowIDs, sequence: UInt64) {
        self.store = store
        self.field = field
        self.points = points
        self.sequence = sequence
    }

    var unchanged: any RowVectors {
        var others = self
        others.leavesOut = true
        return others
    }

    /// What is thrown where a vector is another one by now.
    static var outdated: IndexError {
        IndexError(
            .outdated, "The vectors have changed while they were being searched; try again.")
    }

    func forEach(
        _ rows: [UInt32], _ body: (_ place: Int, _ vector: UnsafePointer<Float>) -> Void
    ) throws(IndexError) {
        let isWhole: Bool
        do throws(StorageError) {
            isWhole = try store.read { transaction throws(StorageError) in
                unsafe try read(rows, transaction, body)
            }
        } catch {
            switch error.code {
            case .damagedVector, .damagedRecord, .damagedStore:
                throw IndexError(.damagedFile, error.message)
            default:
                throw IndexError(.system, error.message)
            }
        }
        guard isWhole else { throw Self.outdated }
    }

    /// Reads vectors, and says whether all are as they were, or are left out otherwise.
    private func read(
        _ rows: [UInt32], _ transaction: borrowing ReadTransaction,
        _ body: (_ place: Int, _ vector: UnsafePointer<Float>) -> Void
    ) throws(StorageError) -> Bool {
        let isLater = try transaction.headSequence() != sequence
        let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: field.dimension)
        defer { unsafe memory.deallocate() }
        unsafe memory.initialize(repeating: 0)
        for (place, row) in rows.enumerated() {
            let number = PointNumber(rawValue: points[row])
            let isAsBefore = try transaction.withVector(of: number, field) {
                vector throws(StorageError) in
                guard vector.sequence <= sequence else { return false }
                var target = unsafe MutableSpan(_unsafeElements: memory)
                try vector.copy(into: &target)
                return true
            }
            if isAsBefore == true {
                if let start = memory.baseAddress { unsafe body(place, start) }
                continue
            }
            guard isLater else {
                throw StorageError(
                    .damagedRecord,
                    "The vector “\(field.name)” of point number \(number) is not the one that was indexed; "
                        + "build the index again.")
            }
            guard leavesOut else { return false }
        }
        return true
    }
}

extension IndexVersion {
    /// This version, or where its index does not keep its vectors, one that reads the store's.
    func reading(
        _ store: FeatureStore, _ field: VectorField, sequence: UInt64
    ) -> IndexVersion {
        guard !index.keepsVectors else { return self }
        let source = StoredRows(store, field, ids, sequence: sequence)
        return IndexVersion(index.reading(source), ids: ids)
    }
}
