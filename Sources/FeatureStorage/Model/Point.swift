public import JSON

/// A point on its way into the store.
public struct Point: Hashable, Sendable {
    /// The id.
    public var id: PointID
    /// The payload.
    public var payload: JSONObject
    /// The vectors by the names of their fields; a point may have none, or only some.
    public var vectors: [String: VectorData]

    /// Makes a point.
    public init(id: PointID, payload: JSONObject = [:], vectors: [String: VectorData] = [:]) {
        self.id = id
        self.payload = payload
        self.vectors = vectors
    }
}
