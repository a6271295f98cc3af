import ONNXGraph
import TestSupport
import Testing

/// Files that a stranger made to do harm.
@Suite struct WireScanTests {
    typealias Bytes = ONNXBytes

    /// The sentence that a file is refused with, or nil if it is taken.
    func refusal(
        _ bytes: [UInt8], _ code: ONNXGraphError.Code = .unsupportedModel,
        _ place: SourceLocation = #_sourceLocation
    ) -> String? {
        do throws(ONNXGraphError) {
            _ = try ONNXModel(bytes)
            return nil
        } catch {
            #expect(error.code == code, "\(error.message)", sourceLocation: place)
            return error.message
        }
    }

    /// A file with some more nodes, weights, and fields of the graph and model.
    func model(
        nodes: [[UInt8]] = [], weights: [[UInt8]] = [], graph: [UInt8] = [], more: [UInt8] = []
    ) -> [UInt8] {
        Bytes.model(
            Bytes.graph(
                [Bytes.node("Relu", ["image"], ["result"])] + nodes, weights: weights,
                inputs: [Bytes.value("image", [-1, 3, 8, 8])], outputs: [Bytes.value("result")])
                + graph,
            more: more)
    }

    func constant(_ output: String, _ tensor: [UInt8]) -> [UInt8] {
        Bytes.node("Constant", [], [output], attributes: [Bytes.attribute("value", tensor: tensor)])
    }

    /// A graph that makes a constant of weights outside.
    func branch(_ name: String) -> [UInt8] {
        Bytes.graph([constant("inside", Bytes.external(name))], outputs: [Bytes.value("inside")])
    }

    func choice(_ graph: [UInt8]) -> [UInt8] {
        Bytes.node(
            "If", ["c"], ["chosen"],
            attributes: [
                Bytes.attribute("else_branch", graph: graph),
                Bytes.attribute("then_branch", graph: graph),
            ])
    }

    /// A sparse tensor of one number with an index.
    func sparse(_ values: [UInt8], sides: [Int] = [9]) -> [UInt8] {
        Bytes.field(1, values) + Bytes.field(2, Bytes.integers("", [1]))
            + sides.flatMap { Bytes.field(3, $0) }
    }

    func function(_ nodes: [[UInt8]], _ name: String = "f") -> [UInt8] {
        Bytes.field(
            25,
            Bytes.field(1, name) + Bytes.field(4, "a") + Bytes.field(5, "b")
                + nodes.flatMap { Bytes.field(7, $0) } + Bytes.field(10, "own"))
    }

    @Test func weightsInTheFileAreTaken() {
        let inside = Bytes.graph(
            [constant("inside", Bytes.float("w", 1))], outputs: [Bytes.value("inside")])
        let bytes = model(
            nodes: [choice(inside), Bytes.node("f", ["image"], ["z"], domain: "own")],
            weights: [Bytes.integers("w", [1, 2])], graph: Bytes.field(15, sparse([])),
            more: function([constant("b", Bytes.float("w", 1))]))
        #expect(refusal(bytes) == nil)
        // The field may be there and say that the weights are inside.
        #expect(refusal(model(weights: [Bytes.float("w", 1) + Bytes.field(14, 0)])) == nil)
    }

    @Test func weightsOutsideTheFileAreRefusedWhereverTheyHide() {
        let outside = Bytes.external("far")
        let loop = Bytes.node(
            "Loop", ["n"], ["looped"],
            attributes: [
                Bytes.attribute("body", graph: Bytes.graph([choice(branch("far"))]))
            ])
        let hidden: [(String, [UInt8])] = [
            ("an initializer", model(weights: [Bytes.float("near", 1), outside])),
            ("a constant", model(nodes: [constant("c", outside)])),
            (
                "one of many tensors",
                model(nodes: [
                    Bytes.node(
                        "X", [], ["x"],
                        attributes: [Bytes.field(10, Bytes.float("", 1)) + Bytes.field(10, outside)]
                    )
                ])
            ),
            ("a branch", model(nodes: [choice(branch("far"))])),
            (
                "one of many graphs",
                model(nodes: [
                    Bytes.node("X", [], ["x"], attributes: [Bytes.field(11, branch("far"))])
                ])
            ),
            ("a branch in a loop", model(nodes: [loop])),
            ("a function", model(more: function([constant("b", outside)]))),
            (
                "a function's own attribute",
                model(more: Bytes.field(25, Bytes.field(11, Bytes.attribute("a", tensor: outside))))
            ),
            ("a sparse initializer", model(graph: Bytes.field(15, sparse(outside)))),
            (
                "the places of a sparse initializer",
                model(
                    graph: Bytes.field(
                        15, Bytes.field(1, Bytes.float("", 1)) + Bytes.field(2, outside)))
            ),
            (
                "a sparse constant",
                model(nodes: [
                    Bytes.node(
                        "Constant", [], ["c"], attributes: [Bytes.field(22, sparse(outside))])
                ])
            ),
            (
                "one of many sparse tensors",
                model(nodes: [
                    Bytes.node("X", [], ["x"], attributes: [Bytes.field(23, sparse(outside))])
                ])
            ),
            (
                "what training begins with",
                model(more: Bytes.field(20, Bytes.field(1, branch("far"))))
            ),
            ("training", model(more: Bytes.field(20, Bytes.field(2, branch("far"))))),
            // Parsers put fields that come twice together.
            ("a second graph", model(more: Bytes.field(7, Bytes.graph([], weights: [outside])))),
        ]
        for (place, bytes) in hidden {
            let said = refusal(bytes)
            #expect(said?.contains("weights of 'far' lie in another file") == true, "\(place)")
        }
    }

    @Test func everyWayToSayThatWeightsAreOutsideIsRefused() {
        let memory = Bytes.external("far", location: "*/_ORT_MEM_ADDR_/*")
        let entries = Bytes.field(8, "far") + Bytes.field(13, Bytes.field(1, "location"))
        let flag = Bytes.field(8, "far") + Bytes.field(14, 1)
        // A parser takes the lower half of the number.
        let long = Bytes.field(8, "far") + Bytes.field(14, 1 << 32 + 1)
        for tensor in [memory, entries, flag, long] {
            #expect(refusal(model(weights: [tensor]))?.contains("'far'") == true)
        }
        // Without a name it is the node's output that is named, if there is one.
        let nameless = Bytes.external("")
        #expect(refusal(model(nodes: [constant("c", nameless)]))?.contains("'c'") == true)
        #expect(
            refusal(model(weights: [nameless]))?.contains("a tensor without a name") == true)
    }

    @Test func filesOfFarTooManyPartsAreRefused() {
        let bombs: [(String, [UInt8])] = [
            ("nodes", Bytes.model([UInt8](repeating: 0, count: 0) + pairs(0x0A))),
            ("texts of a tensor", model(weights: [pairs(0x32)])),
            ("weights", Bytes.model(pairs(0x2A))),
            ("declared shapes", model(graph: Bytes.field(13, Bytes.field(2, pairs(0x0A))))),
            (
                "a type",
                model(nodes: [
                    Bytes.node("X", [], ["x"], attributes: [Bytes.field(14, pairs(0x0A))])
                ])
            ),
            (
                "functions",
                model(more: (0..<1_000_001).flatMap { _ in [0xCA, 0x01, 0] as [UInt8] })
            ),
        ]
        for (what, bytes) in bombs {
            #expect(refusal(bytes)?.contains("more parts") == true, "\(what)")
        }
        // As many numbers as there may be parts are nothing.
        let numbers = [UInt8](repeating: 1, count: 3_000_000)
        #expect(refusal(model(weights: [Bytes.field(8, "w") + Bytes.field(7, numbers)])) == nil)
        #expect(refusal(model(weights: [numbers.prefix(0) + pairs(0x38)])) == nil)
    }

    /// A million fields and one more of two bytes, empty or zero.
    func pairs(_ tag: UInt8) -> [UInt8] {
        (0..<1_000_001 * 2).map { $0 % 2 == 0 ? tag : 0 }
    }

    @Test func functionsThatGrowWithoutEndAreRefused() {
        /// Every function calls the one before it twice.
        func functions(_ count: Int) -> [UInt8] {
            (0..<count).flatMap { number in
                let call = Bytes.node(
                    number == 0 ? "Relu" : "f\(number - 1)", ["a"], ["b"],
                    domain: number == 0 ? "" : "own")
                return function([call, call], "f\(number)")
            }
        }
        func network(_ count: Int) -> [UInt8] {
            model(
                nodes: [Bytes.node("f\(count - 1)", ["image"], ["z"], domain: "own")],
                more: functions(count))
        }
        #expect(refusal(network(16)) == nil)
        #expect(refusal(network(20))?.contains("functions are written out") == true)
        #expect(refusal(network(400))?.contains("functions are written out") == true)
        // A function that nobody calls costs nothing, and one that calls itself has no size.
        #expect(refusal(model(more: functions(400))) == nil)
        let own = Bytes.node("f", ["a"], ["b"], domain: "own")
        #expect(refusal(model(nodes: [own], more: function([own]))) == nil)
    }

    @Test func sparseTensorsOfFarTooManyNumbersAreRefused() {
        for sides in [[1 << 40], [1 << 20, 1 << 20], [1 << 32, 1 << 32], [-1]] {
            let tensor = sparse(Bytes.float("", 1), sides: sides)
            #expect(refusal(model(graph: Bytes.field(15, tensor)))?.contains("sparse") == true)
        }
        let packed =
            sparse([], sides: []) + Bytes.field(3, Bytes.varint(1 << 20) + Bytes.varint(1 << 20))
        #expect(refusal(model(graph: Bytes.field(15, packed)))?.contains("sparse") == true)
        let half = Bytes.field(15, sparse([], sides: [1 << 27]))
        #expect(refusal(model(graph: half)) == nil)
        #expect(refusal(model(graph: half + half + half))?.contains("sparse") == true)
    }

    @Test func graphsThatLieTooDeepAreRefused() {
        func nested(_ depth: Int) -> [UInt8] {
            (0..<depth).reduce(Bytes.graph([Bytes.node("Relu", ["a"], ["b"])])) { inner, _ in
                Bytes.graph([
                    Bytes.node("If", ["c"], ["d"], attributes: [Bytes.attribute("g", graph: inner)])
                ])
            }
        }
        #expect(refusal(model(nodes: [choice(nested(10))])) == nil)
        #expect(refusal(model(nodes: [choice(nested(50))]))?.contains("deep") == true)
        #expect(refusal(model(nodes: [choice(nested(2000))]))?.contains("deep") == true)
    }

    @Test func whatIsCutOffAnywhereIsRefused() {
        let bytes = model(
            nodes: [choice(Bytes.graph([constant("inside", Bytes.float("w", 1))]))],
            weights: [Bytes.integers("v", [1, 2, 300])], graph: Bytes.field(15, sparse([])))
        // The graph is all but a few bytes at either end; what is cut behind it is another model.
        let end = bytes.count - 6
        for length in 3..<end {
            #expect(
                refusal(Array(bytes.prefix(length)), .damagedModel) != nil, "length \(length)")
        }
        #expect(refusal(bytes) == nil)
    }

    @Test func whatIsNoMessageIsRefused() {
        let wrong: [(String, [UInt8])] = [
            ("a length of 2^63", [0x3A] + [UInt8](repeating: 0xFF, count: 9) + [0x01]),
            ("a length that has no end", [0x3A] + [UInt8](repeating: 0x80, count: 11)),
            ("a part longer than what it is in", Bytes.field(7, [0x0A, 5, 0])),
            ("a group", [0x0B, 0x0C]),
            ("field 0", [0x02, 0]),
            ("a field beyond all", [0x82, 0x80, 0x80, 0x80, 0x80, 0x01, 0]),
            ("half a number", [0x09, 1, 2, 3]),
        ]
        for (what, bytes) in wrong {
            #expect(refusal(model() + bytes, .damagedModel) != nil, "\(what)")
        }
    }
}
