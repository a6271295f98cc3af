import ArgumentParser

/// How a long command says how far it has come.
enum ProgressMode: String, CaseIterable, ExpressibleByArgument {
    /// A bar where the standard error is a terminal, else nothing.
    case auto
    /// A line every few seconds.
    case plain
    /// One JSON object on a line, every second.
    case json
    /// Nothing.
    case none
}

/// The option that chooses it.
struct ProgressOptions: ParsableArguments {
    @Option(
        name: .customLong("progress"),
        help: """
            How the standard error says how far it is: a bar on a terminal (auto), lines (plain), \
            JSON objects on lines, or nothing.
            """)
    var mode: ProgressMode = .auto

    /// A line that counts things of a name, such as `images`.
    func line(unit: String) -> ProgressLine {
        ProgressLine(unit: unit, mode: mode)
    }
}
