internal import ImageDecoding

/// Reads the files of models; pipes, devices and folders are refused, so that nothing is waited for.
enum ModelFile {
    /// The longest network: what its format allows.
    static let longestNetwork = Int(Int32.max)
    /// The longest manifest, of half a million layers.
    static let longestManifest = 64 << 20

    /// The content of a file.
    ///
    /// - Throws: ``ExtractionError`` with `system`.
    static func bytes(
        of path: String, atMost longest: Int = longestNetwork
    ) throws(ExtractionError) -> [UInt8] {
        do throws(ImageError) {
            return try ImageFile.bytes(of: path, maximumBytes: longest)
        } catch {
            throw ExtractionError(
                .system,
                error.code == .tooLarge
                    ? "\(path) is longer than \(longest >> 20) MiB; take a smaller network."
                    : "\(path) cannot be read; does it exist, is it a file and no folder, pipe or "
                        + "device, and may it be read?")
        }
    }
}
