import LinearAlgebra
import MappedStorage
public import VectorCore
import VectorKernels

extension HNSWIndex {
    /// This index with its vectors read from where they are kept.
    ///
    /// - Parameter source: gives the vectors that this version of the index was made of.
    /// - Complexity: O(1)
    public func reading(_ source: any RowVectors) -> HNSWIndex {
        HNSWIndex(
            metric: metric, dimension: dimension, parameters: parameters, vectors: rows,
            graph: graph, entry: entry, isolated: isolated, equals: equals,
            changes: HNSWChanges(
                hidden: hidden, pending: pending, vertexCount: vertexCount, count: changeCount,
                codesFit: codesFit, scratches: scratches, exact: nil),
            recall: recall, source: source)
    }

    /// This index without the vectors that are others by now, where it reads them.
    ///
    /// To measure how well it searches, which must not end where somebody writes meanwhile. Answers may
    /// then be short of what is asked for.
    package var withoutOutdated: HNSWIndex { source.map { reading($0.unchanged) } ?? self }

    /// Calls `body` with the vectors of rows as they came.
    ///
    /// - Parameter body: gets the place of a row in `rows`, and its `dimension` numbers, until it returns.
    /// - Throws: ``IndexError`` as ``RowVectors/forEach(_:_:)`` does, and with `invalidParameter` where
    ///   nobody has said where the vectors are.
    func readOriginals(
        _ rows: [UInt32], _ body: (_ place: Int, _ vector: UnsafePointer<Float>) -> Void
    ) throws(IndexError) {
        guard let source, !keepsVectors else {
            throw IndexError(
                .invalidParameter,
                "This index has no vectors of its own; they are in the store that it was built in: search "
                    + "it there, or build one that keeps its vectors.")
        }
        unsafe try source.forEach(rows, body)
    }

    /// Calls `body` with the vectors of rows as the index compares them, 64-byte aligned and padded with zeros.
    ///
    /// - Throws: ``IndexError`` as ``readOriginals(_:_:)`` does.
    func read(
        _ rows: [UInt32], _ body: (_ place: Int, _ vector: UnsafePointer<Float>) -> Void
    ) throws(IndexError) {
        let (stride, preparation) = (vectors.stride, preparation)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: stride * 4, alignment: 64)
        defer { unsafe memory.deallocate() }
        let prepared = unsafe memory.bindMemory(to: Float.self, capacity: stride)
        unsafe prepared.initialize(repeating: 0, count: stride)
        unsafe try readOriginals(rows) { place, vector in
            _ = unsafe preparation.write(vector, to: prepared)
            unsafe body(place, UnsafePointer(prepared))
        }
    }

    /// Vertices that were found, and their copies, of which any number may have one and the same codes.
    ///
    /// - Parameters:
    ///   - vertices: nearest first by codes.
    ///   - wanted: how many rows the answer is to have.
    ///   - mayAnswer: whether a row may be in the answer.
    /// - Returns: the rows among which the nearest are looked for, each once.
    func candidates(
        _ vertices: some Sequence<UInt32>, wanted: Int, _ mayAnswer: (UInt32) -> Bool
    ) -> [UInt32] {
        var candidates: [UInt32] = []
        var left = wanted + wanted / 2 + Self.spareReads
        for vertex in vertices {
            guard left > 0 else { break }
            let known = candidates.count
            if mayAnswer(vertex) { candidates.append(vertex) }
            if !equals.pairs.isEmpty {
                var room = wanted + Self.spareCopies
                for copy in equals.copies(of: vertex) where mayAnswer(copy) {
                    guard room > 0 else { break }
                    candidates.append(copy)
                    room -= 1
                }
            }
            if candidates.count > known { left -= 1 }
        }
        return candidates
    }

    /// Candidates that are read beyond one and a half times those wanted; they are read in one transaction.
    private static let spareReads = 2
    /// Copies of one vertex that are measured beyond those wanted; codes cannot tell them apart.
    private static let spareCopies = 64

    /// The nearest of some vertices, their copies and rows outside the graph, by vectors that are read.
    ///
    /// - Parameters:
    ///   - candidates: what ``candidates(_:wanted:_:)`` chose.
    ///   - isolated: rows outside the graph that may be in the answer, ascending.
    ///   - query: the query.
    /// - Throws: ``IndexError`` as ``read(_:_:)`` does.
    func nearest(
        of candidates: [UInt32], _ isolated: [UInt32], k: Int, to query: PreparedQuery
    ) throws(IndexError) -> [Neighbor] {
        // Without a direction all are equally far, however many there are.
        let areZero = metric == .cosine
        let rows = areZero ? candidates : candidates + isolated
        var found: [(row: UInt32, distance: Double)] = []
        found.reserveCapacity(rows.count)
        if !rows.isEmpty {
            unsafe try read(rows) { place, vector in
                let distance = unsafe preciseDistance(query, to: vector)
                found.append((rows[place], distance))
            }
        }
        if areZero { found += isolated.prefix(k).map { ($0, 1) } }
        return found.sorted { ($0.distance, $0.row) < ($1.distance, $1.row) }
            .prefix(k)
            .map { Neighbor(row: RowID(rawValue: $0.row), distance: Float($0.distance)) }
    }

    /// The exact answers from some rows whose vectors are read, a block of them at a time.
    ///
    /// - Parameters:
    ///   - within: the largest distance that an answer has, or nil.
    ///   - rows: the rows that an answer may have, ascending.
    /// - Throws: ``IndexError`` as ``read(_:_:)`` does.
    /// - Complexity: O(queries · rows · dimension / threads), and reading each vector once
    func scanRead(
        _ queries: FloatMatrix, k: Int, within: Float?, among rows: [UInt32], threads: Int
    ) throws(IndexError) -> [[Neighbor]] {
        let (columns, stride) = (dimension, vectors.stride)
        let room = min(Self.blockRows, rows.count)
        let pages = try HugePages(byteCount: max(1, room) * stride * 4)
        let base = unsafe pages.base.bindMemory(to: Float.self, capacity: room * stride)
        var block: [UInt32] = []
        var answers = [[Neighbor]](repeating: [], count: queries.rows)
        func scanBlock() {
            let matrix = unsafe FloatMatrix(
                borrowing: UnsafePointer(base), rows: block.count, columns: columns, owner: pages)
            let search = ExactSearch(matrix, metric: metric)
            let found =
                if let within {
                    search.searchBatch(
                        queries, k: k, within: within, among: RowSet(all: block.count),
                        threads: threads)
                } else {
                    search.searchBatch(queries, k: k, threads: threads)
                }
            for (query, neighbors) in found.enumerated() {
                let all =
                    answers[query]
                    + neighbors.map {
                        Neighbor(
                            row: RowID(rawValue: block[$0.row.position]), distance: $0.distance)
                    }
                answers[query] = Array(all.sorted().prefix(k))
            }
            block.removeAll(keepingCapacity: true)
        }
        unsafe base.initialize(repeating: 0, count: room * stride)
        unsafe try readOriginals(rows) { place, vector in
            unsafe (base + block.count * stride).update(from: vector, count: columns)
            block.append(rows[place])
            if block.count == room { scanBlock() }
        }
        if !block.isEmpty { scanBlock() }
        return answers
    }

    /// Rows that are in memory at once while all are read.
    private static let blockRows = 4096
}
