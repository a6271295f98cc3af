import Likeness

// A thousand vectors of 32 numbers.
var generator = SplitMix64(seed: 1)
let vectors = (0..<1000).map { _ in
    (0..<32).map { _ in Float.random(in: -1...1, using: &generator) }
}

let index = try StandaloneIndex.build(
    FloatMatrix(vectors, columns: 32), kind: .hnsw, metric: .cosine)
print("\(index.count) vectors in \(index.memoryBytes) bytes")

// The nearest of the eighth vector; the first is itself.
for match in try index.search(vectors[7], k: 5) {
    print(match.id, match.distance)
}

// Nine true neighbours of ten are enough: the setting for that was measured at build.
let usual = try index.search(vectors[7], k: 10, effort: .recall(0.9))
let exact = try index.search(vectors[7], k: 10, effort: .exact)
print(Set(usual).intersection(exact).count, "of 10")

let path = CommandLine.arguments.dropFirst().first ?? "vectors.index"
try index.save(to: path)
print(try StandaloneIndex.open(path).count)
