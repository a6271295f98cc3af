import Foundation
import TestSupport
import Testing

/// The tool is stopped from the keyboard.
@Suite struct InterruptionTests {
    @Test func anInterruptEndsWithItsOwnStatus() throws {
        let tool = try Tool()
        let file = try tool.folder.write(
            "base.npy", npy((0..<100_000).map { row in [Float](repeating: Float(row), count: 64) }))
        var statuses: [Int32] = []
        // An ingest may be over before the signal comes; then a new one is tried.
        for attempt in 0..<10 where statuses.last != 130 {
            let store = tool.folder.path("store\(attempt)")
            let process = Process()
            // Whoever runs the tests in the background may have the signal ignored.
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [
                "--default-signal=INT", Tool.path, "ingest", "vectors", file, "-c", "c", "--vector",
                "v", "--store", store,
            ]
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            while process.isRunning, !FileManager.default.fileExists(atPath: "\(store)/data.mdb") {
                usleep(1000)
            }
            kill(process.processIdentifier, SIGINT)
            process.waitUntilExit()
            #expect(process.terminationReason == .exit)
            statuses.append(process.terminationStatus)
        }
        #expect(statuses.last == 130, "\(statuses)")
    }
}
