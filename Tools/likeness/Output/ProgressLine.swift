import Evaluation
import Foundation
import SearchService
import Synchronization

/// One line on the standard error that says how far the work has come.
///
/// The line is drawn over itself, at most ten times a second, and only on a terminal.
final class ProgressLine: Sendable {
    private let unit: String
    private let lastDrawn = Mutex<ContinuousClock.Instant?>(nil)

    /// Makes a line that counts things of a name, such as `images`.
    init(unit: String = "") {
        self.unit = unit
    }

    /// Draws a bar with the rate and the time left, on a terminal only.
    func show(_ progress: WorkProgress) {
        guard Console.isTerminal else { return }
        lastDrawn.withLock { last in
            let now = ContinuousClock.now
            if let last, now - last < .milliseconds(100), progress.done < progress.total { return }
            last = now
            draw(text(progress))
        }
    }

    /// Says what is being done now.
    func step(_ text: String) {
        guard Console.isTerminal else { return }
        lastDrawn.withLock { last in
            last = .now
            draw("\(text) …")
        }
    }

    /// Removes the line, so that what comes next starts on a clean one.
    func clear() {
        lastDrawn.withLock { last in
            if last != nil { draw("") }
            last = nil
        }
    }

    private func text(_ progress: WorkProgress) -> String {
        let share = progress.total > 0 ? Double(progress.done) / Double(progress.total) : 1
        let width = 24
        let filled = min(width, max(0, Int(share * Double(width))))
        let bar =
            String(repeating: "=", count: filled) + String(repeating: " ", count: width - filled)
        var parts = [
            "[\(bar)] \(NumberText.fixed(share * 100, decimals: 0)) %",
            "\(NumberText.grouped(progress.done)) of \(counted(progress.total, unit, unit))",
        ]
        if progress.rate > 0, progress.rate.isFinite { parts.append("\(rounded(progress.rate))/s") }
        if progress.secondsLeft.isFinite, progress.done < progress.total {
            parts.append("\(duration(max(1, progress.secondsLeft.rounded()))) left")
        }
        return parts.joined(separator: "  ")
    }

    private func draw(_ text: String) {
        let line = "\r\u{1B}[2K\(text.prefix(columns - 1))"
        try? FileOutput.write(Array(line.utf8), to: STDERR_FILENO)
    }

    private var columns: Int {
        var size = winsize()
        let isKnown = unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0
        return isKnown && size.ws_col > 1 ? Int(size.ws_col) : 80
    }
}
