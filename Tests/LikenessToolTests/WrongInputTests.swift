import Foundation
import IndexCatalog
import JSON
import TestSupport
import Testing

/// Wrong input gets one clear sentence and the right exit status.
@Suite struct WrongInputTests {
    /// A tool whose store holds 40 vectors of 8 numbers as `things/v`.
    private func filledTool() throws -> Tool {
        let tool = try Tool()
        let file = try tool.folder.write("base.npy", npy(clusteredVectors(40, dimension: 8)))
        try tool.run("ingest vectors \(file) -c things --vector v")
        return tool
    }

    @Test(arguments: [
        ("search things --id 1 -k 0", "-k"),
        ("search things --id 1 -k many", "-k"),
        ("search things", "--vector-file"),
        ("search things --id 1 --image a.jpg", "--image"),
        ("search things --id 1 --exact --kind flat", "--exact"),
        ("search things --id 1 --exact --ef-search 10", "--ef-search"),
        ("search things --id 1 --recall 0", "--recall"),
        ("search things --id 1 --recall 1.01", "above 0 and at most 1"),
        ("search things --id 1 --recall nan", "above 0 and at most 1"),
        ("search things --id 1 --recall most", "--recall"),
        ("search things --id 1 --recall 0.9 --ef-search 10", "--recall and --ef-search"),
        ("search things --id 1 --recall 0.9 --exact", "--recall"),
        ("search things --id 1 --recall 0.9 --kind flat", "hnsw"),
        ("search things --id 1 --kind ivf", "'hnsw', 'flat'"),
        ("search things --id 1 --metric hamming", "l2Squared"),
        ("search things --id 1 --nonsense", "--nonsense"),
        ("search things --id 1 --filter {", "the text ends inside an object"),
        ("search things --id 1 --filter {\"must\":{\"key\":\"a\"}}", "must says nothing"),
        ("search things --id 1 --filter {\"most\":[]}", "“most”"),
        ("search things --id 1 --within far", "--within"),
        ("search things --id 1 --within 0.5 --recall 0.9", "--within"),
        ("search things --id 1 --within -0.5 --ef-search 20", "--within finds"),
        ("search things --id 1 --offset -1", "--offset"),
        ("search things --id 1 --group-by a..b", "--group-by"),
        ("search things --id 1 --group-size 2", "--group-by"),
        ("search things --id 1 --group-by a --offset 2", "--offset"),
        ("search things --id 1 --group-by a --contact-sheet a.jpg", "--group-by"),
        ("point count things --filter []", "must be an object"),
        ("payload-index create things a", "--type"),
        ("payload-index create things a --type text", "keyword"),
        ("payload-index create things a[ --type float", "a[].b"),
        ("index build things", "--kind"),
        ("index build things --kind flat --m 8", "--m"),
        ("index build things --kind hnsw --m 1", "--m"),
        ("index build things --kind flat --codes rq8", "--codes"),
        ("index build things --kind hnsw --codes zip", "f32"),
        ("index build things --kind flat --vectors store", "--vectors"),
        ("index build things --kind hnsw --codes f32 --vectors store", "rq8"),
        ("index build things --kind hnsw --vectors disk", "index, store"),
        ("index build things --kind hnsw --threads 0", "--threads"),
        ("index build things --kind matrix --byte-limit lots", "800M"),
        ("index delete things", "--all"),
        ("index tune things --queries a.npy --kind flat", "exact"),
        ("compare things --kinds flat,flat", "twice"),
        ("compare things --kinds flat,tree", "tree"),
        ("compare things --queries 0", "--queries"),
        ("evaluate things -k 0", "-k"),
        ("ingest vectors a.npy -c things", "--vector"),
        ("ingest vectors a.npy -c things --vector v --metric minkowski:0.5", "minkowski:P"),
        ("ingest images . -c things --pooling sum", "flatten"),
        ("ingest images . -c things --layers few", "all"),
        ("ingest images . -c things --max-pixels 0", "--max-pixels"),
        ("ingest images . -c things --max-bytes lots", "800M"),
        ("ingest images . -c things --max-seconds -1", "--max-seconds"),
        ("frobnicate", "frobnicate"),
    ])
    func wrongUsageIsRefusedBeforeTheStoreIsTouched(_ command: String, _ word: String) throws {
        let tool = try Tool()
        try tool.fails(command, status: 64, saying: word)
        #expect(try tool.folder.names.isEmpty)
    }

    @Test(arguments: [
        "collection list", "collection delete a", "point get a 1", "index verify",
        "search a --id 1", "payload-index list", "payload-index create a b --type float",
        "index build a --kind flat", "compare a", "evaluate a", "export a out.npy",
    ])
    func aMissingStoreIsNotMade(_ command: String) throws {
        let tool = try Tool()
        try tool.fails(command, status: 1, saying: tool.store)
        #expect(try tool.folder.names.isEmpty)
    }

    @Test func whatDoesNotExistIsNamed() throws {
        let tool = try filledTool()
        for command in [
            "collection show none", "collection delete none", "point count none",
            "point get none 1", "search none --id 1", "index build none --kind flat",
            "compare none", "evaluate none", "export none out.npy", "index list none",
            "payload-index create none a --type float", "payload-index list none",
            "payload-index delete none a",
        ] {
            try tool.fails(command, status: 1, saying: "none")
        }
        for command in [
            "search things --id 1 --vector none", "index build things --vector none --kind hnsw",
            "compare things --vector none", "evaluate things --vector none",
            "export things --vector none out.npy",
        ] {
            try tool.fails(command, status: 1, saying: "none")
        }
        try tool.fails("search things --id 1 --kind hnsw", status: 1, saying: "hnsw")
        try tool.fails("search things --id 4711", status: 1, saying: "4711")
        try tool.fails("point delete things 4711", status: 1, saying: "4711")
        try tool.fails("index delete things --kind hnsw", status: 1, saying: "things")
        try tool.fails("payload-index delete things label", status: 1, saying: "label")
        try tool.fails("point get things apple", status: 64, saying: "apple")
    }

    @Test func unusableVectorsAreRefused() throws {
        let tool = try filledTool()
        var numbers = clusteredVectors(30, dimension: 8)
        numbers[17][3] = .nan
        let files: [(name: String, bytes: [UInt8], word: String)] = [
            ("nan.npy", npy(numbers), "17"),
            ("long.npy", npy(clusteredVectors(5, dimension: 9)), "9"),
            ("cut.npy", npy(clusteredVectors(30, dimension: 8)).dropLast(5), "cut.npy"),
            ("text.npy", Array("these are words".utf8), "text.npy"),
            ("empty.npy", [], "empty.npy"),
            ("ragged.fvecs", fvecs([[1, 2, 3, 4, 5, 6, 7, 8], [1, 2]]), "ragged.fvecs"),
        ]
        for (name, bytes, word) in files {
            let file = try tool.folder.write(name, bytes)
            try tool.fails(
                "ingest vectors \(file) -c things --vector v --first-id 1000", status: 65,
                saying: word)
            #expect(try tool.json("point count things")["count"] == 40)
            try tool.fails("search things --vector-file \(file)", status: 65, saying: word)
        }
    }

    @Test func missingFilesAreNamed() throws {
        let tool = try filledTool()
        let missing = tool.folder.path("missing")
        for command in [
            "ingest vectors \(missing).npy -c things --vector v",
            "search things --vector-file \(missing).npy",
            "compare things --queries \(missing).npy",
        ] {
            try tool.fails(command, status: 74, saying: missing)
        }
        try tool.fails("export things \(missing)/out.npy", status: 74, saying: missing)
        try tool.fails(
            "compare things --kinds flat --plot \(missing)/plot.svg", status: 74, saying: missing)
    }

    @Test func aMatrixBeyondItsLimitIsRefused() throws {
        let tool = try filledTool()
        let result = try tool.run("index build things --kind matrix --byte-limit 1K", status: 64)
        #expect(result.errors.contains("KiB"))
        #expect(try tool.json("index list")["indexes"]?.arrayValue?.isEmpty == true)
    }

    @Test func anIndexBeyondTheMemoryIsRefused() throws {
        let tool = try filledTool()
        for kind in IndexCatalog.kinds {
            let result = try tool.run(
                "index build things --kind \(kind) --memory-limit 1K", status: 1)
            #expect(result.errors.contains("building it takes up to"))
            #expect(result.errors.contains("1.0 KiB are allowed"))
            #expect(result.errors.contains("likeness: There is no memory to build this index"))
        }
        #expect(try tool.json("index list")["indexes"]?.arrayValue?.isEmpty == true)
        try tool.run("index build things --kind hnsw --memory-limit 1G")
    }

    @Test func aStoreMustBeAFolderOfItsKind() throws {
        let tool = try Tool()
        let file = try tool.folder.write("file", Array("not a store".utf8))
        let vectors = try tool.folder.write("base.npy", npy(clusteredVectors(4, dimension: 8)))
        try tool.fails(
            "ingest vectors \(vectors) -c c --vector v --store \(file)", status: 65, saying: file)
        try tool.fails("collection list --store \(file)", status: 65, saying: file)
        try tool.fails(
            "ingest vectors \(vectors) -c c --vector v --store /proc/none/store", status: 74,
            saying: "/proc/none")
    }
}
