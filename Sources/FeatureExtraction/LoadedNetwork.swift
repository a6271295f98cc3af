internal import CONNXRuntime

/// A network that ONNX Runtime has loaded, to be run on any thread.
///
/// Unchecked: everything is constant after the initialiser, and ONNX Runtime documents `Run` as safe
/// to call from many threads at once.
@safe
final class LoadedNetwork: @unchecked Sendable {
    let runtime: ONNXRuntime
    /// The names of its inputs and outputs, in its own order.
    let inputs: [String]
    let outputs: [String]

    private let session: OpaquePointer
    private let memory: OpaquePointer
    private let inputNames: [UnsafeMutablePointer<CChar>]
    private let outputNames: [UnsafeMutablePointer<CChar>]

    init(_ model: [UInt8], threads: Int, runtime: ONNXRuntime) throws(ExtractionError) {
        let api = unsafe runtime.api
        let options = unsafe try ONNXSession.options(api, threads: threads)
        defer { unsafe api.pointee.ReleaseSessionOptions(options) }
        let session = unsafe try runtime.make(.damagedModel, "be loaded") { out in
            unsafe model.withUnsafeBytes { bytes in
                unsafe api.pointee.CreateSessionFromArray(
                    runtime.environment, bytes.baseAddress, bytes.count, options, out)
            }
        }
        let memory: OpaquePointer
        let names: (inputs: [String], outputs: [String])
        do throws(ExtractionError) {
            unsafe names = try ONNXSession.names(api, session)
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
        self.inputs = names.inputs
        self.outputs = names.outputs
        unsafe self.inputNames = names.inputs.map { unsafe $0.duplicated() }
        unsafe self.outputNames = names.outputs.map { unsafe $0.duplicated() }
    }

    deinit {
        guard runtime.isOfThisProcess else { return }
        unsafe runtime.api.pointee.ReleaseMemoryInfo(memory)
        unsafe runtime.api.pointee.ReleaseSession(session)
        for index in unsafe inputNames.indices { unsafe inputNames[index].deallocate() }
        for index in unsafe outputNames.indices { unsafe outputNames[index].deallocate() }
    }

    /// Runs the network once on its one input.
    ///
    /// - Parameters:
    ///   - numbers: the input's, as many as its shape has.
    ///   - shape: the input's, the batch first.
    ///   - wanted: positions in ``outputs``.
    ///   - options: what stops the run.
    func run(
        _ numbers: Span<Float>, shape: [Int], outputs wanted: Range<Int>, _ options: RunOptions
    ) throws(ExtractionError) -> NetworkValues {
        let api = unsafe runtime.api
        let sizes = shape.map(Int64.init)
        var failure: ExtractionError?
        let values = unsafe NetworkValues(api, count: wanted.count)
        unsafe numbers.withUnsafeBufferPointer { numbers in
            do throws(ExtractionError) {
                // The network only reads its input, though the interface takes it as mutable.
                let value = unsafe try api.make(.inferenceFailed, "take an image") { out in
                    unsafe api.pointee.CreateTensorWithDataAsOrtValue(
                        memory, UnsafeMutableRawPointer(mutating: numbers.baseAddress),
                        numbers.count * 4, sizes, sizes.count, CONNX_ELEMENT_FLOAT, out)
                }
                defer { unsafe api.pointee.ReleaseValue(value) }
                var inputs: [OpaquePointer?] = unsafe [value]
                var inputNames = unsafe self.inputNames.map { unsafe Optional(UnsafePointer($0)) }
                var names = unsafe outputNames[wanted].map { unsafe Optional(UnsafePointer($0)) }
                unsafe try runtime.check(
                    api.pointee.Run(
                        session, options.pointer, &inputNames, &inputs, 1, &names, names.count,
                        &values.pointers),
                    .inferenceFailed, "be run")
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return values
    }
}

/// What a run gave.
///
/// Unchecked: it is filled by the thread that runs, which then hands it over.
@safe
final class NetworkValues: @unchecked Sendable {
    fileprivate var pointers: [OpaquePointer?]
    private let api: UnsafePointer<OrtApi>

    @unsafe
    fileprivate init(_ api: UnsafePointer<OrtApi>, count: Int) {
        unsafe self.api = api
        unsafe pointers = [OpaquePointer?](repeating: nil, count: count)
    }

    deinit {
        for index in unsafe pointers.indices {
            if let value = unsafe pointers[index] { unsafe api.pointee.ReleaseValue(value) }
        }
    }

    /// Lends the shape and numbers of a value; of one that is no 32-bit floats, nil.
    func withFloats(
        _ index: Int,
        _ body: (_ shape: [Int], _ numbers: Span<Float>?) throws(ExtractionError) -> Void
    ) throws(ExtractionError) {
        guard let value = unsafe pointers[index] else { return }
        guard let shape = unsafe try ONNXSession.floatShape(api, of: value) else {
            return try body([], nil)
        }
        var data: UnsafeMutableRawPointer?
        unsafe try api.check(
            api.pointee.GetTensorMutableData(value, &data), .inferenceFailed, "be read")
        guard let data = unsafe data else { return try body(shape, Span()) }
        let numbers = unsafe Span<Float>(
            _unsafeStart: data.assumingMemoryBound(to: Float.self), count: shape.reduce(1, *))
        try body(shape, numbers)
    }
}

/// What can stop a run, from any thread.
///
/// Unchecked: ONNX Runtime documents the flag as one to be set while a run reads it.
@safe
final class RunOptions: @unchecked Sendable {
    let pointer: OpaquePointer
    private let runtime: ONNXRuntime

    init(_ runtime: ONNXRuntime) throws(ExtractionError) {
        self.runtime = runtime
        unsafe pointer = try runtime.api.make(.system, "be set up") { out in
            unsafe runtime.api.pointee.CreateRunOptions(out)
        }
    }

    deinit {
        unsafe runtime.api.pointee.ReleaseRunOptions(pointer)
    }

    /// Asks the run to end before its next operator.
    func stop() {
        if let status = unsafe runtime.api.pointee.RunOptionsSetTerminate(pointer) {
            unsafe runtime.api.pointee.ReleaseStatus(status)
        }
    }
}
