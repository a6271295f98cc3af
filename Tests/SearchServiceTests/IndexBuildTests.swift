import Foundation
import IndexCatalog
import IndexDefinitions
import SearchService
import TestSupport
import Testing
import VectorCore
import VectorFiles

/// A build that is refused or cancelled leaves everything as it was.
@Suite struct IndexBuildTests {
    private let folder: TemporaryFolder
    private let engine: Engine

    init() throws {
        folder = try TemporaryFolder()
        var generator = SplitMix64(seed: 5)
        let path = folder.path("base.npy")
        var writer = try VectorFileWriter(path: path, dimension: 40)
        for vector in randomVectors(600, dimension: 40, using: &generator) {
            try writer.append(vector.span)
        }
        try writer.finish()
        engine = try Engine(store: folder.path("store"), access: .readWrite)
        _ = try engine.ingestVectors(VectorIngestRequest(file: path, collection: "c", vector: "v"))
    }

    private func request(_ kind: IndexKind, memoryLimit: Int? = nil) -> IndexBuildRequest {
        IndexBuildRequest(collection: "c", kind: kind, memoryLimit: memoryLimit, threads: 2)
    }

    private var files: [String] {
        let all = FileManager.default.enumerator(atPath: folder.path("store"))
        return (all?.compactMap { $0 as? String } ?? []).filter { $0.contains(".index") }.sorted()
    }

    @Test(arguments: IndexCatalog.kinds)
    func whatDoesNotFitIsRefusedBefore(kind: IndexKind) throws {
        let estimate = try engine.estimate(request(kind))
        #expect(estimate.count == 600)
        // The vectors are read, whatever is made of them.
        #expect(estimate.buildByteCount >= 600 * 48 * 4)
        let error = #expect(throws: ServiceError.self) {
            _ = try engine.buildIndex(
                request(kind, memoryLimit: estimate.buildByteCount - 1))
        }
        #expect(error?.code == .noMemory)
        #expect(error?.message.contains("--memory-limit") == true)
        #expect(try engine.indexes().isEmpty)
        #expect(files.isEmpty)
        _ = try engine.buildIndex(request(kind, memoryLimit: estimate.buildByteCount))
        #expect(try engine.indexes().count == 1)
    }

    @Test func parametersAreCheckedBeforeMemoryIs() throws {
        var wrong = request(.hnsw)
        wrong.parameters["m"] = .number(.max)
        let error = #expect(throws: ServiceError.self) { _ = try engine.estimate(wrong) }
        #expect(error?.code == .invalidRequest)
    }

    @Test(arguments: IndexCatalog.kinds)
    func aCancelledTaskPublishesNothing(kind: IndexKind) async throws {
        _ = try engine.buildIndex(request(kind))
        let (paths, before) = (try engine.indexes().map(\.path), files)
        let job = request(kind)
        let task = Task { [engine] in
            while !Task.isCancelled { await Task.yield() }
            _ = try engine.buildIndex(job)
        }
        task.cancel()
        guard case .failure(let error) = await task.result else {
            Issue.record("A cancelled task built an index of kind \(kind).")
            return
        }
        #expect((error as? ServiceError)?.code == .cancelled, "\(error)")
        #expect(try engine.indexes().map(\.path) == paths)
        #expect(files == before)
        let response = try engine.search(
            SearchRequest(collection: "c", query: .id("1"), k: 5, mode: .kind(kind)))
        #expect(response.answers.first?.hits.count == 5)
        _ = try engine.buildIndex(job)
    }
}
