import Foundation
internal import VectorCore

/// How much memory and time networks may take, whoever made them.
package struct ModelLimits: Sendable {
    /// Bytes that all networks of the process may take together, for weights and what they compute.
    package let memory: Int
    /// Seconds that one image may take in a network, and a network to be loaded.
    package let seconds: Double

    static let memoryVariable = "LIKENESS_MODEL_MEMORY"
    static let secondsVariable = "LIKENESS_MODEL_SECONDS"

    /// The limits of `$LIKENESS_MODEL_MEMORY`, in MiB, and `$LIKENESS_MODEL_SECONDS`; where they are
    /// not set, half of the memory that the process may have, and 120 s.
    ///
    /// - Throws: ``ExtractionError`` with `invalidModel` where one is no number above 0.
    static func current() throws(ExtractionError) -> ModelLimits {
        try ModelLimits(ProcessInfo.processInfo.environment)
    }

    /// The limits that some variables say.
    package init(_ variables: [String: String]) throws(ExtractionError) {
        func text(_ variable: String) -> String? {
            variables[variable].flatMap { $0.isEmpty ? nil : $0 }
        }
        if let text = text(Self.memoryVariable) {
            guard let mebibytes = Int(text), mebibytes > 0, mebibytes <= Int.max >> 20 else {
                throw Self.refusal(Self.memoryVariable, text, "whole number of MiB")
            }
            memory = mebibytes << 20
        } else {
            // Where the system does not say, a limit that no machine of our days reaches.
            memory = AvailableMemory.limit.map { $0 / 2 } ?? 1 << 40
        }
        if let text = text(Self.secondsVariable) {
            guard let seconds = Double(text), seconds > 0, seconds <= 1e9 else {
                throw Self.refusal(Self.secondsVariable, text, "number of seconds")
            }
            self.seconds = seconds
        } else {
            seconds = 120
        }
    }

    /// What is said where the memory is not enough.
    var memoryError: ExtractionError {
        ExtractionError(
            .inferenceFailed,
            "The network wants more memory than its limit of \(memory >> 20) MiB; take a smaller "
                + "one, or set \(Self.memoryVariable) to more MiB.")
    }

    private static func refusal(
        _ variable: String, _ text: String, _ what: String
    ) -> ExtractionError {
        ExtractionError(
            .invalidModel,
            "The variable \(variable) is '\(text)', which is no \(what) above 0; "
                + "set it to one, or do not set it.")
    }
}
