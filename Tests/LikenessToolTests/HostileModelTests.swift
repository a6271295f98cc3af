import Foundation
import TestSupport
import Testing

/// Networks that a stranger made to do harm, given to the real program.
@Suite(.enabled(if: ImageFixtures.hasModel, "\(ImageFixtures.skipReason)"))
struct HostileModelTests {
    typealias Bytes = ONNXBytes

    /// Adds a network under limits and expects that it is refused and nothing left of it.
    func refuses(
        _ network: [UInt8], _ variables: [String: String] = [:], status: Int32 = 65,
        saying word: String, _ place: SourceLocation = #_sourceLocation
    ) throws {
        var tool = try Tool()
        let models = tool.folder.path("models")
        tool.environment = ["LIKENESS_MODELS": models].merging(variables) { $1 }
        let file = try tool.folder.write("network.onnx", network)
        // That it ends at all, and not by a signal, is what matters; `Tool.run` sees to it.
        try tool.fails("models add \(file)", status: status, saying: word, sourceLocation: place)
        let left = (try? FileManager.default.contentsOfDirectory(atPath: models)) ?? []
        #expect(left.allSatisfy { $0 == ".lock" }, sourceLocation: place)
    }

    /// The largest of two thousand times two thousand numbers, four million times.
    func pool(of input: String) -> [UInt8] {
        Bytes.node(
            "MaxPool", [input], ["pooled"],
            attributes: [
                Bytes.attribute("kernel_shape", [2047, 2047]),
                Bytes.attribute("pads", [1023, 1023, 1023, 1023]),
            ])
    }

    @Test func oneOperatorThatTakesDaysIsGivenUp() throws {
        let network = Bytes.network(
            [Bytes.node("Tile", ["image", "times"], ["big"]), pool(of: "big")]
                + [Bytes.node("Relu", ["pooled"], ["result"])],
            weights: [Bytes.integers("times", [1, 1, 256, 256])])
        try refuses(
            network, ["LIKENESS_MODEL_SECONDS": "1"], saying: "longer than its limit of 1 s")
    }

    /// What depends on no picture is computed when the network is loaded.
    @Test func aNetworkThatTakesDaysToLoadIsGivenUp() throws {
        let network = Bytes.network(
            [Bytes.node("ConstantOfShape", ["size"], ["big"]), pool(of: "big")]
                + [
                    Bytes.node("ReduceMax", ["pooled"], ["most"]),
                    Bytes.node("Add", ["image", "most"], ["result"]),
                ],
            weights: [Bytes.integers("size", [1, 3, 2048, 2048])])
        try refuses(
            network, ["LIKENESS_MODEL_SECONDS": "1"], saying: "longer than its limit of 1 s")
    }

    /// Between no operators ONNX Runtime does not look whether it is to stop.
    @Test func aLoopOfNothingIsGivenUp() throws {
        let body = Bytes.graph(
            [],
            inputs: [
                Bytes.value("turn", element: 7, []), Bytes.value("go", element: 9, []),
                Bytes.value("same"),
            ],
            outputs: [Bytes.value("go", element: 9, []), Bytes.value("same")])
        let network = Bytes.network(
            [
                Bytes.node(
                    "Loop", ["count", "always", "image"], ["result"],
                    attributes: [Bytes.attribute("body", graph: body)])
            ],
            weights: [
                Bytes.integers("count", [1 << 62], sides: []), Bytes.truth("always", true),
            ])
        try refuses(
            network, ["LIKENESS_MODEL_SECONDS": "1"], saying: "longer than its limit of 1 s")
    }

    /// Each tensor is twice as large as the one before; none is large for itself at first.
    func chain(from input: String) -> [[UInt8]] {
        (0..<16).map { number in
            let before = number == 0 ? input : "t\(number - 1)"
            return Bytes.node(
                "Concat", [before, before], ["t\(number)"],
                attributes: [Bytes.attribute("axis", 1)])
        }
    }

    @Test func aChainOfGrowingTensorsMeetsTheLimitOfMemory() throws {
        // The numbers of whole numbers are not looked at, so that only the run takes memory.
        let network = Bytes.network(
            [Bytes.node("Cast", ["image"], ["whole"], attributes: [Bytes.attribute("to", 7)])]
                + chain(from: "whole") + [
                    Bytes.node("ReduceSum", ["t15"], ["sum"]),
                    Bytes.node("Cast", ["sum"], ["part"], attributes: [Bytes.attribute("to", 1)]),
                    Bytes.node("Relu", ["image"], ["feature"]),
                    Bytes.node("Add", ["feature", "part"], ["result"]),
                ])
        try refuses(network, ["LIKENESS_MODEL_MEMORY": "64"], saying: "its limit of 64 MiB")
    }

    @Test func layersThatFillTheMemoryAreRefused() throws {
        let network = Bytes.network(
            chain(from: "image") + [Bytes.node("Relu", ["t15"], ["result"])])
        try refuses(network, ["LIKENESS_MODEL_MEMORY": "512"], saying: "its limit of 512 MiB")
    }

    @Test func weightsOutsideAreRefusedAndNeverLookedFor() throws {
        let inside = Bytes.node(
            "Constant", [], ["inside"],
            attributes: [
                Bytes.attribute("value", tensor: Bytes.external("far", location: "/etc/passwd"))
            ])
        let branch = Bytes.graph([inside], outputs: [Bytes.value("inside")])
        let network = Bytes.network(
            [
                Bytes.node(
                    "If", ["always"], ["chosen"],
                    attributes: [
                        Bytes.attribute("then_branch", graph: branch),
                        Bytes.attribute("else_branch", graph: branch),
                    ]),
                Bytes.node("Add", ["image", "chosen"], ["result"]),
            ], weights: [Bytes.truth("always", true)])
        try refuses(network, saying: "weights of 'far' lie in another file")
    }

    @Test func limitsThatAreNoneAreRefused() throws {
        let network = Bytes.network([Bytes.node("Relu", ["image"], ["result"])])
        for variable in ["LIKENESS_MODEL_MEMORY", "LIKENESS_MODEL_SECONDS"] {
            try refuses(network, [variable: "none"], status: 64, saying: "\(variable) is 'none'")
        }
    }

    @Test func aPipeIsNoModel() throws {
        let tool = try Tool()
        let pipe = tool.folder.path("pipe.onnx")
        try #require(unsafe mkfifo(pipe, 0o600) == 0)
        try tool.fails("models add \(pipe)", status: 74, saying: "pipe or device")
    }
}
