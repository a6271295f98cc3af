// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CLikeness
import IndexCatalog
import IndexDefinitions
import JSON
import SearchService
import VectorCore

/// Builds an index of a store; see likeness.h.
@c @implementation
public func likeness_store_build_index(
    _ store: OpaquePointer?, _ collection: UnsafePointer<CChar>?,
    _ field: UnsafePointer<CChar>?, _ options: UnsafePointer<likeness_build_options>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let store = unsafe try openStore(store)
        let choice = unsafe try BuildChoice(options)
        let request = IndexBuildRequest(
            collection: unsafe try text(collection, "collection"),
            vector: unsafe try optionalText(field, "field"), kind: choice.definition.kind,
            metric: choice.metric, parameters: choice.parameters, threads: choice.threads)
        _ = try serving { () throws(ServiceError) in try store.buildIndex(request) }
    }
}

/// Measures an index of a store with queries; see likeness.h.
@c @implementation
public func likeness_store_tune_index(
    _ store: OpaquePointer?, _ collection: UnsafePointer<CChar>?,
    _ field: UnsafePointer<CChar>?, _ kind: UnsafePointer<CChar>?,
    _ metric: UnsafePointer<CChar>?, _ queries: UnsafePointer<likeness_vectors>?,
    _ threads: Int,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let store = unsafe try openStore(store)
        let threads = threads == 0 ? nil : threads < 0 ? Int.max : threads
        let lent = unsafe try LentVectors(queries, "queries")
        // They outlive the call where the index keeps them.
        let request = TuneRequest(
            collection: unsafe try text(collection, "collection"),
            vector: unsafe try optionalText(field, "field"),
            kind: unsafe try indexKind(kind) ?? IndexCatalog.usualKind,
            metric: unsafe try LikenessC.metric(metric),
            queries: .vectors(try lent.matrix(threads: Engine.threads(threads))),
            threads: threads)
        _ = try serving { () throws(ServiceError) in try store.tuneIndex(request) }
    }
}

/// Deletes an index of a store; see likeness.h.
@c @implementation
public func likeness_store_delete_index(
    _ store: OpaquePointer?, _ collection: UnsafePointer<CChar>?,
    _ field: UnsafePointer<CChar>?, _ kind: UnsafePointer<CChar>?,
    _ metric: UnsafePointer<CChar>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let store = unsafe try openStore(store)
        let collection = unsafe try text(collection, "collection")
        let field = unsafe try optionalText(field, "field")
        let kind = unsafe try indexKind(required(kind, "kind"))
        let metric = unsafe try LikenessC.metric(metric)
        try serving { () throws(ServiceError) in
            let summary = try store.field(field, of: collection)
            _ = try store.deleteIndex(
                collection: collection, vector: summary.name, kind: kind,
                metric: metric ?? summary.metric)
        }
    }
}

/// Describes a store; see likeness.h.
@c @implementation
public func likeness_store_describe(
    _ store: OpaquePointer?, _ json: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> likeness_status {
    unsafe answer(message) { () throws(Failure) in
        let store = unsafe try openStore(store)
        let place = unsafe try required(json, "json")
        let description = try serving { () throws(ServiceError) in
            let indexes = try store.indexes()
            let payloadIndexes = try store.payloadIndexes()
            return JSONValue.array(
                try store.collections().map { collection in
                    .object(
                        collection.object(
                            indexes.filter { $0.collection == collection.name },
                            payloadIndexes.filter { $0.collection == collection.name }))
                })
        }
        unsafe place.pointee = owned(description.text())
    }
}

extension CollectionSummary {
    fileprivate func object(
        _ indexes: [IndexSummary], _ payloadIndexes: [PayloadIndexSummary]
    ) -> JSONObject {
        [
            "name": .string(name), "points": .integer(Int64(pointCount)),
            "fields": .array(fields.map { .object($0.object) }),
            "indexes": .array(indexes.map { .object($0.object) }),
            "payload_indexes": .array(payloadIndexes.map { .object($0.object) }),
        ]
    }
}

extension FieldSummary {
    fileprivate var object: JSONObject {
        [
            "name": .string(name), "dimension": .integer(Int64(dimension)),
            "element": .string(elementType), "metric": .string(metric.description),
            "extractor": extractor.map { .string($0) } ?? .null,
            "vectors": .integer(Int64(count)),
        ]
    }
}

extension IndexSummary {
    fileprivate var object: JSONObject {
        [
            "field": .string(vector), "kind": .string(kind),
            "metric": .string(metric.description), "vectors": .integer(Int64(count)),
            "bytes": .integer(Int64(fileByteCount)), "parameters": .string(parameters),
            "build_seconds": .number(buildSeconds),
            "measuring_seconds": .number(measuringSeconds),
            "operating_points": operatingPoints.map { .object($0.json) } ?? .null,
        ]
    }
}
