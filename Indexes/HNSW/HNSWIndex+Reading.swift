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
            graph: graph, entry: entry, isolated: isolated,
            isolatedAreZero: isolatedAreZero, equals: equals,
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
        let pages = try IndexPages(byteCount: max(1, room) * stride * 4)
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
