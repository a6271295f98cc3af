import Glibc

/// How much memory can be taken before the system starts to kill.
///
/// Linux promises memory that it does not have, and ends the process when it is used. So whoever
/// wants much asks here first.
public enum AvailableMemory {
    /// Requests below this are granted unasked; looking costs more than they do.
    public static let smallest = 32 << 20

    /// So many bytes are free, or can be made free without swapping, within the limits of this
    /// process; nil where the system does not say.
    public static var bytes: Int? {
        let machine = field("MemAvailable:", of: "/proc/meminfo").map { $0 * 1024 }
        let group = controlGroup
        guard let machine else { return group }
        return group.map { min($0, machine) } ?? machine
    }

    /// So many bytes the process may have at most, whoever has them now: those of the machine, or of
    /// its control group where these are fewer; nil where the system does not say.
    public static var limit: Int? {
        let machine = field("MemTotal:", of: "/proc/meminfo").map { $0 * 1024 }
        let group = number("/sys/fs/cgroup/memory.max")
        return [machine, group].compactMap { $0 }.min()
    }

    /// Why so much memory cannot be had, in one sentence, or nil where it can.
    public static func refusal(_ wanted: Int, for what: String) -> String? {
        guard wanted >= smallest, let bytes, wanted > bytes else { return nil }
        let (wanted, free) = ((wanted + 0xF_FFFF) >> 20, bytes >> 20)
        return "There is no memory for \(what): it takes \(wanted) MiB, and \(free) MiB are free; "
            + "end other programs, or use a machine with more."
    }

    /// What the control group leaves, where it has a limit.
    private static var controlGroup: Int? {
        guard let limit = number("/sys/fs/cgroup/memory.max"),
            let used = number("/sys/fs/cgroup/memory.current")
        else { return nil }
        // Pages of files are given back before anybody is killed.
        let files = field("inactive_file", of: "/sys/fs/cgroup/memory.stat") ?? 0
        return max(0, limit - used + files)
    }

    private static func number(_ path: String) -> Int? {
        text(path).flatMap { Int($0.prefix { $0.isNumber }) }
    }

    private static func field(_ name: String, of path: String) -> Int? {
        for line in (text(path) ?? "").split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            if words.count >= 2, words[0] == name { return Int(words[1]) }
        }
        return nil
    }

    private static func text(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 16384)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe read(descriptor, $0.baseAddress, $0.count)
        }
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
