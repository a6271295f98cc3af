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
        var numbers: [PointNumber] = []
        if let wanted {
            for number in wanted {
                let number = PointNumber(rawValue: number)
                let isThere = try transaction.withVector(of: number, field) {
                    _ throws(StorageError) in true
                }
                if isThere == true { numbers.append(number) }
            }
        } else {
            try transaction.forEachVector(of: field) { vector throws(StorageError) in
                numbers.append(vector.number)
                return true
            }
        }
        points = numbers.map(\.rawValue)
        let reader = Rows(numbers: numbers)
        matrix = unsafe try FloatMatrix(rows: numbers.count, columns: field.dimension) {
            row, target throws(StorageError) in
            var span = unsafe MutableSpan(_unsafeElements: target)
            guard try transaction.copyVector(of: reader.numbers[row], field, into: &span) else {
                throw StorageError(.damagedRecord, "A vector vanished while it was being read.")
            }
        }
    }

    private struct Rows {
        let numbers: [PointNumber]
    }
}
