/// The formats that can be read, told by content and never by a file's name.
public enum ImageFormat: String, Hashable, Sendable, CaseIterable {
    /// JPEG (ISO/IEC 10918-1).
    case jpeg = "JPEG"
    /// PNG (ISO/IEC 15948).
    case png = "PNG"

    /// Tells the format from the first bytes.
    ///
    /// - Throws: ``ImageError`` with code `unknownFormat` and a sentence that names what was found.
    public init(sniffing bytes: borrowing RawSpan) throws(ImageError) {
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else {
            throw ImageError(
                .unknownFormat,
                "This is \(Self.describe(bytes)), not a JPEG or PNG image; convert it to one of them."
            )
        }
    }

    private static func describe(_ bytes: borrowing RawSpan) -> String {
        if bytes.isEmpty { return "an empty file" }
        for (signature, offset, name) in foreign
        where bytes.starts(with: Array(signature.utf8), at: offset) {
            return name
        }
        if bytes.starts(with: [0xFF, 0xD8]) || bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
            return "the first few bytes of an image that is cut short"
        }
        if bytes.starts(with: [0x49, 0x49, 0x2A, 0]) || bytes.starts(with: [0x4D, 0x4D, 0, 0x2A]) {
            return "a TIFF image or a camera's raw file"
        }
        if bytes.starts(with: [0xFF, 0x0A]) || bytes.starts(with: [0, 0, 0, 0x0C, 0x4A, 0x58]) {
            return "a JPEG XL image"
        }
        if bytes.starts(with: [0x50, 0x4B, 3, 4]) || bytes.starts(with: [0x1F, 0x8B]) {
            return "a compressed archive"
        }
        return bytes.looksLikeText ? "a text file" : "a file of an unknown kind"
    }

    private static let foreign: [(signature: String, offset: Int, name: String)] = [
        ("GIF8", 0, "a GIF image"),
        ("WEBP", 8, "a WebP image"),
        ("ftypheic", 4, "a HEIC image"),
        ("ftypheix", 4, "a HEIC image"),
        ("ftyphev", 4, "a HEIC image"),
        ("ftypmif1", 4, "a HEIF image"),
        ("ftypmsf1", 4, "a HEIF image"),
        ("ftypavi", 4, "an AVIF image"),
        ("ftyp", 4, "a film"),
        ("8BPS", 0, "a Photoshop file"),
        ("%PDF", 0, "a PDF document"),
        ("<svg", 0, "an SVG drawing"),
        ("<?xml", 0, "an XML or SVG file"),
        ("qoif", 0, "a QOI image"),
        ("BM", 0, "a BMP image"),
    ]
}

extension RawSpan {
    fileprivate func starts(with signature: [UInt8], at offset: Int = 0) -> Bool {
        guard byteCount >= offset + signature.count else { return false }
        return signature.indices.allSatisfy { self.byte(offset + $0) == signature[$0] }
    }

    /// Whether the first bytes hold nothing that text does not: no control characters.
    fileprivate var looksLikeText: Bool {
        (0..<Swift.min(byteCount, 512)).allSatisfy { index in
            let byte = self.byte(index)
            return byte >= 0x20 && byte != 0x7F || (0x09...0x0D).contains(byte)
        }
    }

    /// The byte at an offset, checked.
    func byte(_ offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < byteCount)
        return unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
}
