internal import Glibc
internal import Locks
internal import Synchronization

/// What becomes of a process that finds inside a store's map what cannot be: a page that the disk
/// cannot deliver, or a file that was cut short or written over under it.
///
/// Stores are checked before they are used, so this is the last line. In the place of a page that is not there
/// (SIGBUS) comes one that leads nowhere, and every transaction of the store throws `damagedStore` from then on.
/// Where a number leads out of the map (SIGSEGV), only the process can end; a library must not do so unasked:
/// without ``endProcess(status:)`` that does what it always does.
public enum MapFaults {
    /// Makes what only the end of the process can answer end it with a status, after one sentence on the
    /// standard error that names the store.
    public static func endProcess(status: Int32) {
        exitStatus.store(status, ordering: .sequentiallyConsistent)
        unsafe _ = slots
        unsafe takeOver(SIGSEGV, nil)
    }

    /// Handles a signal from now on, and says who did so before.
    private static func takeOver(
        _ signal: Int32, _ previous: UnsafeMutablePointer<sigaction>?
    ) {
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_sigaction = { signal, info, context in
            unsafe MapFaults.handle(signal, info, context)
        }
        action.sa_flags = SA_SIGINFO | SA_ONSTACK
        unsafe sigaction(signal, &action, previous)
    }

    /// Who handled SIGBUS before the first store was opened; written once, before any handler of ours is called.
    nonisolated(unsafe) private static var previous = sigaction()
    private static let handlesMissingPages: Void = unsafe takeOver(SIGBUS, &previous)

    /// A map as the handler sees it: plain words, written before `end` is.
    @safe
    private struct Slot {
        var base: UInt = 0
        var end: UInt = 0
        var text: UnsafeMutableBufferPointer<UInt8>?
        var hasFaulted = false
    }

    private static let exitStatus = Atomic<Int32>(0)
    private static let mostMaps = 1024
    /// Reading on behind the end of a map faults on its next page.
    private static let slack: UInt = 1 << 16
    private static let taken = Lock(Set<Int>())
    // Unsafe, because a signal handler reads it and may take no lock. Only who has claimed a slot under
    // `taken` writes it, and an `end` of 0 says that it holds nothing.
    nonisolated(unsafe) private static let slots: UnsafeMutablePointer<Slot> = {
        let slots = UnsafeMutablePointer<Slot>.allocate(capacity: mostMaps)
        unsafe slots.initialize(repeating: Slot(), count: mostMaps)
        return unsafe slots
    }()

    /// Only what POSIX allows in a signal handler, and `mmap`, which is no more than a system call.
    private static func handle(
        _ signal: Int32, _ info: UnsafeMutablePointer<siginfo_t>?,
        _ context: UnsafeMutableRawPointer?
    ) {
        // Where they lie in `siginfo_t` on 64-bit Linux; their names are macros.
        let cause = unsafe UnsafeRawPointer(info)?.load(fromByteOffset: 8, as: Int32.self) ?? 0
        let address = unsafe UnsafeRawPointer(info)?.load(fromByteOffset: 16, as: UInt.self) ?? 0
        // Positive where the system found a fault, and did not pass on what a process sent.
        if cause > 0, isAnswered(signal, address) { return }
        // None of ours.
        if signal == SIGBUS, unsafe hand(to: previous, signal, info, context) { return }
        // Without a handler the fault comes again and does what it always does.
        _ = Glibc.signal(signal, SIG_DFL)
    }

    /// Answers a fault in a map: by a page where one is missing, else by the end of the process where that was asked
    /// for; false for other addresses.
    private static func isAnswered(_ signal: Int32, _ address: UInt) -> Bool {
        for place in 0..<mostMaps where unsafe slots[place].end != 0 {
            let slot = unsafe slots[place]
            guard address >= slot.base, address < slot.end else { continue }
            if signal == SIGBUS {
                // Before anybody can read the page.
                unsafe slots[place].hasFaulted = true
                if putBlindPage(at: address) { return true }
            }
            endIfAsked(slot)
            return false
        }
        for place in 0..<mostMaps where unsafe slots[place].end != 0 {
            let slot = unsafe slots[place]
            if address >= slot.end, address - slot.end < slack { endIfAsked(slot) }
        }
        return false
    }

    private static func endIfAsked(_ slot: Slot) {
        if exitStatus.load(ordering: .sequentiallyConsistent) != 0 { finish(slot) }
    }

    /// Puts a page in the place of one that is missing.
    ///
    /// LMDB ends the process where a cursor comes upon a page of another kind than it expects, zeros among
    /// them. So this one is a branch and a leaf, of two nodes with neither key nor value; the child of both is
    /// a page that no file has, so that LMDB says that a page is missing.
    private static func putBlindPage(at address: UInt) -> Bool {
        let size = UInt(sysconf(Int32(_SC_PAGESIZE)))
        let start = address & ~(size - 1)
        guard
            let page = unsafe mmap(
                UnsafeMutableRawPointer(bitPattern: start), Int(size), PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
            UInt(bitPattern: page) == start
        else { return false }
        let node: UInt16 = 32
        // Its flags, the bounds of the room between the nodes' places and the nodes, and those places.
        unsafe page.storeBytes(of: 0b11, toByteOffset: 10, as: UInt16.self)
        unsafe page.storeBytes(of: 20, toByteOffset: 12, as: UInt16.self)
        unsafe page.storeBytes(of: node, toByteOffset: 14, as: UInt16.self)
        unsafe page.storeBytes(of: node, toByteOffset: 16, as: UInt16.self)
        unsafe page.storeBytes(of: node, toByteOffset: 18, as: UInt16.self)
        // Bits 32 to 47 of the child's number; of a leaf's node flags that mean nothing.
        unsafe page.storeBytes(of: 8, toByteOffset: Int(node) + 4, as: UInt16.self)
        return true
    }

    /// Calls another handler; false where there is none.
    private static func hand(
        to other: sigaction, _ signal: Int32, _ info: UnsafeMutablePointer<siginfo_t>?,
        _ context: UnsafeMutableRawPointer?
    ) -> Bool {
        if other.sa_flags & SA_SIGINFO != 0 {
            guard let handler = unsafe other.__sigaction_handler.sa_sigaction else { return false }
            unsafe handler(signal, info, context)
            return true
        }
        let handler = unsafe other.__sigaction_handler.sa_handler
        let number = unsafe unsafeBitCast(handler, to: Int.self)
        // SIG_DFL and SIG_IGN, whose names are macros.
        guard let handler, number > 1 else { return false }
        handler(signal)
        return true
    }

    private static func finish(_ slot: Slot) {
        if let text = unsafe slot.text {
            _ = unsafe write(STDERR_FILENO, text.baseAddress, text.count)
        }
        _exit(exitStatus.load(ordering: .sequentiallyConsistent))
    }

    /// What LMDB calls before it aborts the process.
    static func lmdbGivesUp() {
        guard exitStatus.load(ordering: .sequentiallyConsistent) != 0 else { return }
        // LMDB does not say which environment it was in a way that leads to the store's path.
        for place in 0..<mostMaps where unsafe slots[place].end != 0 {
            unsafe finish(slots[place])
        }
    }

    /// A map that is watched until it is forgotten.
    struct Watch {
        fileprivate let place: Int

        /// Whether a page of the map was not there when it was read.
        var hasFaulted: Bool { unsafe slots[place].hasFaulted }
    }

    /// Watches the map of a store's data file, or returns nil where it cannot be found.
    static func watch(_ filePath: String, ofStore path: String) -> Watch? {
        guard let range = range(ofMap: filePath) else { return nil }
        // The handler must not be the first to make them.
        unsafe _ = slots
        _ = handlesMissingPages
        let place: Int? = taken.withLock { taken in
            guard let free = (0..<mostMaps).first(where: { !taken.contains($0) }) else {
                return nil
            }
            taken.insert(free)
            return free
        }
        guard let place else { return nil }
        let sentence = Array(
            """
            likeness: The store at \(path) is damaged, or its disk fails; run 'likeness verify \
            --store \(path)' and restore a snapshot.

            """.utf8)
        let text = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: sentence.count)
        _ = unsafe text.initialize(from: sentence)
        unsafe slots[place].base = range.lowerBound
        unsafe slots[place].text = text
        unsafe slots[place].hasFaulted = false
        atomicMemoryFence()
        unsafe slots[place].end = range.upperBound
        return Watch(place: place)
    }

    /// Ends a watch.
    static func forget(_ watch: Watch) {
        unsafe slots[watch.place].end = 0
        atomicMemoryFence()
        unsafe slots[watch.place].text?.deallocate()
        unsafe slots[watch.place].text = nil
        _ = taken.withLock { $0.remove(watch.place) }
    }

    private static func atomicMemoryFence() {
        Synchronization.atomicMemoryFence(ordering: .sequentiallyConsistent)
    }

    /// Where a file is mapped, which LMDB does not tell.
    private static func range(ofMap path: String) -> Range<UInt>? {
        let name = "/\(path.split(separator: "/").last ?? "")"
        var info = stat()
        guard unsafe stat(path, &info) == 0 else { return nil }
        for line in maps().split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            guard parts.count == 6, UInt64(parts[4]) == UInt64(info.st_ino),
                parts[5].hasSuffix(name)
            else { continue }
            let ends = parts[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            // A forked process has the map of its parent as well.
            if ends.count == 2, ends[0] < ends[1], !isWatched(ends[0]) { return ends[0]..<ends[1] }
        }
        return nil
    }

    /// All maps of the process, a line each.
    ///
    /// The system gives some pages of the list at a time, and no length, so it is read to its end.
    private static func maps() -> String {
        let descriptor = unsafe open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += piece[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isWatched(_ base: UInt) -> Bool {
        (0..<mostMaps).contains { unsafe slots[$0].end != 0 && slots[$0].base == base }
    }
}
