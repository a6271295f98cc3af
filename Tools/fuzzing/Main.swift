import ArgumentParser
import CFuzzer
import Foundation
import Locks

/// Feeds bytes to what reads bytes: kept inputs, mutated ones, or those that libFuzzer searches.
@main
struct Fuzz: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "likeness-fuzz",
        abstract: "Feeds hostile bytes to every reader of Likeness.",
        discussion: "Tools/fuzz builds it with libFuzzer and runs all targets.",
        subcommands: [Targets.self, Seeds.self, Replay.self, Mutate.self, Search.self])
}

extension FuzzTarget: ExpressibleByArgument {
    init?(argument: String) {
        guard let target = Self.all.first(where: { $0.name == argument }) else { return nil }
        self = target
    }

    static var allValueStrings: [String] { all.map(\.name) }
}

/// Lists the targets.
struct Targets: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print each target's name, longest input and meaning.")

    func run() {
        for target in FuzzTarget.all {
            print("\(target.name)\t\(target.maximumBytes)\t\(target.summary)")
        }
    }
}

/// Writes sound inputs.
struct Seeds: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write sound inputs of every target to FOLDER/TARGET.",
        discussion: "Example: likeness-fuzz seeds /tmp/seeds")

    @Argument(help: "The folder; it is made if need be.") var folder: String

    func run() throws {
        for target in FuzzTarget.all {
            let base = URL(fileURLWithPath: folder).appendingPathComponent(target.name)
            try FileManager.default.createDirectory(at: base, withIntermediateDirectories: true)
            for (number, bytes) in try target.seeds().enumerated() {
                try Data(bytes).write(to: base.appendingPathComponent("seed-\(number)"))
            }
        }
    }
}

/// Runs kept inputs.
struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Feed files to a target; a crash ends the program.",
        discussion: "Example: likeness-fuzz replay json crash-1234")

    @Argument var target: FuzzTarget
    @Argument(help: "Files.") var files: [String]

    func run() throws {
        for file in files {
            target.run([UInt8](try Data(contentsOf: URL(fileURLWithPath: file))))
        }
        print("\(target.name): \(files.count) inputs survived")
    }
}

/// Runs mutated inputs without libFuzzer.
struct Mutate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Feed random changes of files to a target.",
        discussion: "Example: likeness-fuzz mutate json --count 1000 --seed 7 seeds/json/*")

    @Argument var target: FuzzTarget
    @Option(help: "How many inputs.") var count: Int = 1000
    @Option(help: "What they are drawn from; the same seed gives the same inputs.")
    var seed: UInt64 = 1
    @Option(help: "A file that holds the last input, for when it crashes.") var keep: String?
    @Argument(help: "Files to change.") var files: [String]

    func run() throws {
        let inputs = try files.map { [UInt8](try Data(contentsOf: URL(fileURLWithPath: $0))) }
        var mutator = Mutator(inputs, maximumBytes: target.maximumBytes, seed: seed)
        for _ in 0..<count {
            let bytes = mutator.next()
            if let keep { try Data(bytes).write(to: URL(fileURLWithPath: keep)) }
            target.run(bytes)
        }
        print("\(target.name): \(count) inputs of seed \(seed) survived")
    }
}

/// Hands a target to libFuzzer.
struct Search: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Search for inputs that crash, with libFuzzer.",
        discussion: "Example: likeness-fuzz search json -max_total_time=60 corpus",
        shouldDisplay: true)

    @Argument var target: FuzzTarget
    @Argument(parsing: .captureForPassthrough, help: "libFuzzer's own options and folders.")
    var options: [String] = []

    private static let chosen = Lock<FuzzTarget?>(nil)

    func run() throws {
        Self.chosen.withLock { $0 = target }
        // libFuzzer keeps the words for as long as it runs.
        var words = unsafe (["likeness-fuzz"] + options).map { unsafe strdup($0) }
        let status = unsafe words.withUnsafeMutableBufferPointer { words in
            unsafe cfuzzer_run(Int32(words.count), words.baseAddress) { bytes, count in
                let input = unsafe [UInt8](UnsafeBufferPointer(start: bytes, count: count))
                Search.chosen.withLock { $0 }?.run(input)
                return 0
            }
        }
        guard status >= 0 else {
            throw ValidationError("This program was built without libFuzzer; run Tools/fuzz.")
        }
        throw ExitCode(status)
    }
}
