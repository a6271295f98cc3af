import FeatureStorage
import VectorCore
import VectorFiles

extension Engine {
    /// Writes the vectors of a field as f32 to a .npy file, rows in the order of ids.
    ///
    /// - Parameters:
    ///   - collection: the collection.
    ///   - vector: the field; nil where the collection has only one.
    ///   - path: the file; it appears when it is complete.
    /// - Returns: how many rows were written.
    /// - Throws: ``ServiceError`` with `notFound`; `invalidRequest` where something else would be lost; or `inputOutput`
    ///   where the file cannot be written.
    public func export(
        collection: String, vector: String?, to path: String
    ) throws(ServiceError) -> Int {
        let (found, field) = try resolve(collection, vector)
        try checkOutput(path)
        let vectors = try read { transaction throws(StorageError) in
            var numbers: [PointNumber] = []
            try transaction.forEachPoint(of: found) { _, number throws(StorageError) in
                numbers.append(number)
                return true
            }
            return numbers
        }
        do {
            var writer = try VectorFileWriter(path: path, dimension: field.dimension)
            // In short transactions, so that a slow disk does not keep the map from growing, and a
            // few megabytes at a time, since vectors may have millions of numbers.
            let rowsAtOnce = max(1, (8 << 20) / (4 * field.dimension))
            for start in stride(from: 0, to: vectors.count, by: rowsAtOnce) {
                let piece = vectors[start..<min(vectors.count, start + rowsAtOnce)]
                let rows = try read { transaction throws(StorageError) in
                    var rows: [[Float]] = []
                    for number in piece {
                        if let data = try transaction.vector(of: number, field) {
                            rows.append(data.floats)
                        }
                    }
                    return rows
                }
                for row in rows { try writer.append(row.span) }
            }
            let count = writer.count
            try writer.finish()
            return count
        } catch let error as VectorFileError {
            throw ServiceError(error)
        } catch let error as ServiceError {
            throw error
        } catch {
            throw ServiceError(.inputOutput, "\(error)")
        }
    }
}
