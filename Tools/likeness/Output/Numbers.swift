import Evaluation
import Foundation

/// A number with about four significant digits and no exponent, for rates.
func rounded(_ value: Double) -> String {
    switch abs(value) {
    case ..<10: NumberText.fixed(value, decimals: 2)
    case ..<100: NumberText.fixed(value, decimals: 1)
    case ..<1e15: NumberText.grouped(Int(value.rounded()))
    default: "\(value)"
    }
}

/// A number and its noun: `1 image`, `2 images`.
func counted(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
    "\(NumberText.grouped(count)) \(count == 1 ? singular : plural ?? "\(singular)s")"
}

/// A size in the unit that keeps it short, each unit 1,024 of the one before.
func size(ofBytes count: Int) -> String {
    var value = Double(count)
    for unit in ["bytes", "KiB", "MiB", "GiB"] {
        if value < 1024 {
            return unit == "bytes"
                ? "\(count) bytes" : "\(NumberText.fixed(value, decimals: 1)) \(unit)"
        }
        value /= 1024
    }
    return "\(NumberText.fixed(value, decimals: 1)) TiB"
}

/// A duration in the unit that keeps it short.
func duration(_ seconds: Double) -> String {
    switch seconds {
    case ..<1e-3: return "\(NumberText.fixed(seconds * 1e6, decimals: 0)) µs"
    case ..<1: return "\(NumberText.fixed(seconds * 1e3, decimals: 1)) ms"
    case ..<120: return "\(NumberText.fixed(seconds, decimals: 1)) s"
    case ..<360_000:
        let whole = Int(seconds.rounded())
        let (hours, minutes) = (whole / 3600, whole / 60 % 60)
        return hours > 0 ? "\(hours) h \(minutes) min" : "\(minutes) min \(whole % 60) s"
    default: return "\(NumberText.fixed(seconds / 3600, decimals: 0)) h"
    }
}

/// A distance with six significant digits.
func distanceText(_ value: Double) -> String {
    String(format: "%.6g", value)
}
