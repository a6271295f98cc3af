import Evaluation
import Locks
import VectorCore
import WorkerThreads

extension HNSWWriter {
    /// Makes a version that knows what has been measured of its recall.
    func know(_ recall: MeasuredRecall, publish: (_ version: HNSWIndex) -> Void) {
        state.withLock { state in
            let version = state.version.with(recall)
            state.version = version
            publish(version)
        }
    }

    /// Measures recall again where that is due.
    ///
    /// - Parameters:
    ///   - version: what is asked; it need not be published.
    ///   - folding: has its graph and the rows in it.
    ///   - settling: whether somebody waits for everything to be done.
    /// - Returns: nil where it is not due, or few vectors would tell little.
    /// - Throws: ``IndexError`` with `system` where there is no memory for a second graph.
    static func recallAgain(
        of version: HNSWIndex, in folding: (buffer: GraphBuffer, vertices: RowSet),
        settling: Bool, _ threads: Int, _ pace: WorkPace?
    ) throws(IndexError) -> MeasuredRecall? {
        guard version.isRecallDue(settling: settling), version.keepsVectors, version.codesFit
        else { return nil }
        if let queries = version.recall.queries {
            return try version.measuringRecall(queries, threads: threads)
        }
        let sample = RecallSample(of: version, vertices: folding.vertices)
        guard !sample.asked.isEmpty else { return nil }
        let copy = try GraphBuffer(copying: folding.buffer)
        return try sample.measure(version, copy.graph, threads: threads, pace: pace)
    }
}
