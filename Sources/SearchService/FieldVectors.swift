import FeatureStorage
import VectorCore

/// All vectors of one field, read in one transaction.
struct FieldVectors {
    /// Shape (count, dimension), in the order of `points`.
    let matrix: FloatMatrix
    /// The store's number of every row, ascending.
    let points: [UInt64]
    /// The change of the store that they were read at.
    let sequence: UInt64

    /// Reads a field.
    ///
    /// - Parameters:
    ///   - wanted: numbers of the points to read, ascending; nil for all.
    /// - Throws: ``StorageError`` with `damagedVector`, or where the store cannot be read.
    /// - Complexity: O(count · dimension)
    init(
        _ transaction: borrowing ReadTransaction, _ field: VectorField,
        of collection: StoredCollection, only wanted: [UInt64]? = nil
    ) throws(StorageError) {
        sequence = try transaction.headSequence()
        guard let wanted else {
            let all = try transaction.matrix(of: field)
            points = all.numbers.map(\.rawValue)
            matrix = all.matrix
            return
        }
        var numbers: [PointNumber] = []
        for number in wanted.map(PointNumber.init(rawValue:))
        where try transaction.hasVector(of: number, field) {
            numbers.append(number)
        }
        points = numbers.map(\.rawValue)
        let chosen = numbers
        matrix = unsafe try FloatMatrix(rows: chosen.count, columns: field.dimension) {
            row, target throws(StorageError) in
            var span = unsafe MutableSpan(_unsafeElements: target)
            guard try transaction.copyVector(of: chosen[row], field, into: &span) else {
                throw StorageError(.damagedRecord, "A vector vanished while it was being read.")
            }
        }
    }
}
