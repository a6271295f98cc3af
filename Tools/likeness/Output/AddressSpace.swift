import Foundation
import Glibc

/// Address space, which costs nothing but may be limited: the store and indexes are mapped, and
/// OpenBLAS reserves 128 MiB a thread and tries for ever where it gets none.
enum AddressSpace {
    /// What is needed to begin with: an empty store's map of 1 GiB, as much again for libraries and
    /// data, and what OpenBLAS and stacks take for every thread.
    private static let needed =
        2 << 30 + ProcessInfo.processInfo.processorCount * 256 << 20

    /// Ends the process with a sentence where the limit is too low to begin.
    static func require() {
        let limits = [RLIMIT_AS, RLIMIT_DATA].compactMap { resource -> UInt64? in
            var limit = rlimit()
            guard unsafe getrlimit(Int32(resource.rawValue), &limit) == 0 else { return nil }
            return UInt64(limit.rlim_cur)
        }
        guard let least = limits.min(), least < UInt64(needed) else { return }
        Console.fail(
            """
            A process may take only \(least >> 20) MiB of memory and address space here, and \
            \(needed >> 20) MiB is needed, for stores and indexes are mapped; raise the limit \
            (`ulimit -v unlimited; ulimit -d unlimited`).
            """)
        // Not `exit`, for it would wait for a thread of OpenBLAS that still tries.
        _exit(69)
    }
}
