/// Which functions of a model call which, to find out how many nodes it has when all are written out,
/// as ONNX Runtime does.
///
/// Thirty functions of two calls each are a file of a few kilobytes and a billion nodes.
struct FunctionCalls {
    /// How often each operator is called by what is being read.
    private var current: [String: Int] = [:]
    /// How often the network itself calls each operator.
    private var network: [String: Int] = [:]
    /// How often each function calls each operator.
    private var functions: [String: [String: Int]] = [:]

    /// Notes a node of the function that is being read or of the network.
    mutating func addCall(of operation: String, in domain: String) {
        current[Self.key(operation, domain), default: 0] += 1
    }

    /// Notes that a graph of the model's own ends; its nodes are those since the last end.
    mutating func endNetwork() {
        network.merge(current, uniquingKeysWith: +)
        current = [:]
    }

    /// Notes that a function ends; its nodes are those since the last end.
    mutating func endFunction(_ name: String, in domain: String) {
        functions[Self.key(name, domain), default: [:]].merge(current, uniquingKeysWith: +)
        current = [:]
    }

    /// Whether the network has at most so many nodes when its functions are written out.
    ///
    /// - Complexity: O(functions · operators in one)
    func nodes(atMost limit: Int) -> Bool {
        var sizes: [String: Int] = [:]
        func size(_ calls: [String: Int]) -> Int {
            calls.reduce(0) { total, call in
                let (size, overflow) = call.value
                    .multipliedReportingOverflow(by: sizes[call.key] ?? 1)
                return overflow || size > limit - total ? limit + 1 : total + size
            }
        }
        // A function's size is known once those of all that it calls are. What calls itself has
        // none, and ONNX Runtime refuses it.
        var unknown: [String: Int] = [:]
        var callers: [String: [String]] = [:]
        for (name, calls) in functions {
            let called = calls.keys.filter { functions[$0] != nil }
            unknown[name] = called.count
            for other in called { callers[other, default: []].append(name) }
        }
        var ready = unknown.filter { $0.value == 0 }.map(\.key)
        while let name = ready.popLast() {
            sizes[name] = size(functions[name] ?? [:])
            for caller in callers[name] ?? [] {
                let left = (unknown[caller] ?? 0) - 1
                unknown[caller] = left
                if left == 0 { ready.append(caller) }
            }
        }
        return functions.isEmpty || size(network) <= limit
    }

    private static func key(_ name: String, _ domain: String) -> String {
        // The domain of ONNX's own operators has two names.
        "\(domain == "ai.onnx" ? "" : domain):\(name)"
    }
}
