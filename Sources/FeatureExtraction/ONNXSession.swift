internal import CONNXRuntime

/// A network that is ready to run.
///
/// Unchecked: everything is constant after the initialiser, and ONNX Runtime documents `Run` as safe
/// to call from many threads at once. With `threads` 1 every caller computes on its own thread, so
/// that as many callers as cores keep all cores busy and share one copy of the weights.
@safe
package final class ONNXSession: @unchecked Sendable {
    /// The names of the outputs, in the network's order.
    package let outputs: [String]
    /// The name of the one input.
    package let input: String

    private let runtime: ONNXRuntime
    private let session: OpaquePointer
    private let memory: OpaquePointer
    private let inputName: UnsafeMutablePointer<CChar>
    private let outputNames: [UnsafeMutablePointer<CChar>]

    /// Prepares a network.
    ///
    /// - Parameters:
    ///   - model: a whole ONNX file; it is not needed afterwards.
    ///   - threads: how many threads one run may use, the caller's among them.
    /// - Throws: ``ExtractionError`` with `noRuntime`, or `damagedModel` for what is no network with
    ///   one input.
    package init(
        _ model: [UInt8], threads: Int = 1, runtime given: ONNXRuntime? = nil
    ) throws(ExtractionError) {
        let runtime = if let given { given } else { try ONNXRuntime.shared() }
        let api = unsafe runtime.api
        let options = unsafe try Self.options(api, threads: threads)
        defer { unsafe api.pointee.ReleaseSessionOptions(options) }
        let session = unsafe try api.make(.damagedModel, "be loaded") { out in
            unsafe model.withUnsafeBytes { bytes in
                unsafe api.pointee.CreateSessionFromArray(
                    runtime.environment, bytes.baseAddress, bytes.count, options, out)
            }
        }
        let memory: OpaquePointer
        let names: (inputs: [String], outputs: [String])
        do throws(ExtractionError) {
            unsafe names = try Self.names(api, session)
            guard names.inputs.count == 1 else {
                throw ExtractionError(
                    .damagedModel,
                    "The network has \(names.inputs.count) inputs, but an image fills only one.")
            }
            unsafe memory = try api.make(.system, "have memory") { out in
                unsafe api.pointee.CreateCpuMemoryInfo(
                    CONNX_ALLOCATOR_DEVICE, CONNX_MEMORY_DEFAULT, out)
            }
        } catch {
            unsafe api.pointee.ReleaseSession(session)
            throw error
        }
        self.runtime = runtime
        unsafe self.session = session
        unsafe self.memory = memory
        self.input = names.inputs[0]
        self.outputs = names.outputs
        unsafe self.inputName = names.inputs[0].duplicated()
        unsafe self.outputNames = names.outputs.map { unsafe $0.duplicated() }
    }

    deinit {
        unsafe runtime.api.pointee.ReleaseMemoryInfo(memory)
        unsafe runtime.api.pointee.ReleaseSession(session)
        unsafe inputName.deallocate()
        for index in unsafe outputNames.indices { unsafe outputNames[index].deallocate() }
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
    /// - Throws: ``ExtractionError`` with `inferenceFailed`.
    package func run(
        _ tensor: Span<Float>, shape: [Int], outputs wanted: Range<Int>,
        receive: (_ output: Int, _ shape: [Int], _ numbers: Span<Float>?) throws(ExtractionError)
            -> Void
    ) throws(ExtractionError) {
        precondition(tensor.count == shape.reduce(1, *))
        let api = unsafe runtime.api
        let sizes = shape.map(Int64.init)
        let value = unsafe try api.make(.inferenceFailed, "take an image") { out in
            unsafe tensor.withUnsafeBufferPointer { numbers in
                // The network only reads its input, though the interface takes it as mutable.
                unsafe api.pointee.CreateTensorWithDataAsOrtValue(
                    memory, UnsafeMutableRawPointer(mutating: numbers.baseAddress),
                    numbers.count * 4, sizes, sizes.count, CONNX_ELEMENT_FLOAT, out)
            }
        }
        defer { unsafe api.pointee.ReleaseValue(value) }
        var results = unsafe [OpaquePointer?](repeating: nil, count: wanted.count)
        defer {
            for index in unsafe results.indices {
                if let result = unsafe results[index] { unsafe api.pointee.ReleaseValue(result) }
            }
        }
        var inputs: [OpaquePointer?] = unsafe [value]
        var inputNames: [UnsafePointer<CChar>?] = unsafe [UnsafePointer(inputName)]
        var names = unsafe outputNames[wanted].map { unsafe Optional(UnsafePointer($0)) }
        // The tensor's memory is the span's, which the caller lends until this function returns.
        unsafe try api.check(
            api.pointee.Run(
                session, nil, &inputNames, &inputs, 1, &names, names.count, &results),
            .inferenceFailed, "be run")
        for index in unsafe results.indices {
            guard let result = unsafe results[index] else { continue }
            let output = wanted.lowerBound + index
            guard let found = unsafe try Self.floatShape(api, of: result) else {
                try receive(output, [], nil)
                continue
            }
            var data: UnsafeMutableRawPointer?
            unsafe try api.check(
                api.pointee.GetTensorMutableData(result, &data), .inferenceFailed, "be read")
            guard let data = unsafe data else {
                try receive(output, found, Span())
                continue
            }
            let numbers = unsafe Span<Float>(
                _unsafeStart: data.assumingMemoryBound(to: Float.self),
                count: found.reduce(1, *))
            try receive(output, found, numbers)
        }
    }
}
