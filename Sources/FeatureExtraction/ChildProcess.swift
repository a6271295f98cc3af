import Glibc

/// A program that is run to its end, line by line heard.
enum ChildProcess {
    /// Runs a program without input, and hands every line of its standard error over as it comes.
    ///
    /// It stays in the caller's process group, so that Ctrl-C at a terminal reaches both.
    ///
    /// - Returns: its exit status, or 128 and the signal that ended it.
    /// - Throws: ``ExtractionError`` with `unavailable` where it cannot be started.
    static func run(
        _ path: String, _ arguments: [String], line: (String) -> Void
    ) throws(ExtractionError) -> Int32 {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else {
            throw ExtractionError(.system, "No pipe can be made; close other programs.")
        }
        // Only the copy that becomes the program's standard error goes on into it.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let process: pid_t
        do throws(ExtractionError) {
            process = try start(path, arguments, errors: ends[1])
        } catch {
            close(ends[0])
            close(ends[1])
            throw error
        }
        close(ends[1])
        listen(to: ends[0], line)
        close(ends[0])
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    private static func start(
        _ path: String, _ arguments: [String], errors: Int32
    ) throws(ExtractionError) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
        var words = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe words.indices { unsafe free(words[index]) } }
        var process: pid_t = 0
        let status = unsafe posix_spawn(&process, path, &actions, nil, &words, environ)
        guard status == 0 else {
            let reason = unsafe String(cString: strerror(status))
            throw ExtractionError(.unavailable, "\(path) cannot be started: \(reason).")
        }
        return process
    }

    private static func listen(to descriptor: Int32, _ line: (String) -> Void) {
        var pending: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            pending += buffer[..<count]
            while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                line(String(decoding: pending[..<end], as: UTF8.self))
                pending.removeFirst(end + 1)
            }
        }
        if !pending.isEmpty { line(String(decoding: pending, as: UTF8.self)) }
    }
}
