import Foundation
import JSON
import TestSupport
import Testing

/// The real program, as it was built with these tests, on a store of its own.
struct Tool {
    /// Where the program and the libraries were built, with these tests and beside them.
    static let products: String = {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        return URL(fileURLWithPath: tests ?? CommandLine.arguments[0])
            .deletingLastPathComponent().path
    }()

    /// The program.
    static let path = "\(products)/likeness"

    /// The root of the checkout.
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// Where the test keeps its files.
    let folder: TemporaryFolder
    /// The store, which does not exist at first.
    var store: String { folder.path("store") }
    /// Variables of the program's environment besides the store.
    var environment: [String: String] = [:]

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Runs the program on the store and expects a status.
    @discardableResult
    func run(
        _ arguments: [String], status: Int32 = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> ProcessResult {
        let result = try runProcess(
            Self.path, arguments,
            environment: ["LIKENESS_STORE": store, "NO_COLOR": "1"].merging(environment) { $1 },
            timeLimit: 300)
        #expect(
            result.status == status && !result.wasKilled,
            """
            likeness \(arguments.joined(separator: " ")) ended with \(result.status)
            \(result.output)\(result.errors)
            """, sourceLocation: sourceLocation)
        return result
    }

    /// Runs the program on the store, given as words between spaces, and expects a status.
    @discardableResult
    func run(
        _ words: String, status: Int32 = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> ProcessResult {
        try run(
            words.split(separator: " ").map(String.init), status: status,
            sourceLocation: sourceLocation)
    }

    /// Runs the program with `--json` and returns its object, the only thing that it printed.
    func json(
        _ words: String, status: Int32 = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> JSONValue {
        let result = try run("\(words) --json", status: status, sourceLocation: sourceLocation)
        let value = try JSONValue(parsing: result.output)
        #expect(value.objectValue != nil, sourceLocation: sourceLocation)
        #expect(result.output.filter(\.isNewline).count == 1, sourceLocation: sourceLocation)
        let undocumented = Self.names(in: value).subtracting(Self.documentedNames)
        #expect(undocumented.isEmpty, "\(words)", sourceLocation: sourceLocation)
        return value
    }

    /// The names of all members of an object and of what is in it, payloads left out.
    private static func names(in value: JSONValue) -> Set<String> {
        switch value {
        case .array(let values):
            values.reduce(into: []) { $0.formUnion(names(in: $1)) }
        case .object(let object):
            object.reduce(into: Set(object.keys)) { found, member in
                guard !member.key.hasSuffix("payload") else { return }
                found.formUnion(names(in: member.value))
            }
        default: []
        }
    }

    /// The names that the page about the tool's output has between backquotes.
    private static let documentedNames: Set<String> = {
        let page = "\(root)/Tools/likeness/Likeness.docc/Likeness.md"
        let text = (try? String(contentsOfFile: page, encoding: .utf8)) ?? ""
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        return Set(stride(from: 1, to: parts.count, by: 2).map { String(parts[$0]) })
    }()

    /// Expects a failure with a status and one sentence that has a word in it.
    func fails(
        _ words: String, status: Int32, saying word: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let result = try run(words, status: status, sourceLocation: sourceLocation)
        var lines = result.errors.split(separator: "\n")
        if status == 64, lines.last?.contains("--help") == true { lines.removeLast() }
        #expect(result.output.isEmpty, sourceLocation: sourceLocation)
        #expect(lines.count == 1, "\(result.errors)", sourceLocation: sourceLocation)
        #expect(result.errors.hasPrefix("likeness: "), sourceLocation: sourceLocation)
        #expect(
            result.errors.contains(word), "'\(word)' is not in: \(result.errors)",
            sourceLocation: sourceLocation)
    }
}
