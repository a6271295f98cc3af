import Foundation
import TestSupport
import Testing

/// The programs of the documentation: they are there as they are built, and they run.
@Suite struct ExampleTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let products: URL = {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        return URL(fileURLWithPath: tests ?? CommandLine.arguments[0]).deletingLastPathComponent()
    }()

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    /// What is between the fences of Swift code on the library's page.
    private static func snippets() throws -> [String] {
        let parts = try text("Sources/Likeness/Likeness.docc/Likeness.md")
            .components(separatedBy: "```")
        return stride(from: 1, to: parts.count, by: 2).map { parts[$0] }
            .filter { $0.hasPrefix("swift\n") }.map { String($0.dropFirst("swift\n".count)) }
    }

    @Test func thePageShowsTheProgramsAsTheyAre() throws {
        let programs = try ["index", "store"].map {
            try Self.text("Tools/examples/\($0)/main.swift")
        }
        #expect(try Self.snippets() == programs)
    }

    private func run(_ name: String, _ argument: String) throws -> [String] {
        let result = try runProcess(
            Self.products.appendingPathComponent(name).path, [argument])
        #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
        return result.output.split(separator: "\n").map(String.init)
    }

    @Test func anIndexIsBuiltAndSearched() throws {
        let folder = try TemporaryFolder()
        let lines = try run("likeness-example-index", folder.path("vectors.index"))
        try #require(lines.count == 8)
        #expect(lines[0].hasPrefix("1000 vectors in "))
        #expect(lines[1].hasPrefix("7 "))
        #expect(lines[6].hasSuffix(" of 10"))
        #expect(lines[7] == "1000")
    }

    @Test func aStoreIsFilledAndSearched() throws {
        let folder = try TemporaryFolder()
        // The second time all is there already.
        for _ in 0..<2 {
            let lines = try run("likeness-example-store", folder.path("store"))
            #expect(lines.map { $0.split(separator: " ").last } == ["red", "orange"])
        }
    }
}
