// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CLikeness
import FeatureStorage
import JSON
import SearchService

/// Finds the nearest points; see likeness.h.
@c @implementation
public func likeness_store_search(
    _ store: OpaquePointer?, _ collection: UnsafePointer<CChar>?,
    _ field: UnsafePointer<CChar>?, _ kind: UnsafePointer<CChar>?,
    _ metric: UnsafePointer<CChar>?, _ queries: UnsafePointer<likeness_vectors>?, _ k: Int,
    _ options: UnsafePointer<likeness_search_options>?,
    _ ids: UnsafeMutablePointer<likeness_point_id>?,
    _ distances: UnsafeMutablePointer<Float>?, _ found: UnsafeMutablePointer<Int>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let store = unsafe try openStore(store)
        let choice = unsafe try SearchChoice(options)
        let lent = unsafe try LentVectors(queries, "queries")
        let k = try resultCount(k)
        try checkRoom(queries: lent.count, k: k)
        let kind = unsafe try indexKind(kind)
        guard kind == nil || choice.effort != .exact else {
            throw .invalidArgument(
                "A kind and exact exclude each other; leave the kind NULL for an exact answer.")
        }
        let request = VectorSearchRequest(
            collection: unsafe try text(collection, "collection"),
            vector: unsafe try optionalText(field, "field"),
            queries: try lent.borrowedMatrix(threads: Engine.threads(choice.threads)), k: k,
            mode: kind.map { .kind($0) } ?? .automatic,
            metric: unsafe try LikenessC.metric(metric), effort: choice.effort,
            threads: choice.threads, scope: try choice.scope())
        let response = try serving { () throws(ServiceError) in try store.search(request) }
        if choice.wantsWarnings { unsafe give(response.warnings, options) }
        guard lent.count > 0 else { return }
        let ids = unsafe try required(ids, "ids")
        let distances = unsafe try required(distances, "distances")
        let found = unsafe try required(found, "found")
        for (row, matches) in response.matches.enumerated() {
            for (rank, match) in matches.enumerated() {
                unsafe ids[row * k + rank] = match.id.given
                unsafe distances[row * k + rank] = match.distance
            }
            unsafe found[row] = matches.count
        }
    }
}

/// Finds the nearest groups of points; see likeness.h.
@c @implementation
public func likeness_store_search_groups(
    _ store: OpaquePointer?, _ collection: UnsafePointer<CChar>?,
    _ field: UnsafePointer<CChar>?, _ kind: UnsafePointer<CChar>?,
    _ metric: UnsafePointer<CChar>?, _ query: UnsafePointer<likeness_vectors>?,
    _ key: UnsafePointer<CChar>?, _ k: Int, _ groupSize: Int,
    _ options: UnsafePointer<likeness_search_options>?,
    _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let store = unsafe try openStore(store)
        let choice = unsafe try SearchChoice(options)
        let lent = unsafe try LentVectors(query, "query")
        let place = unsafe try required(json, "json")
        guard lent.count == 1 else {
            throw .invalidArgument("Groups are those of one query, and there are \(lent.count).")
        }
        let kind = unsafe try indexKind(kind)
        guard kind == nil || choice.effort != .exact else {
            throw .invalidArgument(
                "A kind and exact exclude each other; leave the kind NULL for an exact answer.")
        }
        var scope = try choice.scope()
        scope.grouping = SearchScope.Grouping(
            by: unsafe try fieldPath(key), size: groupSize < 0 ? .max : groupSize)
        let request = VectorSearchRequest(
            collection: unsafe try text(collection, "collection"),
            vector: unsafe try optionalText(field, "field"),
            queries: try lent.borrowedMatrix(threads: Engine.threads(choice.threads)),
            k: try resultCount(k), mode: kind.map { .kind($0) } ?? .automatic,
            metric: unsafe try LikenessC.metric(metric), effort: choice.effort,
            threads: choice.threads, scope: scope)
        let response = try serving { () throws(ServiceError) in try store.search(request) }
        if choice.wantsWarnings { unsafe give(response.warnings, options) }
        let groups = (response.groups?.first ?? []).map { group in
            JSONValue.object([
                "value": group.value,
                "matches": .array(
                    group.matches.map {
                        ["id": $0.id.json, "distance": .number(Double($0.distance))]
                    }),
            ])
        }
        unsafe place.pointee = owned(JSONValue.array(groups).text())
    }
}

/// Tells the caller what went wrong without spoiling an answer.
///
/// - Parameter options: with a place for warnings.
@unsafe
private func give(
    _ warnings: [String], _ options: UnsafePointer<likeness_search_options>?
) {
    guard let place = unsafe options?.pointee.warnings else { return }
    unsafe place.pointee = warnings.isEmpty ? nil : owned(warnings.joined(separator: "\n"))
}
