import Glibc

/// What happens at Ctrl-C: the store is safe at any moment, so the process ends at once.
enum Interruption {
    /// Makes SIGINT end the process with status 130, unless whoever started it has it ignored.
    static func prepare() {
        var present = sigaction()
        guard unsafe sigaction(SIGINT, nil, &present) == 0 else { return }
        let handler = unsafe present.__sigaction_handler.sa_handler
        let isIgnored = unsafe unsafeBitCast(handler, to: Int.self) == 1  // SIG_IGN
        guard !isIgnored else { return }
        _ = signal(SIGINT) { _ in
            // Only what POSIX allows in a signal handler.
            let text: StaticString = "\nlikeness: interrupted; what was committed stays\n"
            _ = unsafe write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
            _exit(130)
        }
    }
}
