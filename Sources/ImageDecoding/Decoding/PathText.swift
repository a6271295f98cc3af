internal import Glibc

/// Paths as text, where names of files need not be UTF-8.
///
/// A byte that is not part of UTF-8 is written as `\xe9`, and a backslash in such a name as `\x5c`. A name that is UTF-8 is
/// its own text, whatever it looks like.
public enum PathText {
    /// The text of a file's name.
    ///
    /// - Complexity: O(length)
    @unsafe
    public static func text(ofName name: UnsafePointer<CChar>) -> String {
        if let text = unsafe String(validatingCString: name) { return text }
        let bytes = unsafe UnsafeRawBufferPointer(start: name, count: strlen(name))
        var rest = unsafe Array(bytes)[...]
        var text = ""
        while let first = rest.first {
            let length = (1...4).first { String(validating: rest.prefix($0), as: UTF8.self) != nil }
            if let length, length <= rest.count, first != UInt8(ascii: "\\") {
                text += String(decoding: rest.prefix(length), as: UTF8.self)
                rest = rest.dropFirst(length)
            } else {
                text += "\\x" + (first < 16 ? "0" : "") + String(first, radix: 16)
                rest = rest.dropFirst()
            }
        }
        return text
    }

    /// Runs `body` with the path that a text stands for.
    ///
    /// - Complexity: O(length), and a look at each folder where a part may stand for another name
    @unsafe
    static func withPath<R>(of text: String, _ body: (UnsafePointer<CChar>) -> R) -> R {
        guard text.utf8.contains(UInt8(ascii: "\\")) else {
            return unsafe text.withCString { unsafe body($0) }
        }
        var path: [UInt8] = []
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        for (place, part) in parts.enumerated() {
            if place > 0 { path.append(UInt8(ascii: "/")) }
            let name = Array(part.utf8)
            if let decoded = decoded(name), !isThere(path + name) {
                path += decoded
            } else {
                path += name
            }
        }
        return unsafe (path + [0]).withUnsafeBufferPointer { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { text in
                guard let start = text.baseAddress else { preconditionFailure("no path") }
                return unsafe body(start)
            }
        }
    }

    private static func isThere(_ path: [UInt8]) -> Bool {
        var status = stat()
        return unsafe (path + [0]).withUnsafeBufferPointer { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) { text in
                guard let start = text.baseAddress else { return false }
                return unsafe lstat(start, &status) == 0
            }
        }
    }

    /// The bytes of an escaped name, or nil where it is none.
    private static func decoded(_ name: [UInt8]) -> [UInt8]? {
        var bytes: [UInt8] = []
        var place = 0
        while place < name.count {
            guard name[place] == UInt8(ascii: "\\") else {
                bytes.append(name[place])
                place += 1
                continue
            }
            guard place + 3 < name.count, name[place + 1] == UInt8(ascii: "x") else { return nil }
            let digits = String(decoding: name[(place + 2)..<(place + 4)], as: UTF8.self)
            guard let byte = UInt8(digits, radix: 16) else { return nil }
            bytes.append(byte)
            place += 4
        }
        return bytes.count < name.count && !bytes.contains(0) && !bytes.contains(UInt8(ascii: "/"))
            ? bytes : nil
    }
}

extension PathText {
    /// Whether there is surely no file at a path, rather than one that cannot be reached now.
    public static func isGone(_ path: String) -> Bool {
        var status = stat()
        return unsafe withPath(of: path) {
            unsafe lstat($0, &status) != 0 && (errno == ENOENT || errno == ENOTDIR)
        }
    }

    /// Opens a folder to list it.
    ///
    /// - Returns: nil where it cannot be opened; `errno` says why.
    @unsafe
    public static func openFolder(_ path: String) -> OpaquePointer? {
        unsafe withPath(of: path) { unsafe opendir($0) }
    }
}
