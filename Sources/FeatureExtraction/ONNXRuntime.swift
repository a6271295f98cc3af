internal import CONNXRuntime
import Foundation
import Locks

/// ONNX Runtime's library, opened at run time, and its environment.
///
/// Unchecked: the table and the environment are constant, and ONNX Runtime documents both as usable
/// from any thread. They live until the process ends.
@safe
package final class ONNXRuntime: @unchecked Sendable {
    /// The library's own version, such as `1.32.0`.
    package let version: String
    let api: UnsafePointer<OrtApi>
    let environment: OpaquePointer
    private let limits: ModelLimits
    private let process = Forks.generation

    private static let opened = Lock<ONNXRuntime?>(nil)
    private static let opening = Turn()

    /// The process's one library, opened on the first call.
    ///
    /// It is `$LIKENESS_ONNXRUNTIME` if that is set, else what `Tools/setup` put into the checkout
    /// of the running executable, else the system's.
    ///
    /// - Throws: ``ExtractionError`` with `noRuntime`, `invalidModel` where a variable sets no limit that
    ///   can be, or `system` in a process that was forked from one that had opened it.
    package static func shared() throws(ExtractionError) -> ONNXRuntime {
        try opening.withTurn { () throws(ExtractionError) in
            if let opened = opened.withLock({ $0 }) {
                try opened.requireOwnProcess()
                return opened
            }
            let runtime = try ONNXRuntime(
                candidates: candidates, limits: ModelLimits.current())
            opened.withLock { $0 = runtime }
            return runtime
        }
    }

    /// Opens the first library of a list that opens.
    ///
    /// - Parameters:
    ///   - candidates: paths.
    ///   - limits: of which networks are held to that of memory.
    package init(candidates: [String], limits: ModelLimits) throws(ExtractionError) {
        var reasons: [String] = []
        for path in candidates {
            var version: UnsafePointer<CChar>?
            var reason = [CChar](repeating: 0, count: 512)
            guard let api = unsafe connx_open(path, &version, &reason, reason.count) else {
                reasons.append(String(nulTerminated: reason))
                continue
            }
            unsafe self.api = api
            unsafe self.version = version.map { unsafe String(cString: $0) } ?? "unknown"
            unsafe self.environment = try api.make(.noRuntime, "be started") { out in
                // Errors come back as statuses, so the library need not print them too.
                unsafe api.pointee.CreateEnv(CONNX_LOG_FATAL, "likeness", out)
            }
            self.limits = limits
            unsafe try Self.shareMemory(api, environment, limit: limits.memory)
            return
        }
        throw ExtractionError(
            .noRuntime,
            "ONNX Runtime is not here, and extracting features needs it: run Tools/setup, or set "
                + "LIKENESS_ONNXRUNTIME to its library (\(reasons.joined(separator: "; "))).")
    }

    /// Lets all networks take their memory from one store, which gives no more than a limit.
    private static func shareMemory(
        _ api: UnsafePointer<OrtApi>, _ environment: OpaquePointer, limit: Int
    ) throws(ExtractionError) {
        let kind = unsafe try api.make(.noRuntime, "have memory") { out in
            unsafe api.pointee.CreateCpuMemoryInfo(
                CONNX_ALLOCATOR_ARENA, CONNX_MEMORY_DEFAULT, out)
        }
        defer { unsafe api.pointee.ReleaseMemoryInfo(kind) }
        let arena = unsafe try api.make(.noRuntime, "have memory") { out in
            unsafe api.pointee.CreateArenaCfg(limit, -1, -1, -1, out)
        }
        defer { unsafe api.pointee.ReleaseArenaCfg(arena) }
        unsafe try api.check(
            api.pointee.CreateAndRegisterAllocator(environment, kind, arena), .noRuntime,
            "have memory")
    }

    /// Whether this process opened it, and was not forked from the one that did.
    var isOfThisProcess: Bool { process == Forks.generation }

    /// Throws in a forked process: the library's own locks may be held there by threads that are gone.
    func requireOwnProcess() throws(ExtractionError) {
        guard isOfThisProcess else {
            throw ExtractionError(
                .system,
                "This process was forked from one that had run a network, and ONNX Runtime does not work in "
                    + "it; fork before extracting features, or start a new process.")
        }
    }

    /// Throws what a status says, in our own words where it is that memory was refused.
    @unsafe
    func check(
        _ status: OpaquePointer?, _ code: ExtractionError.Code, _ verb: String
    ) throws(ExtractionError) {
        do throws(ExtractionError) {
            unsafe try api.check(status, code, verb)
        } catch {
            let signs = ["Available memory of", "Failed to allocate memory", "bad_alloc"]
            guard signs.contains(where: error.message.contains) else { throw error }
            throw limits.memoryError
        }
    }

    /// What a call stores in its last argument; see ``check(_:_:_:)``.
    @unsafe
    func make(
        _ code: ExtractionError.Code, _ verb: String,
        _ call: (UnsafeMutablePointer<OpaquePointer?>) -> OpaquePointer?
    ) throws(ExtractionError) -> OpaquePointer {
        var made: OpaquePointer?
        unsafe try check(call(&made), code, verb)
        return unsafe try api.make(code, verb) { out in
            unsafe out.pointee = made
            return nil
        }
    }

    private static var candidates: [String] {
        if let path = ProcessInfo.processInfo.environment["LIKENESS_ONNXRUNTIME"], !path.isEmpty {
            return [path]
        }
        let set = Checkout.find("Tools/.setup/onnxruntime/libonnxruntime.so")
        return (set.map { [$0] } ?? []) + ["libonnxruntime.so"]
    }
}

extension UnsafePointer<OrtApi> {
    /// Throws what a status says, if it says anything, and releases it.
    func check(
        _ status: OpaquePointer?, _ code: ExtractionError.Code, _ verb: String
    ) throws(ExtractionError) {
        guard let status = unsafe status else { return }
        let message =
            unsafe pointee.GetErrorMessage(status)
            .map { unsafe String(cString: $0) } ?? "no reason given"
        unsafe pointee.ReleaseStatus(status)
        throw ExtractionError(code, "The network cannot \(verb): \(message.withoutSourcePlace)")
    }

    /// What a call stores in its last argument.
    func make(
        _ code: ExtractionError.Code, _ verb: String,
        _ call: (UnsafeMutablePointer<OpaquePointer?>) -> OpaquePointer?
    ) throws(ExtractionError) -> OpaquePointer {
        var made: OpaquePointer?
        unsafe try check(call(&made), code, verb)
        guard let made = unsafe made else {
            throw ExtractionError(code, "The network cannot \(verb): nothing was made")
        }
        return unsafe made
    }
}

extension String {
    /// A message of the library on one line, without the file, line and function that it may begin
    /// with.
    var withoutSourcePlace: String {
        let line = split(whereSeparator: \.isNewline).joined(separator: " ")
        guard line.hasPrefix("/"), let start = line.firstIndex(of: "(") else { return line }
        var depth = 0
        for index in line.indices[start...] {
            if line[index] == "(" { depth += 1 }
            if line[index] == ")" { depth -= 1 }
            guard depth == 0 else { continue }
            let rest = line[line.index(after: index)...].drop { $0 == " " }
            return String(rest.hasPrefix("const ") ? rest.dropFirst(6) : rest)
        }
        return line
    }

    init(nulTerminated characters: [CChar]) {
        self.init(
            decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
