/// ONNX files made by hand, byte by byte, so that they may be wrong in any way.
///
/// What has the name of a message makes its fields; ``field(_:_:)`` puts them into another message.
public enum ONNXBytes {
    /// A number of seven bits in a byte.
    public static func varint(_ value: UInt64) -> [UInt8] {
        var (rest, bytes) = (value, [UInt8]())
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F | 0x80))
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    /// A field with a message, a text or packed numbers in it.
    public static func field(_ number: UInt64, _ body: [UInt8]) -> [UInt8] {
        varint(number << 3 | 2) + varint(UInt64(body.count)) + body
    }

    /// A field with a text in it.
    public static func field(_ number: UInt64, _ text: String) -> [UInt8] {
        field(number, Array(text.utf8))
    }

    /// A field with a number in it.
    public static func field(_ number: UInt64, _ value: Int) -> [UInt8] {
        varint(number << 3) + varint(UInt64(bitPattern: Int64(value)))
    }

    /// A node of a graph or function.
    public static func node(
        _ operation: String, _ inputs: [String], _ outputs: [String],
        attributes: [[UInt8]] = [], domain: String = ""
    ) -> [UInt8] {
        inputs.flatMap { field(1, $0) } + outputs.flatMap { field(2, $0) } + field(4, operation)
            + attributes.flatMap { field(5, $0) } + (domain.isEmpty ? [] : field(7, domain))
    }

    /// An attribute with a graph in it.
    public static func attribute(_ name: String, graph: [UInt8]) -> [UInt8] {
        field(1, name) + field(6, graph) + field(20, 5)
    }

    /// An attribute with a tensor in it.
    public static func attribute(_ name: String, tensor: [UInt8]) -> [UInt8] {
        field(1, name) + field(5, tensor) + field(20, 4)
    }

    /// An attribute with whole numbers in it.
    public static func attribute(_ name: String, _ numbers: [Int]) -> [UInt8] {
        field(1, name) + numbers.flatMap { field(8, $0) } + field(20, 7)
    }

    /// An attribute with one whole number in it.
    public static func attribute(_ name: String, _ number: Int) -> [UInt8] {
        field(1, name) + field(3, number) + field(20, 2)
    }

    /// A tensor of 64-bit integers; without sides it is one number.
    public static func integers(
        _ name: String, _ numbers: [Int], sides: [Int]? = nil
    ) -> [UInt8] {
        (sides ?? [numbers.count]).flatMap { field(1, $0) } + field(2, 7)
            + field(7, numbers.flatMap { varint(UInt64(bitPattern: Int64($0))) }) + field(8, name)
    }

    /// One truth value.
    public static func truth(_ name: String, _ value: Bool) -> [UInt8] {
        field(2, 9) + field(5, [value ? 1 : 0]) + field(8, name)
    }

    /// One 32-bit float.
    public static func float(_ name: String, _ value: Float) -> [UInt8] {
        field(2, 1) + field(8, name)
            + field(9, (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) })
    }

    /// A tensor of four floats whose numbers lie in another file.
    public static func external(_ name: String, location: String = "weights.bin") -> [UInt8] {
        field(1, 4) + field(2, 1) + (name.isEmpty ? [] : field(8, name))
            + field(13, field(1, "location") + field(2, location)) + field(14, 1)
    }

    /// What is declared of a value: its name, what it holds and its sides, −1 for an open one; of
    /// one without sides nothing is said of them.
    public static func value(_ name: String, element: Int = 1, _ sides: [Int]? = nil) -> [UInt8] {
        let shape = sides.map { sides in
            field(
                2,
                sides.flatMap { side in field(1, side < 0 ? field(2, "open") : field(1, side)) })
        }
        return field(1, name) + field(2, field(1, field(1, element) + (shape ?? [])))
    }

    /// A graph.
    public static func graph(
        _ nodes: [[UInt8]], weights: [[UInt8]] = [], inputs: [[UInt8]] = [],
        outputs: [[UInt8]] = []
    ) -> [UInt8] {
        nodes.flatMap { field(1, $0) } + field(2, "graph") + weights.flatMap { field(5, $0) }
            + inputs.flatMap { field(11, $0) } + outputs.flatMap { field(12, $0) }
    }

    /// A whole file of a graph, with more fields of the model behind it.
    public static func model(_ graph: [UInt8], more: [UInt8] = []) -> [UInt8] {
        field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13)) + more
    }

    /// A whole file of a network that takes pictures of 8 × 8 pixels as `image` and gives `result`.
    public static func network(_ nodes: [[UInt8]], weights: [[UInt8]] = []) -> [UInt8] {
        model(
            graph(
                nodes, weights: weights, inputs: [value("image", [-1, 3, 8, 8])],
                outputs: [value("result")]))
    }
}
