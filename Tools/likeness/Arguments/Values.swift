public import ArgumentParser
import IndexCatalog
import IndexDefinitions
import SearchService
public import VectorCore

extension IndexKind: ExpressibleByArgument {
    /// Reads the name of a kind that there is.
    public init?(argument: String) {
        guard let known = try? IndexCatalog.definition(named: argument) else { return nil }
        self = known.kind
    }

    /// The names of all kinds.
    public static var allValueStrings: [String] {
        IndexCatalog.definitions.map(\.kind.rawValue)
    }
}

/// How a layer's activations become one vector.
enum PoolingName: String, CaseIterable, ExpressibleByArgument {
    case avg
    case max
    case flatten
}

/// What the numbers of a new vector field are kept as.
enum ElementName: String, CaseIterable, ExpressibleByArgument {
    case f32
    case f16

    /// The service's name for it.
    var stored: StoredElement {
        switch self {
        case .f32: .f32
        case .f16: .f16
        }
    }
}

/// How the text of an option becomes its value.
enum Value {
    /// Reads a metric's name.
    static func metric(_ text: String) throws -> DistanceMetric {
        guard let metric = DistanceMetric(name: text) else {
            throw ValidationError("there is no such metric; metrics are \(DistanceMetric.names).")
        }
        return metric
    }

    /// Reads an integer from 1.
    static func positive(_ text: String) throws -> Int {
        guard let value = Int(text), value >= 1 else {
            throw ValidationError("it must be a whole number, 1 or more.")
        }
        return value
    }

    /// Reads a share of the true nearest.
    static func recall(_ text: String) throws -> Double {
        guard let value = Double(text), value > 0, value <= 1 else {
            throw ValidationError("it must be a number above 0 and at most 1, such as 0.99.")
        }
        return value
    }

    /// Reads a time in seconds.
    static func seconds(_ text: String) throws -> Double {
        guard let value = Double(text), value > 0, value.isFinite else {
            throw ValidationError("it must be a number of seconds above 0.")
        }
        return value
    }

    /// Reads how many layers are spread over a model.
    static func layerSpread(_ text: String) throws -> LayerSpread {
        if text == "all" { return .all }
        guard let count = Int(text), count >= 1 else {
            throw ValidationError("it must be a number of layers, 1 or more, or all.")
        }
        return .evenly(count)
    }

    /// Reads a number of bytes, such as `800M` or `4G`; each suffix is 1,024 of the one before.
    static func byteCount(_ text: String) throws -> Int {
        let suffixes: [Character] = ["K", "M", "G", "T"]
        var digits = Substring(text.uppercased())
        if digits.hasSuffix("IB") {
            digits.removeLast(2)
        } else if digits.hasSuffix("B") {
            digits.removeLast()
        }
        var shift = 0
        if let last = digits.last, let place = suffixes.firstIndex(of: last) {
            digits.removeLast()
            shift = 10 * (place + 1)
        }
        guard let value = Int(digits), value >= 1 else {
            throw ValidationError("it must be a number of bytes such as 800M or 4G.")
        }
        let (bytes, overflows) = value.multipliedReportingOverflow(by: 1 << shift)
        guard !overflows else { throw ValidationError("it is more bytes than any machine has.") }
        return bytes
    }

    /// Reads names of kinds between commas, each once.
    static func kinds(_ text: String) throws -> [IndexKind] {
        var kinds: [IndexKind] = []
        for name in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let kind = IndexKind(argument: String(name)) else {
                throw ValidationError(
                    "there is no kind '\(name)'; kinds are \(IndexCatalog.names), with commas between."
                )
            }
            guard !kinds.contains(kind) else {
                throw ValidationError("'\(kind)' is named twice.")
            }
            kinds.append(kind)
        }
        return kinds
    }
}
