import OutputFiles
import SearchService

/// Writing of whole files, so that no reader ever sees half of one.
enum FileOutput {
    /// Writes a file, or into a device or a pipe such as `/dev/stdout`.
    ///
    /// - Throws: ``ServiceError`` with code `invalidRequest` where something would be lost, or `inputOutput`.
    static func write(_ bytes: [UInt8], toFile path: String) throws(ServiceError) {
        do {
            let place = try OutputPlace(path)
            if place.kind == .stream {
                try place.write(bytes)
            } else {
                let file = try OutputFile(at: path)
                try file.write(bytes)
                try file.publish()
            }
        } catch {
            throw ServiceError(error)
        }
    }
}
