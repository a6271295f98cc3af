import JSON
import PayloadFilter
import SearchService
import VectorCore

extension JSONValue {
    /// A text, or `null` where there is none.
    init(_ text: String?) {
        self = text.map { .string($0) } ?? .null
    }

    /// An integer.
    init(_ value: Int) {
        self = .integer(Int64(value))
    }

    /// An id: a number where it is one, a string where it is a UUID.
    init(id: String) {
        self = UInt64(id).map { JSONValue($0) } ?? .string(id)
    }

    /// A list of objects, one for each element.
    init<Element>(_ elements: [Element], _ object: (Element) -> JSONObject) {
        self = .array(elements.map { .object(object($0)) })
    }

    /// A list of strings.
    init(_ strings: [String]) {
        self = .array(strings.map { .string($0) })
    }
}

extension CollectionSummary {
    /// What `--json` prints of a collection.
    var json: JSONObject {
        [
            "name": .string(name),
            "point_count": JSONValue(pointCount),
            "root": JSONValue(root),
            "fields": JSONValue(fields) { $0.json },
        ]
    }
}

extension FieldSummary {
    /// What `--json` prints of a vector field.
    var json: JSONObject {
        [
            "name": .string(name),
            "dimension": JSONValue(dimension),
            "element_type": .string(elementType),
            "metric": .string(metric.description),
            "extractor": JSONValue(extractor),
            "count": JSONValue(count),
        ]
    }
}

extension PointRecord {
    /// What `--json` prints of a point.
    var json: JSONObject {
        [
            "id": JSONValue(id: id),
            "payload": payload,
            "vectors": JSONValue(vectors) { vector in
                ["field": .string(vector.field), "dimension": JSONValue(vector.dimension)]
            },
        ]
    }
}

extension ModelSummary {
    /// What `--json` prints of a model.
    var json: JSONObject {
        [
            "name": .string(name),
            "description": .string(description),
            "source": .string(source),
            "licence": .string(licence),
            "path": .string(path),
            "layers": JSONValue(layers) { layer in
                [
                    "name": .string(layer.name),
                    "operator": .string(layer.operator),
                    "shape": .array(layer.shape.map { JSONValue($0) }),
                    "lengths": .object(
                        layer.lengths.reduce(into: JSONObject()) {
                            $0[$1.pooling] = JSONValue($1.count)
                        }),
                ]
            },
            "sha256": .string(sha256),
            "input": .object(input.json),
            "default_layer": .string(defaultLayer),
            "default_pooling": .string(defaultPooling),
        ]
    }
}

extension ModelSummary.Input {
    /// What `--json` prints of what a model wants to see.
    fileprivate var json: JSONObject {
        func list(_ numbers: [Double]) -> JSONValue {
            .array(numbers.map { .number($0) })
        }
        return [
            "layout": .string(layout), "width": JSONValue(width), "height": JSONValue(height),
            "batch": batch.map { JSONValue($0) } ?? .null, "channels": .string(channels),
            "range": list(range), "mean": list(mean), "std": list(std),
            "resize": .string(resize), "fit": .string(fit),
            "crop": crop.map { .number($0) } ?? .null,
        ]
    }
}

extension IndexSummary {
    /// What `--json` prints of an index.
    var json: JSONObject {
        [
            "collection": .string(collection),
            "vector": .string(vector),
            "kind": .string(kind),
            "metric": .string(metric.description),
            "count": JSONValue(count),
            "file_bytes": JSONValue(fileByteCount),
            "build_seconds": .number(buildSeconds),
            "measuring_seconds": .number(measuringSeconds),
            "parameters": .string(parameters),
            "sequence": JSONValue(sequence),
            "changes_since": JSONValue(changesSince),
            "path": .string(path),
            "operating_points": operatingPoints.map { .object($0.json) } ?? .null,
        ]
    }
}

extension PayloadIndexSummary {
    /// What `--json` prints of a payload index.
    var json: JSONObject {
        [
            "collection": .string(collection),
            "key": .string(field.description),
            "type": .string(type.rawValue),
            "entry_count": JSONValue(entryCount),
            "complete": .bool(isComplete),
        ]
    }
}

extension IndexVerification {
    /// What `--json` prints of a check: the index and what is wrong with it.
    var json: JSONObject {
        var object = index.json
        object["fault"] = JSONValue(fault)
        return object
    }
}
