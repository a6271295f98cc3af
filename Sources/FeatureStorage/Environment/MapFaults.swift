internal import Foundation
internal import Glibc
internal import Synchronization

/// What becomes of a process that finds inside a store's map what cannot be: a page that the disk
/// cannot deliver, a file that was cut short under it, or a page on which LMDB gives up.
///
/// Stores are checked before they are used, so this is the last line. A library must not end its
/// process unasked: without ``endProcess(status:)`` the signal does what it always does.
public enum MapFaults {
    /// Makes such a fault end the process with a status, after one sentence on the standard error
    /// that names the store.
    public static func endProcess(status: Int32) {
        exitStatus.store(status, ordering: .sequentiallyConsistent)
        unsafe _ = slots
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_sigaction = { signal, info, _ in
            unsafe MapFaults.handle(signal, info)
        }
        action.sa_flags = SA_SIGINFO
        unsafe sigaction(SIGSEGV, &action, nil)
        unsafe sigaction(SIGBUS, &action, nil)
    }

    /// A map as the handler sees it: plain words, written before `end` is.
    @safe
    private struct Slot {
        var base: UInt = 0
        var end: UInt = 0
        var text: UnsafeMutableBufferPointer<UInt8>?
    }

    private static let exitStatus = Atomic<Int32>(0)
    private static let mostMaps = 64
    /// Reading on behind the end of a map faults on its next page.
    private static let slack: UInt = 1 << 16
    private static let taken = Mutex(Set<Int>())
    // Unsafe, because a signal handler reads it and may take no lock. Only who has claimed a slot under
    // `taken` writes it, and an `end` of 0 says that it holds nothing.
    nonisolated(unsafe) private static let slots: UnsafeMutablePointer<Slot> = {
        let slots = UnsafeMutablePointer<Slot>.allocate(capacity: mostMaps)
        unsafe slots.initialize(repeating: Slot(), count: mostMaps)
        return unsafe slots
    }()

    /// Only what POSIX allows in a signal handler.
    private static func handle(_ signal: Int32, _ info: UnsafeMutablePointer<siginfo_t>?) {
        // Where the address lies in `siginfo_t` on 64-bit Linux; its name is a macro.
        let address = unsafe UnsafeRawPointer(info)?.load(fromByteOffset: 16, as: UInt.self) ?? 0
        for place in 0..<mostMaps where unsafe slots[place].end != 0 {
            let slot = unsafe slots[place]
            guard address >= slot.base, address - slot.base < slot.end - slot.base + slack else {
                continue
            }
            finish(slot)
        }
        // None of ours: without a handler the fault comes again and does what it always does.
        _ = Glibc.signal(signal, SIG_DFL)
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
    }

    /// Watches the map of a store's data file, or returns nil where it cannot be found.
    static func watch(_ dataPath: String, ofStore path: String) -> Watch? {
        guard let range = range(ofMap: dataPath) else { return nil }
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
        var info = stat()
        guard unsafe stat(path, &info) == 0,
            let text = try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
        else { return nil }
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            guard parts.count == 6, UInt64(parts[4]) == UInt64(info.st_ino),
                parts[5].hasSuffix("/data.mdb")
            else { continue }
            let ends = parts[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            if ends.count == 2, ends[0] < ends[1] { return ends[0]..<ends[1] }
        }
        return nil
    }
}
