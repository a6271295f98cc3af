import Evaluation
import Foundation
import JSON
import Locks
import OutputFiles
import SearchService

/// Says on the standard error how far the work has come.
///
/// On a terminal one line is drawn over itself, at most ten times a second. Lines for a log come every
/// five seconds, JSON objects for a program every second, and both once more at the end.
final class ProgressLine: Sendable {
    private let unit: String
    private let mode: ProgressMode
    private let lastDrawn = Lock<ContinuousClock.Instant?>(nil)

    /// Makes a line that counts things of a name, such as `images`.
    init(unit: String = "", mode: ProgressMode = .auto) {
        self.unit = unit
        self.mode = mode
    }

    /// Tells the rate and the time left, if it is time to.
    func show(_ progress: WorkProgress) {
        let pause: Duration
        switch mode {
        case .none: return
        case .auto:
            guard Console.isTerminal else { return }
            pause = .milliseconds(100)
        case .plain: pause = .seconds(5)
        case .json: pause = .seconds(1)
        }
        lastDrawn.withLock { last in
            let now = ContinuousClock.now
            if let last, now - last < pause, progress.done < progress.total { return }
            last = now
            switch mode {
            case .auto: draw("\(bar(progress)) \(text(progress))")
            case .plain: Console.note(text(progress))
            case .json: Console.note(progress.json.description)
            case .none: break
            }
        }
    }

    /// Says what is being done now.
    func step(_ text: String) {
        guard mode == .auto, Console.isTerminal else { return }
        lastDrawn.withLock { last in
            last = .now
            draw("\(text) …")
        }
    }

    /// Removes the line, so that what comes next starts on a clean one.
    func clear() {
        lastDrawn.withLock { last in
            if mode == .auto, last != nil { draw("") }
            last = nil
        }
    }

    private func bar(_ progress: WorkProgress) -> String {
        let width = 24
        let filled = min(width, max(0, Int(share(progress) * Double(width))))
        return "[" + String(repeating: "=", count: filled)
            + String(repeating: " ", count: width - filled) + "]"
    }

    private func share(_ progress: WorkProgress) -> Double {
        progress.total > 0 ? Double(progress.done) / Double(progress.total) : 1
    }

    private func text(_ progress: WorkProgress) -> String {
        var parts = [
            "\(NumberText.fixed(share(progress) * 100, decimals: 0)) %",
            "\(NumberText.grouped(progress.done)) of \(counted(progress.total, unit, unit))",
        ]
        if progress.rate > 0, progress.rate.isFinite { parts.append("\(rounded(progress.rate))/s") }
        if progress.secondsLeft.isFinite, progress.done < progress.total {
            parts.append("\(duration(max(1, progress.secondsLeft.rounded()))) left")
        }
        return parts.joined(separator: "  ")
    }

    private func draw(_ text: String) {
        let line = "\r\u{1B}[2K\(TerminalText.shown(text).prefix(columns - 1))"
        _ = OutputStream(descriptor: STDERR_FILENO).write(Array(line.utf8))
    }

    private var columns: Int {
        var size = winsize()
        let isKnown = unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0
        return isKnown && size.ws_col > 1 ? Int(size.ws_col) : 80
    }
}

extension WorkProgress {
    /// What `--progress json` prints; no time is left to tell before the first item.
    fileprivate var json: JSONObject {
        [
            "done": JSONValue(done), "total": JSONValue(total), "rate": .number(rate),
            "seconds_left": secondsLeft.isFinite ? .number(secondsLeft) : .null,
            "seconds": .number(seconds),
        ]
    }
}
