import ArgumentParser
import Foundation
public import VectorCore
import VectorFiles

/// Vectors and queries in two files.
public struct DataSet {
    /// The last part of the path.
    public let name: String
    /// What the vectors are compared by.
    public let metric: DistanceMetric
    private let base: String?
    private let query: String?

    /// Reads `PATH/NAME:METRIC`; the files are `NAME_base…` and `NAME_query…`.
    ///
    /// - Throws: `ValidationError` where it is not written so.
    public init(argument: String) throws {
        let parts = argument.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, let metric = DistanceMetric(name: parts[1]) else {
            throw ValidationError(
                "“\(argument)” is no data set; write it as PATH/NAME:METRIC, with a metric of "
                    + "\(DistanceMetric.names).")
        }
        let path = URL(filePath: parts[0])
        let folder = path.deletingLastPathComponent().path()
        name = path.lastPathComponent
        self.metric = metric
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let stem = name
        func file(_ part: String) -> String? {
            files.sorted().first { $0.hasPrefix("\(stem)_\(part)") }.map { "\(folder)/\($0)" }
        }
        base = file("base")
        query = file("query")
    }

    /// Whether both files are there.
    public var isThere: Bool { base != nil && query != nil }

    /// The first vectors and the first queries.
    ///
    /// - Throws: `ValidationError` where a file is not there, and what reading them throws.
    public func read(
        vectors: Int, queries: Int
    ) throws -> (vectors: FloatMatrix, queries: FloatMatrix) {
        guard let base, let query else {
            throw ValidationError("\(name) lacks the file of its vectors or its queries.")
        }
        return (
            try VectorFile.open(base).floatMatrix(limit: vectors),
            try VectorFile.open(query).floatMatrix(limit: queries)
        )
    }
}
