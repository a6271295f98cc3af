public import VectorCore

extension VectorIndex {
    /// Searches for a query in an array.
    ///
    /// - Throws: ``IndexError`` as `search` does.
    public func search(
        _ query: [Float], k: Int, _ parameters: SearchParameters = SearchParameters()
    ) throws(IndexError) -> [Neighbor] {
        try search(query.span, k: k, parameters: parameters)
    }
}
