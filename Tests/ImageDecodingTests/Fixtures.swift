import Glibc
import ImageDecoding

/// The files of the folder `Fixtures`, which its `make.py` made with Pillow.
enum Fixtures {
    private static let folder: String = {
        let file = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        return "/\(file)/Fixtures"
    }()

    static func bytes(_ name: String) throws -> [UInt8] {
        try ImageFile.bytes(of: "\(folder)/\(name)")
    }

    static func lines(_ name: String) throws -> [[String]] {
        let text = String(decoding: try bytes(name), as: UTF8.self)
        return text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    }

    /// The pictures that lie one after the other in a file.
    static func pictures(_ name: String, sides: [(Int, Int)]) throws -> [PixelBuffer] {
        var rest = try bytes(name)[...]
        return try sides.map { width, height in
            let count = width * height * 3
            defer { rest = rest.dropFirst(count) }
            return try PixelBuffer(width: width, height: height, bytes: Array(rest.prefix(count)))
        }
    }
}

/// How far two pictures of one size are apart, over all values of 0...255.
func difference(_ first: PixelBuffer, _ second: PixelBuffer) -> (largest: Int, mean: Double) {
    guard first.width == second.width, first.height == second.height else { return (255, 255) }
    let differences = zip(first.array, second.array).map { abs(Int($0) - Int($1)) }
    return (
        differences.max() ?? 0, Double(differences.reduce(0, +)) / Double(differences.count)
    )
}

/// The code of the error that `body` throws, or nil.
func code(_ body: () throws(ImageError) -> some Any) -> ImageError.Code? {
    do throws(ImageError) {
        _ = try body()
        return nil
    } catch {
        return error.code
    }
}

/// A PNG's chunk with its length and checksum.
func pngChunk(_ kind: String, _ body: [UInt8]) -> [UInt8] {
    func number(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }
    let checked = Array(kind.utf8) + body
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in checked {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = (crc >> 1) ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return number(UInt32(body.count)) + checked + number(~crc)
}
