/// How many threads are started, whatever is asked for.
package enum ThreadCount {
    /// More threads than any machine has use for, and few enough for their stacks.
    package static let most = 1024

    /// The nearest number from 1 to `most`.
    package static func clamped(_ threads: Int) -> Int {
        min(max(1, threads), most)
    }
}
