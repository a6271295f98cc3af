import Likeness

let path = CommandLine.arguments.dropFirst().first ?? "likeness.store"
let store = try Engine(store: path, access: .readWrite)

// What this returns from is on disk.
try store.upsert(
    VectorUpsertRequest(
        collection: "colours", vector: "rgb",
        entries: [
            .init(id: .number(1), vector: .f32([1, 0, 0]), payload: ["name": "red"]),
            .init(id: .number(2), vector: .f32([1, 0.6, 0]), payload: ["name": "orange"]),
            .init(id: .number(3), vector: .f32([0, 0, 1]), payload: ["name": "blue"]),
        ]))
_ = try store.buildIndex(IndexBuildRequest(collection: "colours", kind: .hnsw))

let query = FloatMatrix([[0.9, 0.2, 0]], columns: 3)
let found = try store.search(
    VectorSearchRequest(collection: "colours", queries: query, k: 2))
for match in found.matches[0] {
    let point = try store.points([match.id], in: "colours")[0]
    print(match.distance, point?.payload["name"]?.stringValue ?? "")
}
