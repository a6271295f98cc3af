import Foundation
import TestSupport
import Testing

/// The readers of Likeness on hostile bytes, in a process of their own, since a crash ends it.
@Suite struct FuzzingTests {
    /// The program, built with these tests and beside them.
    private static let program: String = {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        return URL(fileURLWithPath: tests ?? CommandLine.arguments[0])
            .deletingLastPathComponent().appendingPathComponent("likeness-fuzz").path
    }()

    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

    /// What the program can test: the readers there are, and one a kind of index.
    static let targets: [String] = {
        let result = try? runProcess(program, ["targets"])
        let lines = (result?.output ?? "").split(separator: "\n")
        return lines.map { line in String(line.prefix { $0 != "\t" }) }
    }()

    /// Runs the program; its files go to memory where that can be, as some inputs are synced.
    private func run(_ arguments: [String], in folder: TemporaryFolder) throws -> ProcessResult {
        let memory = "/dev/shm"
        let isThere = FileManager.default.isWritableFile(atPath: memory)
        return try runProcess(
            Self.program, arguments, environment: ["TMPDIR": isThere ? memory : folder.path],
            timeLimit: 120)
    }

    private func files(in folder: URL, ending suffix: String = "") -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted()
            .map { folder.appendingPathComponent($0).path }
    }

    private func kept(_ target: String) -> [String] {
        files(in: Self.tests.appendingPathComponent("Fixtures/\(target)"))
    }

    /// Sound inputs of a target: its own, and the pictures that other tests decode.
    private func seeds(_ target: String, in folder: TemporaryFolder) throws -> [String] {
        let made = try run(["seeds", folder.path], in: folder)
        try #require(made.status == 0, "\(made.errors)")
        let pictures = Self.tests.deletingLastPathComponent()
            .appendingPathComponent("ImageDecodingTests/Fixtures")
        let suffix = ["jpeg": ".jpg", "exif": ".jpg", "png": ".png"][target]
        return files(in: URL(fileURLWithPath: folder.path("\(target)")))
            + (suffix.map { files(in: pictures, ending: $0) } ?? [])
    }

    @Test func whatOnceFailedIsOfATargetThatThereIs() throws {
        let kept = try FileManager.default.contentsOfDirectory(
            atPath: Self.tests.appendingPathComponent("Fixtures").path)
        #expect(kept.count >= 15)
        #expect(Set(kept).subtracting(Self.targets) == ["README.md"])
    }

    @Test(arguments: targets)
    func whatOnceFailedIsSurvived(_ target: String) throws {
        let files = kept(target)
        // A new target has not failed yet.
        guard !files.isEmpty else { return }
        let result = try run(["replay", target] + files, in: TemporaryFolder())
        #expect(result.status == 0 && !result.wasKilled, "\(result.errors)")
    }

    @Test(arguments: targets)
    func changedInputsAreSurvived(_ target: String) throws {
        let folder = try TemporaryFolder()
        let files = try seeds(target, in: folder) + kept(target)
        try #require(!files.isEmpty)
        let words = ["mutate", target, "--count", "300", "--seed", "1"]
        let result = try run(words + files, in: folder)
        #expect(
            result.status == 0 && !result.wasKilled,
            """
            likeness-fuzz \(words.joined(separator: " ")) ended with \(result.status); with
            --keep FILE it leaves the input
            \(result.errors)
            """)
    }
}
