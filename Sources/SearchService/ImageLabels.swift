import Foundation

/// The labels of images, from folders or from a file.
package struct ImageLabels {
    private let source: LabelSource
    private let byPath: [String: String]

    /// Reads the labels where they are in a file.
    ///
    /// - Throws: ``ServiceError`` with `inputOutput` or `invalidData` where the file cannot be used.
    package init(_ source: LabelSource) throws(ServiceError) {
        self.source = source
        switch source {
        case .folders: byPath = [:]
        case .file(let path): byPath = try Self.read(path)
        }
    }

    /// The label of an image by its path relative to the ingested folder, or nil.
    package func label(of path: String) -> String? {
        switch source {
        case .folders:
            let folder = (path as NSString).deletingLastPathComponent
            return folder.isEmpty ? nil : (folder as NSString).lastPathComponent
        case .file:
            return byPath[path]
        }
    }

    /// Checks that a file of labels is about these files.
    ///
    /// - Throws: ``ServiceError`` with `invalidData` where it names none of them.
    func requireMatch(among paths: PathList, in folder: String) throws(ServiceError) {
        guard case .file(let file) = source, paths.count > 0,
            !byPath.keys.contains(where: { paths.position(of: $0) != nil })
        else { return }
        throw ServiceError(
            .invalidData,
            "\(file) has a label for none of the images in \(folder); its filenames are paths in that "
                + "folder, such as \(paths[0]).")
    }

    private static func read(_ path: String) throws(ServiceError) -> [String: String] {
        let text: String
        do {
            text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
        } catch {
            throw ServiceError(
                .inputOutput, "The labels in \(path) cannot be read: \(error.localizedDescription)."
            )
        }
        let rows = CSVRows(text).rows
        guard let header = rows.first?.values, let file = header.firstIndex(of: "filename"),
            let label = header.firstIndex(of: "label")
        else {
            throw ServiceError(
                .invalidData,
                "\(path) does not begin with a line that names the columns filename and label.")
        }
        var labels: [String: String] = [:]
        for row in rows.dropFirst() {
            guard row.values.count > max(file, label) else {
                throw ServiceError(
                    .invalidData,
                    "Line \(row.line) of \(path) has too few values; it needs a filename and a label."
                )
            }
            labels[row.values[file]] = row.values[label]
        }
        return labels
    }
}

/// The rows of a text with commas between values, and quotes around those that hold commas, quotes
/// or line ends (RFC 4180); empty lines are left out.
private struct CSVRows {
    private(set) var rows: [(line: Int, values: [String])] = []

    init(_ text: String) {
        var values: [String] = []
        var value = ""
        var isQuoted = false
        var line = 1
        var start = 1
        // A mark of the byte order is no part of the first name.
        var characters = text.drop { $0 == "\u{FEFF}" }.makeIterator()
        var next = characters.next()
        while let character = next {
            next = characters.next()
            let endsLine = character == "\n" || character == "\r\n" || character == "\r"
            if endsLine { line += 1 }
            switch character {
            case "\"" where isQuoted && next == "\"":
                value.append(character)
                next = characters.next()
            case "\"":
                isQuoted.toggle()
            case "," where !isQuoted:
                values.append(value)
                value = ""
            case _ where endsLine && !isQuoted:
                add(values + [value], start)
                values = []
                value = ""
                start = line
            default:
                value.append(character)
            }
        }
        add(values + [value], start)
    }

    private mutating func add(_ values: [String], _ line: Int) {
        if values != [""] { rows.append((line, values)) }
    }
}
