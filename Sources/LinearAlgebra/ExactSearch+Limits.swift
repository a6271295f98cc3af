public import VectorCore

extension ExactSearch {
    /// Answers queries exactly within limits, as ``VectorIndex/search(_:_:into:)`` has it.
    ///
    /// - Parameters:
    ///   - queries: checked already.
    ///   - limits: whose effort changes nothing.
    ///   - own: rows that no answer has, beside those that the limits hide.
    ///   - answers: gets them.
    /// - Throws: ``IndexError`` with `invalidParameter` where `Float` does not hold a distance.
    /// - Complexity: O(queries · allowed rows · columns / threads)
    public func search(
        _ queries: borrowing Queries, _ limits: SearchLimits, hiding own: RowSet = RowSet(),
        into answers: inout Answers
    ) throws(IndexError) {
        let (k, threads) = (limits.k, limits.threads)
        guard limits.allowed == nil, limits.within == nil else {
            var rows =
                limits.rows(of: vectors.rows, hiding: own) ?? RowSet(all: vectors.rows)
            rows.subtract(own)
            let found =
                if let within = limits.within {
                    searchBatch(
                        queries.matrix, k: k, within: within, among: rows, threads: threads)
                } else {
                    searchBatch(queries.matrix, k: k, among: rows, threads: threads)
                }
            return answers.append(Answers(try QueryCheck.checked(found)))
        }
        var hidden = own
        if hidden.isEmpty { hidden = limits.hidden } else { hidden.formUnion(limits.hidden) }
        guard queries.count > 1 else {
            guard queries.count == 1 else { return }
            return answers.append(
                try QueryCheck.checked(search(queries[0], k: k, hiding: hidden)))
        }
        let found = searchBatch(queries.matrix, k: k, threads: threads, hiding: hidden)
        answers.append(Answers(try QueryCheck.checked(found)))
    }
}
