import Foundation
import TestSupport
import Testing

/// The fault campaign's short form: every way to break the tool, a few times each.
@Suite(.serialized) struct SoakTests {
    @Test(arguments: [
        "--kills 12", "--power 8", "--calls", "--full-disk", "--flips 25", "--memory",
    ])
    func everythingHolds(_ part: String) throws {
        let seed = "\(UInt64.random(in: 0..<1_000_000))"
        let words = part.split(separator: " ").map(String.init)
        let result = try runProcess(
            "\(Tool.root)/Tools/soak",
            words + ["--short", "--seed", seed, "--jobs", "2", "--tool", Tool.path],
            timeLimit: 900)
        // What cannot run on this machine is said here.
        print(result.output)
        #expect(
            result.status == 0,
            "Tools/soak \(part) --short --seed \(seed)\n\(result.output)\(result.errors)")
    }
}
