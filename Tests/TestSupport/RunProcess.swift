import Foundation

/// What a program left behind when it ended.
public struct ProcessResult: Sendable {
    /// The exit status, or the number of the signal that ended it.
    public let status: Int32
    /// Whether a signal ended it.
    public let wasKilled: Bool
    /// Its standard output.
    public let output: String
    /// Its standard error.
    public let errors: String
}

/// A program did not end in its time and was killed.
public struct ProcessTimeout: Error, CustomStringConvertible {
    /// Which program, its limit, and what it had said.
    public let description: String
}

/// Runs a program to its end.
///
/// Output goes through files, not pipes, so that neither much output nor a grandchild that stays
/// behind can block the test.
///
/// - Parameters:
///   - path: the program.
///   - arguments: what it gets, without its own name.
///   - environment: added to the test's own environment.
///   - input: its standard input; nothing by default.
///   - timeLimit: how many seconds it may take.
/// - Throws: ``ProcessTimeout``, or Foundation's error where it cannot start.
public func runProcess(
    _ path: String, _ arguments: [String] = [], environment: [String: String] = [:],
    input: [UInt8] = [], timeLimit: Double = 60
) throws -> ProcessResult {
    let folder = try TemporaryFolder()
    let files = try [("in", input), ("out", []), ("err", [])].map { name, bytes in
        try folder.write(name, bytes)
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment
        .merging(environment) { _, added in added }
    process.standardInput = FileHandle(forReadingAtPath: files[0])
    process.standardOutput = FileHandle(forWritingAtPath: files[1])
    process.standardError = FileHandle(forWritingAtPath: files[2])
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    try process.run()
    let isLate = ended.wait(timeout: .now() + timeLimit) == .timedOut
    if isLate {
        kill(process.processIdentifier, SIGKILL)
        ended.wait()
    }
    let output = try String(
        decoding: Data(contentsOf: URL(fileURLWithPath: files[1])), as: UTF8.self)
    let errors = try String(
        decoding: Data(contentsOf: URL(fileURLWithPath: files[2])), as: UTF8.self)
    guard !isLate else {
        throw ProcessTimeout(
            description: "\(path) did not end in \(timeLimit) s; it said:\n\(output)\n\(errors)")
    }
    return ProcessResult(
        status: process.terminationStatus,
        wasKilled: process.terminationReason == .uncaughtSignal,
        output: output, errors: errors)
}
