import ArgumentParser
import Foundation
import PayloadFilter
import SearchService

/// What points must fulfil.
struct FilterOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Only points that fulfil this: JSON, or @ and a file with it; see 'Filters' in the manual.",
            valueName: "json"))
    var filter: String?

    func validate() throws {
        guard let filter, !filter.hasPrefix("@") else { return }
        do {
            _ = try PayloadFilter(filter)
        } catch {
            throw ValidationError("--filter: \(error)")
        }
    }

    /// The filter, read from its file where it is in one.
    ///
    /// - Throws: ``ServiceError`` with `inputOutput` where there is no such file, `invalidData` where it has no
    ///   filter.
    func read() throws(ServiceError) -> PayloadFilter? {
        guard let filter else { return nil }
        var text = filter
        if filter.hasPrefix("@") {
            let path = String(filter.dropFirst())
            guard let data = FileManager.default.contents(atPath: path) else {
                throw ServiceError(.inputOutput, "Cannot read the filter in \(path).")
            }
            guard let content = String(bytes: data, encoding: .utf8) else {
                throw ServiceError(.invalidData, "The filter in \(path) is not UTF-8.")
            }
            text = content
        }
        do throws(FilterError) {
            return try PayloadFilter(text)
        } catch {
            throw ServiceError(
                .invalidData,
                filter.hasPrefix("@") ? "\(filter.dropFirst()): \(error)" : error.message)
        }
    }
}

/// Which of the nearest points a search gives.
struct ScopeOptions: ParsableArguments {
    @OptionGroup var filter: FilterOption

    @Option(
        // Distances under the inner product are negative.
        parsing: .unconditional,
        help: ArgumentHelp(
            "Only points up to this distance, itself included; exact.", valueName: "distance"),
        transform: Value.distance)
    var within: Float?

    @Option(
        help: ArgumentHelp("Leave out so many of the nearest.", valueName: "n"),
        transform: Value.count)
    var offset = 0

    @Option(
        help: ArgumentHelp("Give groups of points with one value of this key.", valueName: "key"),
        transform: Value.fieldPath)
    var groupBy: FieldPath?

    @Option(
        help: ArgumentHelp("How many points of a group (default: 3).", valueName: "n"),
        transform: Value.positive)
    var groupSize: Int?

    func validate() throws {
        if groupSize != nil, groupBy == nil {
            throw ValidationError("--group-size is an option of --group-by.")
        }
        if groupBy != nil, offset > 0 {
            throw ValidationError("--offset skips single results; leave it out with --group-by.")
        }
    }

    /// The scope that is meant.
    func read() throws(ServiceError) -> SearchScope {
        SearchScope(
            filter: try filter.read(), within: within, offset: offset,
            grouping: groupBy.map { SearchScope.Grouping(by: $0, size: groupSize ?? 3) })
    }
}

extension Value {
    /// Reads a distance.
    static func distance(_ text: String) throws -> Float {
        guard let value = Float(text), value.isFinite else {
            throw ValidationError("it must be a number.")
        }
        return value
    }

    /// Reads an integer from 0.
    static func count(_ text: String) throws -> Int {
        guard let value = Int(text), value >= 0 else {
            throw ValidationError("it must be a whole number, 0 or more.")
        }
        return value
    }

    /// Reads a key of payloads.
    static func fieldPath(_ text: String) throws -> FieldPath {
        do {
            return try FieldPath(text)
        } catch {
            throw ValidationError("it must be a key such as label, a.b, a[].b or \"any name\".")
        }
    }
}
