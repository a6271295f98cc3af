import Foundation
import JSON
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

    @Test func anInterruptedBuildLeavesEverythingAsItWas() throws {
        let tool = try Tool()
        let file = try tool.folder.write("base.npy", npy(clusteredVectors(12_000, dimension: 32)))
        try tool.run("ingest vectors \(file) -c c --vector v")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // On one thread and with many candidates this takes many seconds.
        process.arguments =
            ["--default-signal=INT", Tool.path]
            + "index build c --kind hnsw --ef-construction 2000 --threads 1 --store"
            .split(separator: " ").map(String.init) + [tool.store]
        let errors = Pipe()
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
        // What it will take is said just before it begins.
        var said = Data()
        while !String(decoding: said, as: UTF8.self).contains("building it takes up to") {
            let more = errors.fileHandleForReading.availableData
            guard !more.isEmpty else { break }
            said += more
        }
        usleep(300_000)
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 130)
        #expect(try tool.json("index list")["indexes"]?.arrayValue?.isEmpty == true)
        let files =
            FileManager.default.enumerator(atPath: tool.store)?
            .compactMap { $0 as? String } ?? []
        #expect(!files.contains { $0.contains(".index") }, "\(files)")
        try tool.run("verify")
        try tool.run("index build c --kind flat")
    }
}
