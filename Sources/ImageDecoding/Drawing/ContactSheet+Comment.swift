extension ContactSheet {
    /// What is written beside a sheet that is kept as a JPEG file, so that it is not taken for somebody's picture.
    public static let comment = "likeness contact sheet"

    /// Whether a file is a sheet, by its first 64 bytes.
    public static func isSheet(_ head: [UInt8]) -> Bool {
        guard head.starts(with: [0xFF, 0xD8, 0xFF]) else { return false }
        let marker = [0xFF, 0xFE, 0, UInt8(comment.utf8.count + 2)] + Array(comment.utf8)
        return head.indices.contains { head[$0...].starts(with: marker) }
    }
}
