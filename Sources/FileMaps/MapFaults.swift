internal import Glibc
internal import Locks
internal import Synchronization

/// What becomes of a process that finds inside the map of a file what cannot be: a page that the disk
/// cannot deliver, or that the file has lost since it was mapped.
///
/// Files are checked before they are used, so this is the last line. In the place of a page that is not there
/// (SIGBUS) comes another one, and whoever watches the map learns that nothing in it can be trusted any more.
/// Where a number leads out of a map (SIGSEGV), only the process can end; a library must not do so unasked:
/// without ``endProcess(status:)`` that does what it always does.
public enum MapFaults {
    /// Makes what only the end of the process can answer end it with a status, after one sentence on the
    /// standard error that names the file.
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

    /// Who handled SIGBUS before the first map was watched; written once, before any handler of ours is called.
    nonisolated(unsafe) private static var previous = sigaction()
    private static let handlesMissingPages: Void = unsafe takeOver(SIGBUS, &previous)

    /// A map as the handler sees it: plain words, written before `end` is.
    @safe
    private struct Slot {
        var base: UInt = 0
        var end: UInt = 0
        /// What comes in the place of a missing page; nil for zeros.
        var filler: UnsafeRawPointer?
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
                if unsafe putPage(at: address, slot.filler) { return true }
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
        if exitStatus.load(ordering: .sequentiallyConsistent) != 0, unsafe slot.text != nil {
            finish(slot)
        }
    }

    /// Puts a page in the place of one that is missing.
    private static func putPage(at address: UInt, _ filler: UnsafeRawPointer?) -> Bool {
        let size = UInt(sysconf(Int32(_SC_PAGESIZE)))
        let start = address & ~(size - 1)
        guard
            let page = unsafe mmap(
                UnsafeMutableRawPointer(bitPattern: start), Int(size), PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
            UInt(bitPattern: page) == start
        else { return false }
        if let filler = unsafe filler { unsafe page.copyMemory(from: filler, byteCount: Int(size)) }
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

    /// Ends the process as a fault in any of the maps would, where that was asked for.
    public static func endIfAsked() {
        guard exitStatus.load(ordering: .sequentiallyConsistent) != 0 else { return }
        for place in 0..<mostMaps
        where unsafe slots[place].end != 0 && slots[place].text != nil {
            unsafe finish(slots[place])
        }
    }

    /// A map that is watched until it is forgotten.
    public struct Watch: Sendable {
        fileprivate let place: Int

        /// Whether a page of the map was not there when it was read.
        public var hasFaulted: Bool { unsafe slots[place].hasFaulted }
    }

    /// Watches a map, or returns nil where too many are watched.
    ///
    /// - Parameters:
    ///   - range: the addresses of the map.
    ///   - filler: a page of memory that is never freed, to come in the place of a missing one; nil for zeros.
    ///   - sentence: what is said before the process ends, where that has been asked for; nil where nothing read in the
    ///     map leads out of it.
    public static func watch(
        _ range: Range<UInt>, filler: UnsafeRawPointer? = nil, sentence: String? = nil
    ) -> Watch? {
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
        unsafe slots[place].base = range.lowerBound
        unsafe slots[place].filler = filler
        unsafe slots[place].text = sentence.map { sentence in
            let text = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: sentence.utf8.count)
            _ = unsafe text.initialize(from: sentence.utf8)
            return unsafe text
        }
        unsafe slots[place].hasFaulted = false
        atomicMemoryFence()
        unsafe slots[place].end = range.upperBound
        return Watch(place: place)
    }

    /// Ends a watch; before the map is given up, as the next one may lie in its place.
    public static func forget(_ watch: Watch) {
        unsafe slots[watch.place].end = 0
        atomicMemoryFence()
        unsafe slots[watch.place].text?.deallocate()
        unsafe slots[watch.place].text = nil
        _ = taken.withLock { $0.remove(watch.place) }
    }

    /// Whether a map that begins at an address is watched.
    public static func isWatched(_ base: UInt) -> Bool {
        (0..<mostMaps).contains { unsafe slots[$0].end != 0 && slots[$0].base == base }
    }

    private static func atomicMemoryFence() {
        Synchronization.atomicMemoryFence(ordering: .sequentiallyConsistent)
    }
}
