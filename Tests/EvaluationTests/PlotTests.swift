import Evaluation
import Foundation
import FoundationXML
import TestSupport
import Testing

@Suite struct PlotTests {
    /// Counts the elements of a document.
    private final class Counter: NSObject, XMLParserDelegate {
        var counts: [String: Int] = [:]
        var text = ""

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
            qualifiedName: String?, attributes: [String: String]
        ) {
            let style = attributes["class"].map { ".\($0)" } ?? ""
            counts[name + style, default: 0] += 1
        }

        func parser(_ parser: XMLParser, foundCharacters characters: String) {
            text += characters
        }
    }

    private func parsed(_ document: String) throws -> Counter {
        let parser = XMLParser(data: Data(document.utf8))
        let counter = Counter()
        parser.delegate = counter
        let isWellFormed = parser.parse()
        try #require(isWellFormed, "\(String(describing: parser.parserError))")
        return counter
    }

    private func curve(_ name: String, _ points: [(Int?, Double, Double)]) -> OperatingPoints {
        OperatingPoints(
            name: name,
            points: points.map {
                OperatingPoint(parameter: $0.0, recall: $0.1, queriesPerSecond: $0.2)
            })
    }

    @Test func everyScoreIsInTheLayerPlot() throws {
        let panels = (0..<5).map { model in
            LayerPlot.Panel(
                name: "model \(model) <&>", layers: (0..<9).map { "block\($0)_conv" },
                values: [
                    (0..<9).map { Double(50 + model + $0) },
                    (0..<9).map { $0 == 4 ? nil : Double(80 - $0) },
                ])
        }
        let svg = try LayerPlot(
            title: "Relevance score", series: ["iconic200", "fashion200"], panels: panels
        ).svg()
        let found = try parsed(svg)
        // The round markers of the first series, with one for the legend; the second has squares.
        #expect(found.counts["circle.marker"] == 5 * 9 + 1)
        #expect(found.counts["polygon.marker"] == 5 * 8 + 1)
        #expect(found.counts["polyline.curve"] == 10)
        for layer in 0..<9 { #expect(found.text.contains("block\(layer)_conv")) }
        #expect(throws: EvaluationError.self) {
            try LayerPlot(
                title: "", series: ["a", "b"],
                panels: [
                    LayerPlot.Panel(name: "m", layers: ["x"], values: [[1]])
                ])
        }
        // One score alone, and none at all, make a picture too.
        for values in [[[7.0]], [[nil]]] as [[[Double?]]] {
            let panel = LayerPlot.Panel(name: "m", layers: ["x"], values: values)
            _ = try parsed(LayerPlot(title: "t", series: ["a"], panels: [panel]).svg())
        }
    }

    @Test func everyPointIsInTheOperatingPlot() throws {
        let curves = [
            curve("flat", [(nil, 1, 210)]),
            curve("matrix", [(nil, 1, 410_000)]),
            curve(
                "hnsw",
                [
                    (10, 0.781, 31_000), (20, 0.902, 21_500), (40, 0.958, 13_700),
                    (80, 0.984, 8200), (160, 0.9945, 4700), (320, 0.9985, 2600),
                ]),
            curve("hnswlib", [(10, 0.77, 27_000), (40, 0.951, 11_100), (160, 0.993, 3700)]),
            curve("ivf", [(1, 0.55, 24_000), (8, 0.9, 7000), (64, 0.998, 1100)]),
            curve("qg", [(10, 0.83, 61_000), (40, 0.97, 24_000), (160, 0.998, 7600)]),
            curve("faiss <IVF> & \"PQ\"", [(1, 0.61, 33_000), (16, 0.93, 4000)]),
        ]
        let svg = OperatingPlot(
            title: "Fashion-MNIST, 60,000 × 784, l2", subtitle: "10,000 queries, one thread", k: 10,
            curves: curves
        ).svg()
        try keep(svg, "operating-plot")
        let counter = try parsed(svg)
        let markers =
            (counter.counts["circle.marker"] ?? 0) + (counter.counts["polygon.marker"] ?? 0)
        #expect(markers == curves.reduce(0) { $0 + $1.points.count } + curves.count)
        #expect(counter.counts["polyline.curve"] == 5)
        #expect(counter.text.contains("hnsw at 40, recall 0.9580, 13,700 queries/s"))
        #expect(counter.text.contains("faiss <IVF> & \"PQ\" at 16"))
        #expect(counter.text.contains("recall@10"))
    }

    @Test func pointsThatHaveNoPlaceAreLeftOutAndEmptyPlotsAreDrawn() throws {
        let odd = curve("x", [(1, .nan, 5), (2, 0.5, 0), (3, 0.5, .infinity), (4, 0, 1e-3)])
        let counter = try parsed(OperatingPlot(title: "\u{1}", k: 1, curves: [odd]).svg())
        #expect(counter.counts["circle.marker"] == 2)
        _ = try parsed(OperatingPlot(title: "", k: 1, curves: []).svg())
    }

    @Test func everyPointLiesInsideTheFrame() throws {
        try withEverySeed(0..<30) { generator, seed in
            let scale = Double.random(in: -3...7, using: &generator)
            let points = (0..<Int.random(in: 1...9, using: &generator)).map { index in
                (
                    Optional(index), Double.random(in: 0...1, using: &generator),
                    pow(10, scale + .random(in: 0...3, using: &generator))
                )
            }
            let svg = OperatingPlot(title: "t", k: 1, curves: [curve("x", points)]).svg()
            var found = 0
            for line in svg.split(separator: "\n") where line.contains("<circle class=\"marker\"") {
                let parts = line.split(separator: "\"")
                let x = try #require(Double(parts[3]))
                let y = try #require(Double(parts[5]))
                // The legend's own marker is right of the frame.
                if x > 728 { continue }
                #expect(x >= 74 && x <= 723 && y >= 77.9 && y <= 420.1, "seed \(seed): \(line)")
                found += 1
            }
            #expect(found == points.count, "seed \(seed)")
        }
    }

    @Test func everyScoreIsInTheTable() throws {
        let table = try ScoreTable(
            title: "Relevance score on iconic200", subtitle: "k = 15, higher is better",
            columns: ["avg cosine", "avg l2", "flatten cosine", "flatten l2"],
            rows: [
                ("stem_conv", [31.2, 25.1, 29.9, 24.4]), ("block2", [44, 40.5, 41.9, 36]),
                ("block4", [66.7, 60.2, 64.9, nil]), ("top_conv", [91.84, 88.1, 87.3, 82.2]),
            ])
        let svg = table.svg()
        try keep(svg, "score-table")
        let counter = try parsed(svg)
        #expect(counter.counts["rect"] == 15)
        #expect(counter.text.contains("91.8") && counter.text.contains("–"))
        #expect(throws: EvaluationError.self) {
            try ScoreTable(title: "", columns: ["a"], rows: [("x", [1, 2])])
        }
        _ = try parsed(ScoreTable(title: "", columns: [], rows: []).svg())
    }

    /// Keeps a picture for people to look at, in the folder that `LIKENESS_TEST_PLOTS` names.
    private func keep(_ svg: String, _ name: String) throws {
        guard let folder = ProcessInfo.processInfo.environment["LIKENESS_TEST_PLOTS"] else {
            return
        }
        try svg.write(toFile: "\(folder)/\(name).svg", atomically: true, encoding: .utf8)
    }
}
