import JSON
import SearchService
import VectorCore

extension ImageIngestReport {
    /// What `ingest images --json` prints.
    var json: JSONObject {
        [
            "collection": .string(collection),
            "fields": JSONValue(fields),
            "dry_run": .bool(isRehearsal),
            "announced": .object(announced.json),
            "added": JSONValue(added),
            "updated": JSONValue(updated),
            "moved": JSONValue(moved),
            "completed": JSONValue(completed),
            "present": JSONValue(present),
            "pruned": JSONValue(pruned),
            "missing": JSONValue(missing),
            "stale_fields": JSONValue(staleFields),
            "not_images": JSONValue(notImages),
            "failures": JSONValue(failures) { failure in
                ["path": .string(failure.path), "reason": .string(failure.reason)]
            },
            "seconds": .number(seconds),
            "images_per_second": .number(imagesPerSecond),
            "decode_seconds": .number(decodeSeconds),
            "inference_seconds": .number(inferenceSeconds),
            "store_seconds": .number(storeSeconds),
        ]
    }
}

extension ImageIngestAnnouncement {
    /// What `--json` prints of what an ingest is going to need.
    var json: JSONObject {
        [
            "images": JSONValue(images),
            "field_count": JSONValue(fields),
            "numbers_per_image": JSONValue(numbersPerImage),
            "store_bytes": JSONValue(storeBytes),
            "peak_memory_bytes": JSONValue(peakMemoryBytes),
            "free_disk_bytes": JSONValue(freeDiskBytes),
        ]
    }
}

extension VectorIngestReport {
    /// What `ingest vectors --json` prints.
    var json: JSONObject {
        [
            "collection": .string(collection),
            "vector": .string(vector),
            "added": JSONValue(added),
            "present": JSONValue(present),
            "dimension": JSONValue(dimension),
            "element_type": .string(elementType),
            "seconds": .number(seconds),
        ]
    }
}

extension SearchResponse {
    /// What `search --json` prints, with the path of the contact sheet where one was written.
    func json(contactSheet: String?) -> JSONObject {
        [
            "vector": .string(vector),
            "metric": .string(metric.description),
            "kind": .string(kind),
            "answers": JSONValue(answers) { answer in
                [
                    "query": .string(answer.query),
                    "query_payload": answer.queryPayload ?? .null,
                    "hits": JSONValue(answer.hits) { $0.json },
                    "groups": answer.groups.map { groups in
                        JSONValue(groups) { group in
                            ["value": group.value, "hits": JSONValue(group.hits) { $0.json }]
                        }
                    } ?? .null,
                ]
            },
            "extraction_seconds": .number(extractionSeconds),
            "open_seconds": .number(openSeconds),
            "search_seconds": .number(searchSeconds),
            "contact_sheet": JSONValue(contactSheet),
            "warnings": JSONValue(warnings),
        ]
    }
}

extension SearchHit {
    /// What `--json` prints of a result.
    var json: JSONObject {
        [
            "rank": JSONValue(rank),
            "id": JSONValue(id: id),
            "distance": .number(distance),
            "payload": payload,
        ]
    }
}

extension EvaluationReport {
    /// What `evaluate --json` prints.
    var json: JSONObject {
        [
            "collection": .string(collection),
            "k": JSONValue(k),
            "kind": .string(kind),
            "unlabelled": JSONValue(unlabelled),
            "fields": JSONValue(fields) { field in
                [
                    "vector": .string(field.vector),
                    "metric": .string(field.metric.description),
                    "dimension": JSONValue(field.dimension),
                    "overall": .object(field.overall.json),
                    "labels": JSONValue(field.labels) { $0.json },
                ]
            },
        ]
    }
}

extension LabelScores {
    /// What `--json` prints of the scores of one label, or of all.
    var json: JSONObject {
        [
            "label": JSONValue(label),
            "query_count": JSONValue(queryCount),
            "score": .number(score),
            "precision": .number(precision),
            "precision_at_10": .number(precisionAt10),
        ]
    }
}
