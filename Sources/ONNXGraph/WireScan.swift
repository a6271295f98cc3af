/// Looks through an ONNX file as its bytes lie, before anything of it is parsed.
///
/// It finds weights that lie outside the file wherever they hide, and what would take far more memory
/// once it is parsed than the file has bytes. It trusts no length, and does not call itself, so that
/// it takes little memory whatever the bytes are.
struct WireScan {
    /// The messages of ONNX's format that can have tensors or graphs in them.
    enum Message {
        case model, training, function, graph, node, attribute, tensor, sparse
    }

    /// A message that has begun.
    struct Frame {
        let message: Message
        /// Where it ends.
        let end: Int
        /// The name of a tensor, the first output of a node, or a function's name.
        var name: Range<Int>?
        /// Where a node's operator and the domain of a node or function are.
        var operation: Range<Int>?
        var domain: Range<Int>?
        /// How many numbers a sparse tensor has when it is spread out.
        var spread: UInt64 = 1
        /// Whether weights of it lie outside the file, and it is not known yet whose.
        var isExternal = false
    }

    /// Texts and messages of more than this are no network for images: they become 200,000 nodes,
    /// which take ONNX Runtime 23 s and 700 MB to load.
    static let mostParts = 1_000_000
    /// How deep messages may lie in each other, as in every implementation of the format.
    static let mostDepth = 100
    /// How many numbers sparse tensors may have together when they are spread out.
    static let mostSpread: UInt64 = 1 << 28

    private let bytes: [UInt8]
    private var position = 0
    private var frames: [Frame] = []
    private var parts = 0
    private var spread: UInt64 = 0
    private var calls = FunctionCalls()

    /// Looks through a file.
    ///
    /// - Throws: ``ONNXGraphError`` with `damagedModel` where the bytes are no messages, or
    ///   `unsupportedModel` with what is wrong.
    /// - Complexity: O(fields)
    static func check(_ bytes: [UInt8]) throws(ONNXGraphError) {
        guard bytes.count <= Int(Int32.max) else {
            throw ONNXGraphError(
                .unsupportedModel,
                "The ONNX file is longer than 2 GiB, which its format does not allow; "
                    + "take a smaller network.")
        }
        var scan = WireScan(bytes: bytes)
        try scan.run()
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
        frames.append(Frame(message: .model, end: bytes.count))
    }

    private mutating func run() throws(ONNXGraphError) {
        while let top = frames.last {
            if position == top.end {
                try endMessage(frames.removeLast())
                continue
            }
            let tag = try varint()
            guard tag <= UInt32.max, tag >> 3 > 0 else { throw Self.damaged }
            let field = Int(tag >> 3)
            switch tag & 7 {
            case 0: take(number: try varint(), field)
            case 1: try skip(8)
            case 2: try take(part: try part(), field, of: top.message)
            case 5: try skip(4)
            // Groups, which ONNX has none of.
            default: throw Self.damaged
            }
        }
        guard calls.nodes(atMost: Self.mostParts / 5) else { throw Self.giant }
    }

    /// Takes a number of the message on top.
    private mutating func take(number: UInt64, _ field: Int) {
        let top = frames.count - 1
        switch (frames[top].message, field) {
        // Parsers keep the lower half of an enumeration's number.
        case (.tensor, 14):
            if UInt32(truncatingIfNeeded: number) != 0 { frames[top].isExternal = true }
        case (.sparse, 3): frames[top].grow(by: number)
        default: break
        }
    }

    /// Takes a text or begins a message.
    private mutating func take(
        part range: Range<Int>, _ field: Int, of message: Message
    ) throws(ONNXGraphError) {
        parts += 1
        if let inner = message.inner(field) {
            guard frames.count < Self.mostDepth else {
                throw ONNXGraphError(
                    .unsupportedModel,
                    "The graphs of the ONNX file lie in each other more than "
                        + "\(Self.mostDepth) deep; take a simpler network.")
            }
            frames.append(Frame(message: inner, end: range.upperBound))
        } else {
            position = range.upperBound
            if message.isOfMessages(field) { parts += range.count / 2 }
            try note(range, field)
        }
        guard parts <= Self.mostParts else { throw Self.giant }
    }

    /// Notes what has to be known of the message on top when it ends.
    private mutating func note(_ range: Range<Int>, _ field: Int) throws(ONNXGraphError) {
        let top = frames.count - 1
        switch (frames[top].message, field) {
        case (.tensor, 8), (.function, 1): frames[top].name = range
        case (.tensor, 13): frames[top].isExternal = true
        case (.node, 2): if frames[top].name?.isEmpty ?? true { frames[top].name = range }
        case (.node, 4): frames[top].operation = range
        case (.node, 7), (.function, 10): frames[top].domain = range
        case (.sparse, 3):
            position = range.lowerBound
            while position < range.upperBound { frames[top].grow(by: try varint()) }
            guard position == range.upperBound else { throw Self.damaged }
        default: break
        }
    }

    private mutating func endMessage(_ frame: Frame) throws(ONNXGraphError) {
        if frame.isExternal {
            let name = [.tensor, .node].contains(frame.message) ? text(frame.name) : ""
            guard name.isEmpty, !frames.isEmpty else {
                let whose = name.isEmpty ? "a tensor without a name" : "'\(name)'"
                throw ONNXGraphError(
                    .unsupportedModel,
                    "The weights of \(whose) lie in another file; "
                        + "save the model again with its weights inside.")
            }
            frames[frames.count - 1].isExternal = true
        }
        switch frame.message {
        case .node: calls.addCall(of: text(frame.operation), in: text(frame.domain))
        case .function: calls.endFunction(text(frame.name), in: text(frame.domain))
        case .graph where frames.count == 1, .training: calls.endNetwork()
        case .sparse:
            let (sum, overflow) = spread.addingReportingOverflow(frame.spread)
            guard !overflow, sum <= Self.mostSpread else {
                throw ONNXGraphError(
                    .unsupportedModel,
                    "The sparse tensors of the ONNX file take more than 2 GiB when they are spread "
                        + "out; take a smaller network.")
            }
            spread = sum
        default: break
        }
    }
}

extension WireScan {
    static var damaged: ONNXGraphError {
        ONNXGraphError(
            .damagedModel, "This is not a complete ONNX file; fetch or convert it again.")
    }

    static var giant: ONNXGraphError {
        ONNXGraphError(
            .unsupportedModel,
            "The ONNX file has more parts than a network for images has (more than "
                + "\(mostParts) texts and messages, or \(mostParts / 5) nodes when its functions are "
                + "written out); take a smaller network.")
    }

    /// Reads a number of up to 64 bits, seven in a byte.
    private mutating func varint() throws(ONNXGraphError) -> UInt64 {
        let end = frames.last?.end ?? 0
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard position < end else { throw Self.damaged }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw Self.damaged
    }

    private mutating func skip(_ count: Int) throws(ONNXGraphError) {
        guard let end = frames.last?.end, count <= end - position else { throw Self.damaged }
        position += count
    }

    /// Reads a length and returns where what has it lies, inside the message on top.
    private mutating func part() throws(ONNXGraphError) -> Range<Int> {
        let length = try varint()
        guard let end = frames.last?.end, length <= end - position else { throw Self.damaged }
        return position..<position + Int(length)
    }

    private func text(_ range: Range<Int>?) -> String {
        range.map { String(decoding: bytes[$0], as: UTF8.self) } ?? ""
    }
}

extension WireScan.Frame {
    /// Multiplies a sparse tensor's size; one that is too large stays so.
    mutating func grow(by side: UInt64) {
        let (product, overflow) = spread.multipliedReportingOverflow(by: side)
        spread = overflow ? .max : product
    }
}

extension WireScan.Message {
    /// The message that a field has, if it is one to look into.
    func inner(_ field: Int) -> Self? {
        switch (self, field) {
        case (.model, 7), (.training, 1), (.training, 2), (.attribute, 6), (.attribute, 11): .graph
        case (.model, 20): .training
        case (.model, 25): .function
        case (.graph, 1), (.function, 7): .node
        case (.node, 5), (.function, 11): .attribute
        case (.graph, 5), (.attribute, 5), (.attribute, 10), (.sparse, 1), (.sparse, 2): .tensor
        case (.graph, 15), (.attribute, 22), (.attribute, 23): .sparse
        default: nil
        }
    }

    /// Whether a field that is not looked into is a message, which may have one more in two bytes.
    func isOfMessages(_ field: Int) -> Bool {
        switch (self, field) {
        // What values and types are declared, annotated, and on which devices.
        case (.graph, 11...14), (.function, 12), (.attribute, 14...15), (.node, 10), (.model, 26):
            true
        default: false
        }
    }
}
