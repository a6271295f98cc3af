internal import JSON
public import VectorCore

/// A vector field as the store knows it; the handle for its vectors.
public struct VectorField: Hashable, Sendable {
    /// The number inside keys, never given twice in a store.
    public let id: UInt32
    /// The collection that it belongs to.
    public let collectionID: UInt32
    /// The name, unique in its collection.
    public let name: String
    /// How many numbers a vector has.
    public let dimension: Int
    /// What the numbers are.
    public let elementType: ElementType
    /// The metric of indexes and searches that name none.
    public let metric: DistanceMetric
    /// Which extractor fills it, or nil where vectors come from outside.
    public let extractor: String?

    /// Throws unless `name` is 1 to 255 bytes without control characters.
    ///
    /// - Throws: ``StorageError`` with `invalidName`.
    public static func validate(name: String) throws(StorageError) {
        guard (1...255).contains(name.utf8.count),
            name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else {
            throw StorageError(
                .invalidName,
                "“\(name)” cannot name a vector field; use 1 to 255 bytes without control characters."
            )
        }
    }

    /// What the store keeps under collection and name.
    var record: JSONValue {
        var object: JSONObject = [
            "id": .integer(Int64(id)), "dimension": .integer(Int64(dimension)),
            "element": .string(elementType.rawValue), "metric": .string(metric.description),
        ]
        if let extractor { object["extractor"] = .string(extractor) }
        return .object(object)
    }

    init?(collectionID: UInt32, name: String, record: JSONValue) {
        guard let id = record["id"]?.integerValue.flatMap(UInt32.init(exactly:)),
            let dimension = record["dimension"]?.integerValue.flatMap(Int.init(exactly:)),
            dimension > 0,
            let elementType = record["element"]?.stringValue.flatMap(ElementType.init(rawValue:)),
            let metric = record["metric"]?.stringValue.flatMap(DistanceMetric.init(name:))
        else { return nil }
        self.init(
            id: id, collectionID: collectionID, name: name, dimension: dimension,
            elementType: elementType, metric: metric,
            extractor: record["extractor"]?.stringValue)
    }

    init(
        id: UInt32, collectionID: UInt32, name: String, dimension: Int, elementType: ElementType,
        metric: DistanceMetric, extractor: String?
    ) {
        self.id = id
        self.collectionID = collectionID
        self.name = name
        self.dimension = dimension
        self.elementType = elementType
        self.metric = metric
        self.extractor = extractor
    }
}
