import Glibc

/// Forks the process, and says how the child ended.
///
/// - Parameter inChild: runs in the child, whose status is 0 where it returns true; after ten seconds the child
///   is ended by a signal.
/// - Returns: what `waitpid` says of the child.
public func fork(_ inChild: () -> Bool) -> Int32 {
    typealias Call = @convention(c) () -> pid_t
    // Swift hides it, since what runs in a child must be chosen with care.
    guard let symbol = unsafe dlsym(nil, "fork") else { return -1 }
    let call = unsafe unsafeBitCast(symbol, to: Call.self)
    let child = call()
    guard child != 0 else {
        alarm(10)
        _exit(inChild() ? 0 : 1)
    }
    var status: Int32 = -1
    while unsafe waitpid(child, &status, 0) < 0, errno == EINTR {}
    return status
}
