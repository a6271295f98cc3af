import Evaluation
import GraphConstruction
import Locks
import MappedStorage
import Quantization
public import VectorCore

extension HNSWWriter {
    /// The newest version as an index without empty slots, as if it had been built so.
    ///
    /// - Parameter threads: how many threads work.
    /// - Returns: the index, and which row of the version each of its rows was.
    /// - Throws: ``IndexError`` with `system` where there is no memory.
    /// - Complexity: O(bytes), and what a fold takes
    public func dense(
        threads: Int
    ) throws(IndexError) -> (index: HNSWIndex, version: HNSWIndex, rows: [UInt32]) {
        try turn.withTurn { () throws(IndexError) in
            let folding = self.folding.withLock { $0 }
            let base = version
            var step = FoldStep(
                base, folding, threads: threads, pace: nil, completely: true)
            var buffer = try GraphBuffer(copying: folding.current)
            try step.unlink(&buffer)
            step.insert(buffer.graph)
            let (index, rows) = try DenseGraph(base, step, buffer.graph).index()
            return (index, base, rows)
        }
    }
}

/// The rows of a graph that can be found, numbered anew.
private struct DenseGraph {
    private let base: HNSWIndex
    private let step: FoldStep
    private let graph: HNSWGraph
    /// The rows that can be found.
    private let rows: [UInt32]
    /// The new row of every vertex, or `none`: that of the first row that it stands for.
    private var places: [UInt32]
    private var equals: [EqualRows.Pair] = []

    init(_ base: HNSWIndex, _ step: FoldStep, _ graph: HNSWGraph) {
        self.base = base
        self.step = step
        self.graph = graph
        rows = base.shown.rows
        var numbers = [UInt32](repeating: LinkTable.none, count: base.rowCount)
        for (number, row) in rows.enumerated() { numbers[Int(row)] = UInt32(number) }
        places = [UInt32](repeating: LinkTable.none, count: base.rowCount)
        for vertex in step.vertices.rows { places[Int(vertex)] = numbers[Int(vertex)] }
        let pairs = (base.equals.pairs + step.copies).filter { !base.hidden.contains($0.copy) }
        for pair in pairs {
            places[Int(pair.original)] = min(
                places[Int(pair.original)], numbers[Int(pair.copy)])
        }
        for pair in pairs {
            let place = places[Int(pair.original)]
            for row in [numbers[Int(pair.original)], numbers[Int(pair.copy)]]
            where row != LinkTable.none && row != place {
                equals.append(EqualRows.Pair(original: place, copy: row))
            }
        }
        equals = Set(equals).sorted()
    }

    func index() throws(IndexError) -> (HNSWIndex, [UInt32]) {
        let vectors = try copiedVectors()
        var levels = [UInt8](repeating: 0, count: rows.count)
        let vertices = step.vertices.rows.filter { places[Int($0)] != LinkTable.none }
        for vertex in vertices {
            levels[Int(places[Int(vertex)])] = UInt8(graph.level(of: vertex))
        }
        let dense = try HNSWGraph(levels: levels, m: graph.m)
        for vertex in vertices {
            let place = places[Int(vertex)]
            for layer in 0...graph.level(of: vertex) {
                let links = unsafe dense.links(of: place, on: layer)
                for (slot, neighbor) in graph.neighbors(of: vertex, on: layer).enumerated() {
                    unsafe links[slot] = places[Int(neighbor)]
                }
            }
        }
        let isolated = Set(base.isolated)
        let index = HNSWIndex(
            metric: base.metric, dimension: base.dimension, parameters: base.parameters,
            vectors: vectors, graph: dense,
            entry: vertices.isEmpty ? 0 : places[Int(step.entry)],
            isolated: rows.indices.lazy.filter { isolated.contains(rows[$0]) }.map { UInt32($0) },
            isolatedAreZero: base.isolatedAreZero, equals: EqualRows(pairs: equals),
            codesFit: base.codesFit, recall: base.recall.rebased(by: base.changeCount))
        return (index, rows)
    }

    private func copiedVectors() throws(IndexError) -> GraphVectors {
        var codes: CodeRows?
        if let old = base.codes {
            let stride = old.quantizer.stride
            let pages = try IndexPages(byteCount: rows.count * stride)
            for (place, row) in rows.enumerated() {
                unsafe (pages.base + place * stride).copyMemory(
                    from: old.base + Int(row) * stride, byteCount: stride)
            }
            codes = CodeRows(pages, count: rows.count, old.quantizer)
        }
        if let codes, !base.keepsVectors { return GraphVectors(codes, of: base.preparation) }
        let matrix = base.vectors
        let pages = try IndexPages(byteCount: rows.count * matrix.stride * 4)
        for (place, row) in rows.enumerated() {
            unsafe (pages.base + place * matrix.stride * 4).copyMemory(
                from: matrix.pointer(row: Int(row)), byteCount: matrix.stride * 4)
        }
        return GraphVectors(
            pages.matrix(rows: rows.count, columns: matrix.columns), codes: codes,
            base.preparation)
    }
}
