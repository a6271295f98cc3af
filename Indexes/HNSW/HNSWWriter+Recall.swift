import Synchronization
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

    /// Measures recall again where that is due, and makes a version that knows it.
    ///
    /// - Parameters:
    ///   - folding: has the graph of the newest version.
    ///   - settling: whether somebody waits for everything to be done.
    /// - Throws: ``IndexError`` with `system` where there is no memory for a second graph.
    func measureAgain(
        _ folding: Folding, settling: Bool, _ threads: Int, _ pace: WorkPace?,
        _ publish: (_ version: HNSWIndex) -> Void
    ) throws(IndexError) {
        let version = self.version
        guard version.isRecallDue(settling: settling), version.keepsVectors, version.codesFit
        else { return }
        if let queries = version.recall.queries {
            know(try version.measuringRecall(queries, threads: threads), publish: publish)
            return
        }
        let sample = RecallSample(of: version, vertices: folding.vertices)
        guard !sample.asked.isEmpty else { return }
        let copy = try GraphBuffer(copying: folding.current)
        // Slots are written to when nobody has the version's graph any more.
        let recall = try withExtendedLifetime(version.graph) { () throws(IndexError) in
            try sample.measure(version, copy.graph, threads: threads, pace: pace)
        }
        if let recall { know(recall, publish: publish) }
    }
}
