public import MappedStorage
import Quantization
public import VectorCore

/// The sections of an HNSW file:
///
/// | section | content |
/// |---|---|
/// | `hnsw` | *m*, efConstruction, efSearch, entry row, seed (two words), isolated count, upper blocks, codes (0 none, 1 `rq8`, 2 `f16`, 3 `sq8`): 9 × `UInt32`; where the vectors are kept elsewhere, then 1 and the two words of an `f64`: the square of the length of folded vectors |
/// | `vectors` | rows of `f32`, padded to a multiple of 16 numbers; as the graph compares them; missing where they are kept elsewhere |
/// | `levels` | a byte a row |
/// | `starts` | a `UInt32` a row: first block among the upper lists |
/// | `ground` | 2*m* × `UInt32` a row |
/// | `upper` | *m* × `UInt32` a block |
/// | `isolated` | a `UInt32` for every row that the graph cannot hold |
/// | `quant` | with codes: the parameters of their quantiser, `f32` |
/// | `codes` | with codes: rows of `CodeRows` |
/// | `equals` | two `UInt32` for every row that equals an earlier one: that one, and the row |
extension HNSWIndex: FileBackedIndex {
    /// `hnsw`.
    public static var kindName: String { "hnsw" }

    /// Adds the graph and its vectors to a file.
    ///
    /// - Throws: ``IndexError`` with `system` where the disk refuses.
    public func writeSections(to writer: inout IndexFileWriter) throws(IndexError) {
        var settings: [UInt32] = [
            UInt32(parameters.m), UInt32(parameters.efConstruction), UInt32(parameters.efSearch),
            entry, UInt32(truncatingIfNeeded: parameters.seed),
            UInt32(truncatingIfNeeded: parameters.seed >> 32), UInt32(isolated.count),
            UInt32(graph.upper.byteCount / (4 * graph.m)), Self.number(of: codesKind),
        ]
        if let preparation = rows.preparation {
            let bits = preparation.squaredLength.bitPattern
            settings += [
                1, UInt32(truncatingIfNeeded: bits), UInt32(truncatingIfNeeded: bits >> 32),
            ]
        }
        try writer.section("hnsw") { sink throws(IndexError) in try sink.write(settings) }
        if keepsVectors {
            try writer.section("vectors") { sink throws(IndexError) in try sink.write(vectors) }
        }
        for (name, pages) in [
            ("levels", graph.levels), ("starts", graph.upperStarts), ("ground", graph.ground),
            ("upper", graph.upper),
        ] {
            try writer.section(name) { sink throws(IndexError) in
                unsafe try sink.write(
                    UnsafeRawBufferPointer(start: pages.base, count: pages.byteCount))
            }
        }
        try writer.section("isolated") { sink throws(IndexError) in try sink.write(isolated) }
        if let codes {
            try writer.section("quant") { sink throws(IndexError) in
                try sink.write(codes.quantizer.parameters)
            }
            try writer.section("codes") { sink throws(IndexError) in
                unsafe try sink.write(
                    UnsafeRawBufferPointer(start: codes.base, count: codes.byteCount))
            }
        }
        try writer.section("equals") { sink throws(IndexError) in try sink.write(equals.pairs) }
    }

    /// Loads the graph and its vectors, checking every link.
    ///
    /// - Throws: ``IndexError`` with `damagedFile` or `system`.
    /// - Complexity: O(bytes)
    public convenience init(reading file: IndexFileReader) throws(IndexError) {
        let header = file.header
        let settingBytes = try file.length(of: "hnsw")
        // Files from before there were codes do not say whether there are.
        guard [32, 36, 48].contains(settingBytes) else {
            throw Self.damaged(file, "has settings of \(settingBytes) bytes")
        }
        let settingPages = try file.load("hnsw", byteCount: settingBytes)
        let settings = unsafe Array(settingPages.values(as: UInt32.self)) + [0]
        var parameters = HNSWParameters(
            m: Int(settings[0]), efConstruction: Int(settings[1]), efSearch: Int(settings[2]),
            seed: UInt64(settings[4]) | UInt64(settings[5]) << 32)
        guard (try? parameters.validate()) != nil, header.count <= Int(Int32.max),
            let kind = VectorCodes.allCases.first(where: { Self.number(of: $0) == settings[8] })
        else {
            throw Self.damaged(file, "has impossible parameters")
        }
        let columns = Self.storedDimension(header.dimension, metric: header.metric)
        let graph = HNSWGraph(
            count: header.count, m: parameters.m,
            levels: try file.load("levels", byteCount: header.count),
            upperStarts: try file.load("starts", byteCount: header.count * 4),
            ground: try file.load("ground", byteCount: header.count * 2 * parameters.m * 4),
            upper: try file.load("upper", byteCount: Int(settings[7]) * parameters.m * 4))
        let isolatedPages = try file.load("isolated", byteCount: Int(settings[6]) * 4)
        let isolated = unsafe Array(isolatedPages.values(as: UInt32.self))
        let equalBytes = try file.length(of: "equals")
        guard equalBytes % 8 == 0 else { throw Self.damaged(file, "lists half a row") }
        let equalPages = try file.load("equals", byteCount: equalBytes)
        let equals = unsafe EqualRows(pairs: Array(equalPages.values(as: EqualRows.Pair.self)))
        let codes =
            kind == .f32 ? nil : try Self.codes(kind, file, columns, seed: parameters.seed)
        parameters.codes = kind
        let vectors: GraphVectors
        if settingBytes == 48 {
            parameters.vectors = .store
            let length = Double(bitPattern: UInt64(settings[10]) | UInt64(settings[11]) << 32)
            guard settings[9] == 1, let codes, length.isFinite, length >= 0 else {
                throw Self.damaged(file, "keeps vectors nowhere")
            }
            vectors = GraphVectors(
                codes,
                of: VectorPreparation(
                    metric: header.metric, dimension: header.dimension, squaredLength: length))
        } else {
            vectors = GraphVectors(
                try file.loadVectors("vectors", columns: columns), codes: codes,
                metric: header.metric)
        }
        self.init(
            metric: header.metric, dimension: header.dimension, parameters: parameters,
            vectors: vectors, graph: graph,
            entry: settings[3], isolated: isolated, equals: equals)
        if let fault = structuralFault() { throw Self.damaged(file, fault) }
    }

    /// What a kind of codes is called in a file.
    private static func number(of kind: VectorCodes) -> UInt32 {
        switch kind {
        case .f32: 0
        case .rq8: 1
        case .f16: 2
        case .sq8: 3
        }
    }

    private static func codes(
        _ kind: VectorCodes, _ file: IndexFileReader, _ columns: Int, seed: UInt64
    ) throws(IndexError) -> CodeRows {
        let rows = file.header.count
        guard columns <= kind.largestDimension else {
            throw damaged(file, "claims codes of too long vectors")
        }
        let count = kind.parameterCount(dimension: columns)
        let pages = try file.load("quant", byteCount: count * 4)
        let quantizer = unsafe kind.quantizer(
            parameters: Array(pages.values(as: Float.self)), dimension: columns,
            metric: GraphVectors.metric(of: file.header.metric), seed: seed)
        guard let quantizer else { throw damaged(file, "has an impossible quantizer") }
        let codes = CodeRows(
            try file.load("codes", byteCount: rows * quantizer.stride),
            count: rows, quantizer)
        guard codes.firstNonFinite == nil else { throw damaged(file, "has codes that cannot be") }
        return codes
    }

    private static func damaged(_ file: IndexFileReader, _ what: String) -> IndexError {
        IndexError(.damagedFile, "\(file.path) \(what); build the index again.")
    }
}
