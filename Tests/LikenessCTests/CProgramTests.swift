import Foundation
import TestSupport
import Testing

/// The C ABI as C and C++ use it: programs that are compiled against the header and the library.
@Suite struct CProgramTests {
    /// Where the library was built, with these tests and beside them.
    private static let products: String = {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        return URL(fileURLWithPath: tests ?? CommandLine.arguments[0])
            .deletingLastPathComponent().path
    }()
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    private static let sources = tests.appendingPathComponent("Program")
    private static let headers = tests.deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Sources/CLikeness/include").path

    private static func files(ending suffix: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: sources.path)
            .filter { $0.hasSuffix(suffix) }.sorted().map {
                sources.appendingPathComponent($0).path
            }
    }

    /// Compiles files and returns the program.
    private func compile(
        _ compiler: String, _ files: [String], in folder: TemporaryFolder
    ) throws -> String {
        let program = folder.path("program")
        let result = try runProcess(
            "/usr/bin/env",
            [compiler, "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pedantic", "-I", Self.headers]
                + files
                + [
                    "-o", program, "-L", Self.products, "-lLikenessC", "-lm", "-lpthread",
                    "-Wl,-rpath,\(Self.products)",
                ])
        try #require(result.status == 0, "\(result.errors)")
        return program
    }

    @Test func everyFunctionDoesWhatTheHeaderSays() throws {
        let folder = try TemporaryFolder()
        let program = try compile("clang", ["-std=c11"] + Self.files(ending: ".c"), in: folder)
        let seed = UInt64.random(in: 0..<1 << 32)
        let result = try runProcess(program, [folder.path, "\(seed)", "500"], timeLimit: 300)
        #expect(
            result.status == 0 && !result.wasKilled,
            "seed \(seed), status \(result.status)\n\(result.output)\(result.errors)")
    }

    @Test func theHeaderIsReadAsCPlusPlusToo() throws {
        let folder = try TemporaryFolder()
        let program = try compile(
            "clang++", ["-std=c++11"] + Self.files(ending: ".cpp"), in: folder)
        #expect(try runProcess(program).status == 0)
    }

    @Test func theProgramUsesEveryFunction() throws {
        let header = try String(contentsOfFile: "\(Self.headers)/likeness.h", encoding: .utf8)
        let functions = Set(
            header.matches(of: /\b(likeness_[a-z_]+)\(/).map { String($0.output.1) })
        #expect(functions.count >= 27)
        let program = try Self.files(ending: ".c")
            .map { try String(contentsOfFile: $0, encoding: .utf8) }.joined()
        let unused = functions.filter { !program.contains("\($0)(") }
        #expect(unused.isEmpty)
    }
}
