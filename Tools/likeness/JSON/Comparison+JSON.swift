import JSON
import SearchService
import VectorCore

extension ComparisonReport {
    /// What `compare --json` prints.
    var json: JSONObject {
        [
            "collection": .string(collection),
            "vector": .string(vector),
            "metric": .string(metric.description),
            "count": JSONValue(count),
            "dimension": JSONValue(dimension),
            "k": JSONValue(k),
            "query_count": JSONValue(queryCount),
            "leaves_itself_out": .bool(leavesItselfOut),
            "limits": .object(limits.json),
            "exact_seconds": .number(exactSeconds),
            "exact_gflops": .number(exactGflops),
            "kinds": JSONValue(kinds) { $0.json },
            "warnings": JSONValue(warnings),
        ]
    }
}

extension MeasuredLimits {
    /// What `--json` prints of the machine's limits.
    var json: JSONObject {
        [
            "instruction_set": .string(instructionSet),
            "threads": JSONValue(threads),
            "gflops": .number(gflops),
            "gigabytes_per_second": .number(gigabytesPerSecond),
        ]
    }
}

extension ComparedKind {
    /// What `--json` prints of a compared kind.
    var json: JSONObject {
        [
            "kind": .string(kind),
            "count": JSONValue(count),
            "build_seconds": .number(buildSeconds),
            "bytes_per_vector": .number(bytesPerVector),
            "queries_seen": .bool(queriesSeen),
            "note": JSONValue(note),
            "settings": JSONValue(settings) { $0.json },
        ]
    }
}

extension ComparedSetting {
    /// What `--json` prints of one setting; latencies are in microseconds.
    var json: JSONObject {
        [
            "setting": .string(setting),
            "recall": .number(recall),
            "unseen_recall": unseenRecall.map { .number($0) } ?? .null,
            "queries_per_second": .number(queriesPerSecond),
            "batch_queries_per_second": .number(batchQueriesPerSecond),
            "p50_microseconds": .number(p50),
            "p95_microseconds": .number(p95),
            "p99_microseconds": .number(p99),
        ]
    }
}
