import Evaluation
import IndexDefinitions
public import MappedStorage
import Quantization
public import VectorCore

/// The sections of an HNSW file:
///
/// | section | content |
/// |---|---|
/// | `hnsw` | *m*, efConstruction, efSearch, entry row, seed (two words), isolated count, upper blocks, codes (0 none, 1 `rq8`, 2 `f16`, 3 `sq8`), what codes were asked for (0 what does best, else one more than codes), whether the vectors are kept elsewhere (0 or 1), the power of two that vectors were multiplied by (`Int32`), the largest norm of a vertex (an `f64` in two words), flags (1 that a build measures no recall, 2 that isolated rows are zero vectors, 4 that codes do not fit, 8 that links were chosen by L2 distances as well): 15 × `UInt32` |
/// | `vectors` | rows of `f32`, padded to a multiple of 16 numbers; as the graph compares them; missing where they are kept elsewhere |
/// | `levels` | a byte a row |
/// | `starts` | a `UInt32` a row: first block among the upper lists |
/// | `ground` | 2*m* × `UInt32` a row |
/// | `upper` | *m* × `UInt32` a block |
/// | `isolated` | a `UInt32` for every row that the graph cannot hold |
/// | `quant` | with codes: the parameters of their quantiser, `f32` |
/// | `codes` | with codes: rows of `CodeRows` |
/// | `equals` | two `UInt32` for every row that equals an earlier one: that one, and the row |
///
/// ``MeasuredRecall`` adds `recall` and `queries`.
extension HNSWIndex {
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
        let bits = preparation.longest.bitPattern
        settings += [
            parameters.codes.map { Self.number(of: $0) + 1 } ?? 0, keepsVectors ? 0 : 1,
            UInt32(bitPattern: Int32(preparation.exponent)), UInt32(truncatingIfNeeded: bits),
            UInt32(truncatingIfNeeded: bits >> 32),
            (parameters.measuresRecall ? 0 : 1) | (isolatedAreZero ? 2 : 0) | (codesFit ? 0 : 4)
                | (preparation.lengthsDiffer ? 8 : 0),
        ]
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
        try recall.write(to: &writer, changeCount: changeCount)
    }

    /// Reads the graph and its vectors, checking every link.
    ///
    /// Of a mapped file the vectors are looked at later, and what searches follow they check once more.
    ///
    /// - Throws: ``IndexError`` with `damagedFile` or `system`.
    /// - Complexity: O(bytes)
    public convenience init(reading file: IndexFileReader) throws(IndexError) {
        let header = file.header
        let settings = try Settings(file)
        let parameters = settings.parameters
        let graph = HNSWGraph(
            count: header.count, m: parameters.m,
            levels: try file.pages("levels", byteCount: header.count),
            upperStarts: try file.pages("starts", byteCount: header.count * 4),
            ground: try file.pages("ground", byteCount: header.count * 2 * parameters.m * 4),
            upper: try file.pages("upper", byteCount: settings.upperBlocks * parameters.m * 4))
        let isolatedPages = try file.load("isolated", byteCount: settings.isolatedCount * 4)
        let isolated = unsafe Array(isolatedPages.values(as: UInt32.self))
        let equalBytes = try file.length(of: "equals")
        guard equalBytes % 8 == 0 else { throw Self.damaged(file.path, "lists half a row") }
        let equalPages = try file.load("equals", byteCount: equalBytes)
        let equals = unsafe EqualRows(pairs: Array(equalPages.values(as: EqualRows.Pair.self)))
        let outside = RowSet(of: isolated.filter { $0 < header.count })
        let codes =
            settings.codes == .f32
            ? nil
            : try Self.codes(settings.codes, file, leavingOut: outside, seed: parameters.seed)
        let vectors: GraphVectors
        if parameters.vectors == .store {
            guard let codes else { throw Self.damaged(file.path, "keeps vectors nowhere") }
            vectors = GraphVectors(codes, of: settings.preparation)
        } else {
            vectors = GraphVectors(
                try file.vectors("vectors", columns: header.dimension), codes: codes,
                settings.preparation)
        }
        self.init(
            metric: header.metric, dimension: header.dimension, parameters: parameters,
            vectors: vectors, graph: graph,
            entry: settings.entry, isolated: isolated, isolatedAreZero: settings.isolatedAreZero,
            equals: equals, codesFit: settings.codesFit, recall: try MeasuredRecall(reading: file))
        if let fault = structuralFault() { throw Self.damaged(file.path, fault) }
        let path = file.path
        try file.check { [self] () throws(IndexError) in
            guard copiesAreEqual else {
                throw Self.damaged(path, "lists rows as equal that differ")
            }
        }
    }

    /// What a kind of codes is called in a file.
    fileprivate static func number(of kind: VectorCodes) -> UInt32 {
        switch kind {
        case .f32: 0
        case .rq8: 1
        case .f16: 2
        case .sq8: 3
        }
    }

    private static func codes(
        _ kind: VectorCodes, _ file: IndexFileReader, leavingOut outside: RowSet, seed: UInt64
    ) throws(IndexError) -> CodeRows {
        let (rows, columns) = (file.header.count, file.header.dimension)
        guard columns <= kind.largestDimension else {
            throw damaged(file.path, "claims codes of too long vectors")
        }
        let count = kind.parameterCount(dimension: columns)
        let pages = try file.load("quant", byteCount: count * 4)
        let parameters = withExtendedLifetime(pages) {
            unsafe Array(pages.values(as: Float.self))
        }
        // Others would make codes that are no numbers of vectors that come later.
        let norm = parameters.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        guard norm <= VectorPreparation.possibleNorms.upperBound,
            let quantizer = kind.quantizer(
                parameters: parameters, dimension: columns, metric: file.header.metric, seed: seed)
        else { throw damaged(file.path, "has an impossible quantizer") }
        let codes = CodeRows(
            try file.pages("codes", byteCount: rows * quantizer.stride),
            count: rows, quantizer)
        let path = file.path
        try file.check { () throws(IndexError) in
            guard codes.firstNonFinite(leavingOut: outside) == nil else {
                throw damaged(path, "has codes that cannot be")
            }
        }
        return codes
    }

    fileprivate static func damaged(_ path: String, _ what: String) -> IndexError {
        IndexError(.damagedFile, "\(path) \(what); build the index again.")
    }
}

/// What an HNSW file says of itself before its sections.
private struct Settings {
    let parameters: HNSWParameters
    let entry: UInt32
    let isolatedCount: Int
    let upperBlocks: Int
    let codes: VectorCodes
    let preparation: VectorPreparation
    let isolatedAreZero: Bool
    let codesFit: Bool

    /// Reads them.
    ///
    /// - Throws: ``IndexError`` with `damagedFile` where they cannot be.
    init(_ file: IndexFileReader) throws(IndexError) {
        let header = file.header
        let byteCount = try file.length(of: "hnsw")
        // Older files: without codes, with codes, with vectors that are kept elsewhere; and without flags.
        let isOlder = [32, 36, 48].contains(byteCount)
        guard byteCount == 60 || byteCount == 56 || isOlder else {
            throw HNSWIndex.damaged(file.path, "has settings of \(byteCount) bytes")
        }
        guard !isOlder || header.metric != .innerProduct else {
            throw HNSWIndex.damaged(
                file.path,
                "is a graph for the inner product of an older version, which found too few")
        }
        // As a temporary it would be gone before it had been copied.
        let pages = try file.load("hnsw", byteCount: byteCount)
        var words = withExtendedLifetime(pages) { unsafe Array(pages.values(as: UInt32.self)) }
        if isOlder {
            let bits = Double.infinity.bitPattern
            let isElsewhere: UInt32 = byteCount == 48 ? 1 : 0
            words = words.prefix(9) + (byteCount == 32 ? [0] : [])
            words += [
                0, isElsewhere, 0, UInt32(truncatingIfNeeded: bits),
                UInt32(truncatingIfNeeded: bits >> 32),
            ]
        }
        if words.count == 14 { words.append(0) }
        var parameters = HNSWParameters(
            m: Int(words[0]), efConstruction: Int(words[1]), efSearch: Int(words[2]),
            seed: UInt64(words[4]) | UInt64(words[5]) << 32)
        let kinds = VectorCodes.allCases
        let longest = Double(bitPattern: UInt64(words[12]) | UInt64(words[13]) << 32)
        let wanted = kinds.first { HNSWIndex.number(of: $0) + 1 == words[9] }
        guard (try? parameters.validate()) != nil, header.count <= Int(Int32.max),
            let codes = kinds.first(where: { HNSWIndex.number(of: $0) == words[8] }),
            // What was asked for could not be fitted where there were no vectors.
            words[9] == 0 || (wanted != nil && (wanted == codes || codes == .f32)),
            words[10] <= 1,
            words[14] < 16, words[14] & 2 == 0 || header.metric == .cosine, longest >= 0,
            words[14] & 8 == 0 || header.metric == .innerProduct,
            VectorPreparation.exponents.contains(Int(Int32(bitPattern: words[11])))
        else { throw HNSWIndex.damaged(file.path, "has impossible parameters") }
        parameters.codes = words[9] == 0 ? nil : wanted
        parameters.vectors = words[10] == 1 ? .store : .index
        parameters.measuresRecall = words[14] & 1 == 0
        isolatedAreZero = words[14] & 2 != 0
        codesFit = words[14] & 4 == 0
        self.parameters = parameters
        entry = words[3]
        isolatedCount = Int(words[6])
        upperBlocks = Int(words[7])
        self.codes = codes
        preparation = VectorPreparation(
            metric: header.metric, dimension: header.dimension,
            exponent: Int(Int32(bitPattern: words[11])), longest: longest,
            lengthsDiffer: words[14] & 8 != 0)
    }
}
