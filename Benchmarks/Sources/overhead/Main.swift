import ArgumentParser
import Foundation
import Likeness

/// The searches of `python-overhead`, as a Swift program makes them: on the same files, timed by
/// the same clock.
@main
struct Overhead: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "overhead",
        abstract: "Times searches in Swift, for Benchmarks/python-overhead.",
        discussion: """
            Reads lines such as “batch 0” or “single 1”: all queries at once, or one after another, on one \
            thread, and which of the indexes is asked. Answers each with a line, the seconds, once the ids that \
            were found are in a file: UInt64, the results of a query after those of the one before.

            Example: echo batch 0 | .build-benchmarks/release/overhead queries.f32 ids.u64 pictures.index
            """)

    @Argument(help: "A file of queries: float32 and nothing else.")
    var queries: String
    @Argument(help: "Where the ids go.")
    var ids: String
    @Argument(help: "Files that indexes were saved in, all of one dimension.")
    var indexes: [String]
    @Option(help: "How many neighbours a query.")
    var k = 10
    @Option(help: "How many candidates a search keeps.")
    var efSearch = 24
    @Flag(help: "Count the processor's time in place of the clock's.")
    var processorTime = false

    func validate() throws {
        for (name, value) in [("k", k), ("ef-search", efSearch)] where value < 1 {
            throw ValidationError("--\(name) is \(value); give at least 1.")
        }
    }

    func run() throws {
        let opened = try indexes.map { try StandaloneIndex.open($0) }
        let rows = try readQueries(dimension: opened[0].dimension)
        let matrix = FloatMatrix(rows, columns: opened[0].dimension)
        while let line = readLine() {
            let words = line.split(separator: " ")
            guard words.count == 2, let place = Int(words[1]), opened.indices.contains(place) else {
                throw ValidationError(
                    "“\(line)” is no request; write “batch” or “single” and an index's place.")
            }
            let answer: (seconds: Double, found: [[IndexMatch]])
            switch words[0] {
            case "batch": answer = try batch(opened[place], matrix)
            case "single": answer = try single(opened[place], rows)
            default:
                throw ValidationError("“\(words[0])” is no way to ask; write “batch” or “single”.")
            }
            try write(answer.found)
            try FileHandle.standardOutput.write(contentsOf: Data("\(answer.seconds)\n".utf8))
        }
    }

    private func batch(
        _ index: StandaloneIndex, _ queries: FloatMatrix
    ) throws -> (seconds: Double, found: [[IndexMatch]]) {
        let started = now
        let found = try index.searchBatch(queries, k: k, effort: .setting(efSearch), threads: 1)
        return (now - started, found)
    }

    private func single(
        _ index: StandaloneIndex, _ queries: [[Float]]
    ) throws -> (seconds: Double, found: [[IndexMatch]]) {
        let started = now
        let found = try queries.map { try index.search($0, k: k, effort: .setting(efSearch)) }
        return (now - started, found)
    }

    private var now: Double {
        var time = timespec()
        unsafe clock_gettime(processorTime ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }

    private func readQueries(dimension: Int) throws -> [[Float]] {
        let data = try Data(contentsOf: URL(filePath: queries))
        guard !data.isEmpty, data.count.isMultiple(of: 4 * dimension) else {
            throw ValidationError(
                "\(queries) has \(data.count) bytes; vectors of \(dimension) float32 have \(4 * dimension) each."
            )
        }
        let numbers = unsafe data.withUnsafeBytes { unsafe Array($0.bindMemory(to: Float.self)) }
        return stride(from: 0, to: numbers.count, by: dimension).map {
            Array(numbers[$0..<$0 + dimension])
        }
    }

    private func write(_ found: [[IndexMatch]]) throws {
        let numbers = found.flatMap { $0.map(\.id) }
        let data = unsafe numbers.withUnsafeBytes { unsafe Data($0) }
        try data.write(to: URL(filePath: ids))
    }
}
