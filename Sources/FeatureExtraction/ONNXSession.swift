import Synchronization

/// A network that is ready to run.
///
/// It is safe to use from many threads at once. With `threads` 1 every call computes on one thread, so
/// that as many callers as cores keep all cores busy and share one copy of the weights.
package final class ONNXSession: Sendable {
    /// The names of the outputs, in the network's order.
    package let outputs: [String]
    /// The name of the one input.
    package let input: String

    private let loaded: LoadedNetwork
    private let limit: TimeLimit
    /// Whether a run was given up, which may go on for days and keep a core from all others.
    private let isStuck = Atomic<Bool>(false)
    /// Whether runs are done on the calling thread, as one went well.
    private let isTrusted = Atomic<Bool>(false)
    private let canBeTrusted: Bool

    /// Prepares a network.
    ///
    /// - Parameters:
    ///   - model: a whole ONNX file; it is not needed afterwards.
    ///   - threads: how many threads one run may use, the caller's among them.
    ///   - isStrange: whether even after a run that went well no other is trusted to end.
    ///   - limit: how long loading and each run may take; by default what ``ModelLimits`` says.
    /// - Throws: ``ExtractionError`` with `noRuntime`, `damagedModel` for what is no network with
    ///   one input, or `inferenceFailed` where it takes more memory or time than it may.
    package init(
        _ model: [UInt8], threads: Int = 1, isStrange: Bool = false,
        limit given: TimeLimit? = nil
    ) throws(ExtractionError) {
        let runtime = try ONNXRuntime.shared()
        let limit: TimeLimit
        if let given {
            limit = given
        } else {
            limit = TimeLimit(seconds: try ModelLimits.current().seconds)
        }
        loaded = try limit.run { () throws(ExtractionError) in
            try LoadedNetwork(model, threads: threads, runtime: runtime)
        }
        self.limit = limit
        canBeTrusted = !isStrange
        guard loaded.inputs.count == 1 else {
            throw ExtractionError(
                .damagedModel,
                "The network has \(loaded.inputs.count) inputs, but an image fills only one.")
        }
        input = loaded.inputs[0]
        outputs = loaded.outputs
    }

    /// Runs the network once and lends every output.
    ///
    /// - Parameters:
    ///   - tensor: the input's numbers, the last direction running fastest.
    ///   - shape: the input's shape, the batch first.
    ///   - receive: gets each output's position in ``outputs``, shape and numbers, in order.
    /// - Throws: ``ExtractionError`` with `inferenceFailed`.
    package func run(
        _ tensor: Span<Float>, shape: [Int],
        receive: (_ output: Int, _ shape: [Int], _ numbers: Span<Float>) throws(ExtractionError)
            -> Void
    ) throws(ExtractionError) {
        try run(tensor, shape: shape, outputs: outputs.indices) {
            output, shape, numbers throws(ExtractionError) in
            guard let numbers else {
                throw ExtractionError(
                    .inferenceFailed,
                    "The layer '\(outputs[output])' holds numbers that are not 32-bit floats; "
                        + "choose another layer.")
            }
            try receive(output, shape, numbers)
        }
    }

    /// Runs the network once and lends some of its outputs, those that are no floats as nil.
    ///
    /// - Parameters:
    ///   - tensor: the input's numbers, the last direction running fastest.
    ///   - shape: the input's shape, the batch first.
    ///   - wanted: positions in ``outputs``; of the others no memory is kept.
    ///   - receive: gets each output's position in ``outputs``, shape and numbers, in order.
    /// - Throws: ``ExtractionError`` with `inferenceFailed`, or `system` in a process that was forked.
    package func run(
        _ tensor: Span<Float>, shape: [Int], outputs wanted: Range<Int>,
        receive: (_ output: Int, _ shape: [Int], _ numbers: Span<Float>?) throws(ExtractionError)
            -> Void
    ) throws(ExtractionError) {
        precondition(tensor.count == shape.reduce(1, *))
        try loaded.runtime.requireOwnProcess()
        guard !isStuck.load(ordering: .relaxed) else {
            throw ExtractionError(
                .inferenceFailed,
                "The network did not end with images that it got before; take another one.")
        }
        let options = try RunOptions(loaded.runtime)
        let values = try values(tensor, shape: shape, outputs: wanted, options)
        for index in 0..<wanted.count {
            try values.withFloats(index) { shape, numbers throws(ExtractionError) in
                try receive(wanted.lowerBound + index, shape, numbers)
            }
        }
    }

    /// Runs the network; what has been run before, on the calling thread.
    private func values(
        _ tensor: Span<Float>, shape: [Int], outputs wanted: Range<Int>, _ options: RunOptions
    ) throws(ExtractionError) -> NetworkValues {
        let count = shape.first ?? 1
        if isTrusted.load(ordering: .relaxed) {
            return try limit.runHere(count: count, stop: options.stop) {
                () throws(ExtractionError) in
                try loaded.run(tensor, shape: shape, outputs: wanted, options)
            }
        }
        // The thread that computes may outlive this call, so what it reads is its own.
        let numbers = unsafe tensor.withUnsafeBufferPointer { unsafe [Float]($0) }
        let values = try limit.run(count: count, stop: options.stop, givingUp: markStuck) {
            [loaded] () throws(ExtractionError) in
            try loaded.run(numbers.span, shape: shape, outputs: wanted, options)
        }
        isTrusted.store(canBeTrusted, ordering: .relaxed)
        return values
    }

    private func markStuck() {
        isStuck.store(true, ordering: .relaxed)
    }
}
