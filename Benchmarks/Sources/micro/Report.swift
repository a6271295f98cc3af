import Foundation
import LinearAlgebra
import VectorKernels

/// The figures, and the limits that the machine had beside them.
struct Report {
    /// What a figure counts.
    enum Unit: String, Codable {
        case gflops = "GFLOP/s"
        case gigabytes = "GB/s"
        case perSecond = "/s"
        case microseconds = "µs"
    }

    struct Figure: Codable {
        let name: String
        let value: Double
        let unit: Unit
        /// The machine's limit in the same unit, or nil where there is none.
        let limit: Double?
    }

    struct Machine: Codable {
        let instructionSet: String
        let gflops: Double
        let gigabytesPerSecond: Double
    }

    private let meter: Meter
    private(set) var figures: [Figure] = []
    private var gflops: [Double] = []
    private var bandwidths: [Double] = []

    init(meter: Meter) {
        self.meter = meter
    }

    /// The limits of one thread, the median of what has been measured.
    var machine: Machine {
        Machine(
            instructionSet: InstructionSet.best.rawValue,
            gflops: gflops.isEmpty ? .nan : Meter.median(gflops),
            gigabytesPerSecond: bandwidths.isEmpty ? .nan : Meter.median(bandwidths))
    }

    /// Measures the limits once more, beside what is measured next.
    mutating func measureLimits() {
        gflops.append(MachineLimits.measuredSGEMMRate(threads: 1))
        bandwidths.append(MachineLimits.measuredMemoryBandwidth(threads: 1))
    }

    /// Notes a figure; one that has a limit is compared with the one measured last.
    mutating func add(_ name: String, _ value: Double, _ unit: Unit, isLimited: Bool = true) {
        let limit: Double? =
            switch unit {
            case .gflops: gflops.last
            case .gigabytes: bandwidths.last
            case .perSecond, .microseconds: nil
            }
        let figure = Figure(name: name, value: value, unit: unit, limit: isLimited ? limit : nil)
        figures.append(figure)
        FileHandle.standardError.write(Data("micro: \(Self.line(figure))\n".utf8))
    }

    private static func number(_ value: Double) -> String {
        switch abs(value) {
        case 1000...: String(Int(value.rounded()))
        case 10..<1000: String(format: "%.1f", value)
        default: String(format: "%.3f", value)
        }
    }

    private static func line(_ figure: Figure) -> String {
        let share = figure.limit.map {
            String(format: ", %.0f %% of the limit", 100 * figure.value / $0)
        }
        return "\(figure.name): \(number(figure.value)) \(figure.unit.rawValue)\(share ?? "")"
    }

    /// Prints all figures as a table.
    func printTable() {
        let width = figures.map(\.name.count).max() ?? 0
        print(
            "one thread of this machine, \(machine.instructionSet): "
                + "\(Self.number(machine.gflops)) GFLOP/s (sgemm), "
                + "\(Self.number(machine.gigabytesPerSecond)) GB/s")
        for figure in figures {
            let name = figure.name.padding(toLength: width, withPad: " ", startingAt: 0)
            let value = Self.number(figure.value)
            let share =
                figure.limit.map { String(format: "%5.0f %%", 100 * figure.value / $0) } ?? ""
            let padding = String(repeating: " ", count: max(0, 10 - value.count))
            let unit = figure.unit.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
            print("\(name)  \(padding)\(value) \(unit)\(share)")
        }
    }

    /// The same for programs.
    var json: Data {
        get throws {
            struct Document: Codable {
                let machine: Machine
                let rounds: Int
                let figures: [Figure]
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            encoder.nonConformingFloatEncodingStrategy = .convertToString(
                positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
            return try encoder.encode(
                Document(machine: machine, rounds: meter.rounds, figures: figures))
        }
    }
}
