import Evaluation
import Foundation
import SearchService

extension ImageIngestAnnouncement {
    /// The announcement as people read it, in one line.
    var text: String {
        let numbers = "\(counted(numbersPerImage, "number")) an image"
        return "\(counted(images, "image")) to extract, \(counted(fields, "field")), \(numbers); "
            + "the store grows by about \(byteText(storeBytes)), \(byteText(freeDiskBytes)) of the "
            + "disk are free; memory up to about \(byteText(peakMemoryBytes))"
    }
}

extension ImageIngestReport {
    /// The report as people read it.
    var text: String {
        var counts = ["\(counted(added, "image")) added"]
        func count(_ number: Int, _ what: String) {
            if number > 0 { counts.append("\(NumberText.grouped(number)) \(what)") }
        }
        count(updated, "updated")
        count(moved, "moved")
        count(completed, "completed")
        count(pruned, "deleted because their files are gone")
        count(present, "there already")
        count(failures.count, "failed")
        if notImages > 0 { counts.append("\(counted(notImages, "other file")) passed over") }
        var lines = [
            "\(collection): \(isRehearsal ? "would be " : "")\(counts.joined(separator: ", "))",
            "fields: \(fieldList)",
        ]
        if missing > 0 {
            lines.append(
                "\(counted(missing, "point")) left whose files are gone; --prune deletes them")
        }
        if !staleFields.isEmpty {
            lines.append(
                "vectors of the updated images removed from fields that this ingest does not fill: "
                    + staleFields.joined(separator: ", "))
        }
        if isRehearsal {
            lines.append(announced.text)
        } else if inferenceSeconds > 0 {
            lines.append("\(rounded(imagesPerSecond)) images/s over \(duration(seconds))")
            lines.append(
                "where the time went: \(duration(decodeSeconds)) of threads reading, "
                    + "decoding and resizing, \(duration(inferenceSeconds)) of threads in "
                    + "the networks, \(duration(storeSeconds)) writing to the store beside them")
        }
        return lines.joined(separator: "\n")
    }
}

extension ImageIngestReport {
    /// The first fields by name; `--json` has them all.
    private var fieldList: String {
        let shown = 12
        let rest = fields.count > shown ? " and \(fields.count - shown) more" : ""
        return fields.prefix(shown).joined(separator: ", ") + rest
    }
}

/// A number of bytes as people read it: `12.3 MB`.
func byteText(_ bytes: Int) -> String {
    var value = Double(bytes)
    for unit in ["bytes", "kB", "MB", "GB"] {
        if value < 1000 {
            return unit == "bytes" ? "\(bytes) bytes" : "\(rounded(value)) \(unit)"
        }
        value /= 1000
    }
    return "\(rounded(value)) TB"
}
