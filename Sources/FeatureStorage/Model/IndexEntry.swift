internal import JSON
public import VectorCore

/// What the catalogue says about one index of a vector field.
public struct IndexEntry: Hashable, Sendable {
    /// The name, unique in its field.
    public var name: String
    /// The index kind, such as `hnsw`.
    public var kind: String
    /// The file's name inside the store's `indexes` folder.
    public var file: String
    /// The sequence number that the index was built at; it misses every later change.
    public var sequence: UInt64
    /// The metric of its distances.
    public var metric: DistanceMetric
    /// The parameters that it was built with, as its kind writes them.
    public var parameters: String
    /// The CRC32C that the whole file has.
    public var checksum: UInt32
    /// How many bytes the file has.
    public var bytes: UInt64
    /// How many seconds the build took, measuring left out.
    public var buildSeconds: Double
    /// How many seconds it took besides to measure how well searches find.
    public var measuringSeconds: Double

    /// Makes an entry.
    public init(
        name: String, kind: String, file: String, sequence: UInt64, metric: DistanceMetric,
        parameters: String, checksum: UInt32, bytes: UInt64, buildSeconds: Double,
        measuringSeconds: Double = 0
    ) {
        self.name = name
        self.kind = kind
        self.file = file
        self.sequence = sequence
        self.metric = metric
        self.parameters = parameters
        self.checksum = checksum
        self.bytes = bytes
        self.buildSeconds = buildSeconds
        self.measuringSeconds = measuringSeconds
    }

    /// Throws unless the names can be kept and the file lies in the folder itself.
    func validate() throws(StorageError) {
        try VectorField.validate(name: name)
        guard !file.isEmpty, file != ".", file != "..", file.utf8.count <= 255,
            !file.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 < 0x20 })
        else {
            throw StorageError(
                .invalidName, "“\(file)” is no name of a file inside the store's indexes folder.")
        }
    }

    /// What the store keeps under collection, field and name.
    var record: JSONValue {
        [
            "kind": .string(kind), "file": .string(file), "sequence": JSONValue(sequence),
            "metric": .string(metric.description), "parameters": .string(parameters),
            "checksum": .integer(Int64(checksum)), "bytes": JSONValue(bytes),
            "buildSeconds": .number(buildSeconds), "measuringSeconds": .number(measuringSeconds),
        ]
    }

    init?(name: String, record: JSONValue) {
        guard let kind = record["kind"]?.stringValue, let file = record["file"]?.stringValue,
            let sequence = record["sequence"]?.unsignedValue,
            let metric = record["metric"]?.stringValue.flatMap(DistanceMetric.init(name:)),
            let parameters = record["parameters"]?.stringValue,
            let checksum = record["checksum"]?.unsignedValue.flatMap(UInt32.init(exactly:)),
            let bytes = record["bytes"]?.unsignedValue,
            let buildSeconds = record["buildSeconds"]?.doubleValue
        else { return nil }
        self.init(
            name: name, kind: kind, file: file, sequence: sequence, metric: metric,
            parameters: parameters, checksum: checksum, bytes: bytes, buildSeconds: buildSeconds,
            // Earlier versions did not measure.
            measuringSeconds: record["measuringSeconds"]?.doubleValue ?? 0)
    }
}
