import Foundation
import TestSupport
import Testing

/// The fault campaign's short form: every way to break the tool, a few times each.
@Suite(.serialized) struct SoakTests {
    /// Tools/setup makes it.
    private static let python = "\(Tool.root)/Tools/.setup/python/bin/python"

    @Test(arguments: [
        "--kills 12", "--power 8", "--calls", "--full-disk", "--flips 25", "--memory",
    ])
    func everythingHolds(_ part: String) throws {
        try soak(part)
    }

    @Test(
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: python),
            "Tools/.setup/python is missing; run Tools/setup"))
    func everythingHoldsWhileAGraphChangesAndInForkedProcesses() throws {
        // The package as it is here, wherever another may be installed.
        let folder = try TemporaryFolder()
        let packages = folder.path("packages")
        let installed = try runProcess(
            Self.python,
            [
                "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--no-index",
                "--no-deps", "--no-build-isolation", "--target", packages,
                "\(Tool.root)/Tools/python",
            ],
            // Whoever runs this may have SwiftPM waiting for it, so that a build would not end.
            environment: [
                "LIKENESS_LIBRARY": "\(Tool.products)/libLikenessC.so",
                "PATH": "\(Tool.root)/Tools/.setup/python/bin:/usr/bin:/bin",
            ], timeLimit: 300)
        try #require(installed.status == 0, "\(installed.output)\(installed.errors)")
        let report = try soak("--living 4 --forks 24", environment: ["PYTHONPATH": packages])
        #expect(!report.contains("skipped"), "\(report)")
    }

    /// Runs a part of the campaign, and returns what it said.
    @discardableResult
    private func soak(_ part: String, environment: [String: String] = [:]) throws -> String {
        let seed = "\(UInt64.random(in: 0..<1_000_000))"
        let words = part.split(separator: " ").map(String.init)
        let result = try runProcess(
            "\(Tool.root)/Tools/soak",
            words + ["--short", "--seed", seed, "--jobs", "2", "--tool", Tool.path],
            environment: environment, timeLimit: 900)
        // What cannot run on this machine is said here.
        print(result.output)
        #expect(
            result.status == 0,
            "Tools/soak \(part) --short --seed \(seed)\n\(result.output)\(result.errors)")
        return result.output
    }
}
