internal import CONNXRuntime

extension ONNXSession {
    /// Options that were fastest on two cores: every fusion, threads that never spin while idle.
    static func options(
        _ api: UnsafePointer<OrtApi>, threads: Int
    ) throws(ExtractionError) -> OpaquePointer {
        let options = unsafe try api.make(.system, "be set up") { out in
            unsafe api.pointee.CreateSessionOptions(out)
        }
        do throws(ExtractionError) {
            unsafe try api.check(
                api.pointee.SetSessionGraphOptimizationLevel(options, CONNX_OPTIMIZE_ALL),
                .system, "be set up")
            unsafe try api.check(
                api.pointee.SetIntraOpNumThreads(options, Int32(clamping: max(1, threads))),
                .system, "be set up")
            unsafe try api.check(
                api.pointee.SetInterOpNumThreads(options, 1), .system, "be set up")
            for (key, value) in [
                ("session.intra_op.allow_spinning", "0"),
                // All networks together are held to a limit of memory.
                ("session.use_env_allocators", "1"),
                // A file of ONNX's can be made to look like one of ONNX Runtime's own format.
                ("session.load_model_format", "ONNX"),
            ] {
                unsafe try api.check(
                    api.pointee.AddSessionConfigEntry(options, key, value), .system, "be set up")
            }
        } catch {
            unsafe api.pointee.ReleaseSessionOptions(options)
            throw error
        }
        return unsafe options
    }

    /// The names of a session's inputs and outputs.
    static func names(
        _ api: UnsafePointer<OrtApi>, _ session: OpaquePointer
    ) throws(ExtractionError) -> (inputs: [String], outputs: [String]) {
        let allocator = unsafe try api.make(.system, "have memory") { out in
            unsafe api.pointee.GetAllocatorWithDefaultOptions(out)
        }
        var inputs = 0
        var outputs = 0
        unsafe try api.check(
            api.pointee.SessionGetInputCount(session, &inputs), .damagedModel, "be read")
        unsafe try api.check(
            api.pointee.SessionGetOutputCount(session, &outputs), .damagedModel, "be read")

        func read(
            _ call: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> OpaquePointer?
        ) throws(ExtractionError) -> String {
            var name: UnsafeMutablePointer<CChar>?
            unsafe try api.check(call(&name), .damagedModel, "be read")
            guard let name = unsafe name else { return "" }
            let result = unsafe String(cString: name)
            unsafe try api.check(
                api.pointee.AllocatorFree(allocator, name), .system, "free memory")
            return result
        }
        var result: (inputs: [String], outputs: [String]) = ([], [])
        for index in 0..<inputs {
            let name = unsafe try read { out in
                unsafe api.pointee.SessionGetInputName(session, index, allocator, out)
            }
            result.inputs.append(name)
        }
        for index in 0..<outputs {
            let name = unsafe try read { out in
                unsafe api.pointee.SessionGetOutputName(session, index, allocator, out)
            }
            result.outputs.append(name)
        }
        return result
    }

    /// The shape of a value, or nil if it is no tensor of 32-bit floats.
    static func floatShape(
        _ api: UnsafePointer<OrtApi>, of value: OpaquePointer
    ) throws(ExtractionError) -> [Int]? {
        var isTensor: Int32 = 0
        unsafe try api.check(api.pointee.IsTensor(value, &isTensor), .inferenceFailed, "be read")
        guard isTensor != 0 else { return nil }
        let info = unsafe try api.make(.inferenceFailed, "be read") { out in
            unsafe api.pointee.GetTensorTypeAndShape(value, out)
        }
        defer { unsafe api.pointee.ReleaseTensorTypeAndShapeInfo(info) }
        var element: Int32 = 0
        var rank = 0
        unsafe try api.check(
            api.pointee.GetTensorElementType(info, &element), .inferenceFailed, "be read")
        unsafe try api.check(
            api.pointee.GetDimensionsCount(info, &rank), .inferenceFailed, "be read")
        guard element == CONNX_ELEMENT_FLOAT else { return nil }
        var sizes = [Int64](repeating: 0, count: rank)
        unsafe try api.check(
            api.pointee.GetDimensions(info, &sizes, rank), .inferenceFailed, "be read")
        return sizes.map(Int.init)
    }
}

extension String {
    /// A copy that ends with a zero, to be deallocated by the owner.
    @unsafe
    func duplicated() -> UnsafeMutablePointer<CChar> {
        let bytes = utf8CString
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        for (index, byte) in bytes.enumerated() {
            unsafe (copy + index).initialize(to: byte)
        }
        return unsafe copy
    }
}
