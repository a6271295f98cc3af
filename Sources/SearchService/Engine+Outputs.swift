import FeatureStorage
import JSON
import OutputFiles

extension Engine {
    /// Refuses an output that would take the place of something that is needed: a file that is asked with, a picture
    /// of a collection, or a file of a store.
    ///
    /// - Parameters:
    ///   - path: where the output is going to be.
    ///   - queries: files that are asked with.
    /// - Throws: ``ServiceError`` with `invalidRequest`, or `inputOutput` where the folder is not there.
    /// - Complexity: O(1), or O(points) where there is a file
    public func checkOutput(
        _ path: String, asking queries: [String] = []
    ) throws(ServiceError) {
        do {
            let place = try OutputPlace(path)
            guard place.kind == .file else { return }
            try place.refuse(queries, "asked with")
            let picture = try read { transaction throws(StorageError) -> String? in
                for collection in try transaction.collections() {
                    guard let root = collection.imageRoot else { continue }
                    var found = false
                    try transaction.forEachPayload(of: collection) {
                        _, payload throws(StorageError) in
                        if let file = payload["path"]?.stringValue {
                            found = place.isSameFile(as: "\(root)/\(file)")
                        }
                        return !found
                    }
                    if found { return collection.name }
                }
                return nil
            }
            guard let picture else { return }
            throw ServiceError(
                .invalidRequest,
                "\(path) is a picture of the collection “\(picture)” and would be lost; name another file."
            )
        } catch let error as OutputFileError {
            throw ServiceError(error)
        } catch let error as ServiceError {
            throw error
        } catch {
            throw ServiceError(.inputOutput, "\(error)")
        }
    }
}
