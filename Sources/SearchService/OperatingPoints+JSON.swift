package import JSON
package import VectorCore

extension RecallTable {
    /// The operating points of an index as the tool, C and Python are told them: where the queries came from, how many
    /// they were, how many of them were vectors of the index, how many vectors there were, and each point with its
    /// setting, such as efSearch, and number of neighbours.
    package var json: JSONObject {
        var list: [JSONValue] = []
        for (setting, row) in zip(settings, points) {
            for (k, point) in zip(neighborCounts, row) {
                guard let point else { continue }
                list.append([
                    "setting": .integer(Int64(setting)), "k": .integer(Int64(k)),
                    "recall": .number(point.recall), "error": .number(point.error),
                    "query_count": .integer(Int64(point.queryCount)),
                ])
            }
        }
        return [
            "source": .string(source.rawValue), "query_count": .integer(Int64(queryCount)),
            "seen_query_count": .integer(Int64(seenCount)), "vector_count": .integer(Int64(count)),
            "points": .array(list),
        ]
    }
}
