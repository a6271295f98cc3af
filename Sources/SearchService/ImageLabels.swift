import Foundation

/// The labels of images, from folders or from a file.
struct ImageLabels {
    private let source: LabelSource
    private let byPath: [String: String]

    /// Reads the labels where they are in a file.
    ///
    /// - Throws: ``ServiceError`` with `inputOutput` or `invalidData` where the file cannot be used.
    init(_ source: LabelSource) throws(ServiceError) {
        self.source = source
        switch source {
        case .folders: byPath = [:]
        case .file(let path): byPath = try Self.read(path)
        }
    }

    /// The label of an image by its path relative to the ingested folder, or nil.
    func label(of path: String) -> String? {
        switch source {
        case .folders:
            let folder = (path as NSString).deletingLastPathComponent
            return folder.isEmpty ? nil : (folder as NSString).lastPathComponent
        case .file:
            return byPath[path]
        }
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
        let rows = text.split(whereSeparator: \.isNewline).map { CSVRow(String($0)).values }
        guard let header = rows.first, let file = header.firstIndex(of: "filename"),
            let label = header.firstIndex(of: "label")
        else {
            throw ServiceError(
                .invalidData,
                "\(path) does not begin with a line that names the columns filename and label.")
        }
        var labels: [String: String] = [:]
        for (index, row) in rows.enumerated().dropFirst() {
            guard row.count > max(file, label) else {
                throw ServiceError(
                    .invalidData,
                    "Line \(index + 1) of \(path) has \(row.count) values; it needs a filename and a "
                        + "label.")
            }
            labels[row[file]] = row[label]
        }
        return labels
    }
}

/// The values of one line, commas between them, quotes around values that hold commas or quotes.
private struct CSVRow {
    let values: [String]

    init(_ line: String) {
        var values: [String] = []
        var value = ""
        var isQuoted = false
        var characters = line.makeIterator()
        var next = characters.next()
        while let character = next {
            next = characters.next()
            switch character {
            case "\"" where isQuoted && next == "\"":
                value.append(character)
                next = characters.next()
            case "\"":
                isQuoted.toggle()
            case "," where !isQuoted:
                values.append(value)
                value = ""
            default:
                value.append(character)
            }
        }
        self.values = values + [value]
    }
}
