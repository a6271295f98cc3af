import FeatureStorage
import Foundation
import JSON
import SearchService
import TestSupport
import Testing
import VectorCore

/// Whether the default model is installed, as `Tools/setup` installs it.
private let modelIsInstalled = (try? Engine.models().isEmpty == false) ?? false

/// A folder that people change, ingested again and again into one collection.
@Suite(.enabled(if: modelIsInstalled, "skipped: needs the model that Tools/setup makes"))
struct LivingFolderTests {
    private let folder: TemporaryFolder
    private let pictures: PictureFolder
    private let request: ImageIngestRequest

    init() throws {
        folder = try TemporaryFolder()
        pictures = try PictureFolder(folder.path("pictures"))
        for number in 0..<6 { try pictures.write("\(number).png", number) }
        // An early layer is computed in a moment.
        request = ImageIngestRequest(
            folder: pictures.path, collection: "c", layers: ["stem_conv"], poolings: ["avg"])
    }

    private func engine() throws -> Engine {
        try Engine(store: folder.path("store"), access: .readWrite)
    }

    private func path(_ id: Int, _ engine: Engine) throws -> String? {
        try engine.point("\(id)", in: "c").payload["path"]?.stringValue
    }

    /// The id whose vector is that of a picture now.
    private func owner(
        of name: String, _ engine: Engine, field: String? = nil
    ) throws -> String? {
        let response = try engine.search(
            SearchRequest(
                collection: "c", vector: field, query: .image("\(pictures.path)/\(name)"), k: 1))
        let best = response.answers[0].hits.first
        return (best?.distance ?? 1) < 1e-5 ? best?.id : nil
    }

    @Test func aFileThatCannotBeLookedAtIsListed() throws {
        try FileManager.default.createSymbolicLink(
            atPath: "\(pictures.path)/loop.png", withDestinationPath: "loop.png")
        let report = try engine().ingestImages(request)
        #expect(report.added == 6)
        #expect(report.failures.map(\.path) == ["loop.png"])
    }

    @Test func whatIsKnownIsNotOpenedAgain() throws {
        let engine = try engine()
        #expect(try engine.ingestImages(request).added == 6)
        // Were it opened, it would be no image any more.
        try pictures.zero("3.png")
        let again = try engine.ingestImages(request)
        #expect(again.present == 6 && again.added == 0 && again.updated == 0)
        #expect(again.failures.isEmpty && again.announced.images == 0)
        #expect(again.inferenceSeconds == 0 && again.decodeSeconds == 0)
    }

    @Test func aTouchedFileIsOnlyReadAndThenKnown() throws {
        let engine = try engine()
        _ = try engine.ingestImages(request)
        try pictures.write("2.png", 2)
        let again = try engine.ingestImages(request)
        #expect(again.present == 6 && again.updated == 0 && again.inferenceSeconds == 0)
        try pictures.zero("2.png")
        #expect(try engine.ingestImages(request).failures.isEmpty)
    }

    @Test func aChangedFileIsExtractedAnewAndLosesStaleVectors() throws {
        let engine = try engine()
        _ = try engine.ingestImages(request)
        var other = request
        other.layers = ["block1a_dwconv"]
        #expect(try engine.ingestImages(other).completed == 6)
        try pictures.write("4.png", 11, width: 80)
        let rehearsed = try engine.rehearseImages(ImageIngestSource(request))
        #expect(rehearsed.isRehearsal && rehearsed.updated == 1 && rehearsed.present == 5)
        let report = try engine.ingestImages(request)
        #expect(report.updated == 1 && report.added == 0 && report.present == 5)
        #expect(report.staleFields.count == 1)
        #expect(report.staleFields.first?.contains("block1a_dwconv") == true)
        let point = try engine.point("4", in: "c")
        #expect(point.vectors.map(\.field) == report.fields)
        #expect(point.payload["width"]?.integerValue == 80)
        #expect(try owner(of: "4.png", engine, field: report.fields[0]) == "4")
        // The other field is filled again by the request that fills it.
        #expect(try engine.ingestImages(other).completed == 1)
    }

    @Test func movedFilesKeepTheirIdsAndVectors() throws {
        let engine = try engine()
        _ = try engine.ingestImages(request)
        try pictures.move("1.png", "holiday/first.png")
        let report = try engine.ingestImages(request)
        #expect(report.moved == 1 && report.added == 0 && report.inferenceSeconds == 0)
        #expect(try path(1, engine) == "holiday/first.png")
        #expect(try engine.point("1", in: "c").payload["label"]?.stringValue == "holiday")
        try pictures.move("holiday/first.png", "back.png")
        #expect(try engine.ingestImages(request).moved == 1)
        #expect(try engine.point("1", in: "c").payload["label"] == nil)
        #expect(try owner(of: "back.png", engine) == "1")
    }

    @Test func exchangedAndChainedNamesAreFollowed() throws {
        let engine = try engine()
        _ = try engine.ingestImages(request)
        try pictures.move("0.png", "x")
        try pictures.move("1.png", "0.png")
        try pictures.move("x", "1.png")
        // Renumbered from the end, as by hand: 5 → 6, 4 → 5, 3 → 4.
        for number in [5, 4, 3] { try pictures.move("\(number).png", "\(number + 1).png") }
        let report = try engine.ingestImages(request)
        #expect(report.moved == 5 && report.added == 0 && report.updated == 0)
        #expect(report.inferenceSeconds == 0 && report.missing == 0)
        let paths = try (0..<6).map { try path($0, engine) }
        #expect(paths == ["1.png", "0.png", "2.png", "4.png", "5.png", "6.png"])
        for (id, name) in paths.enumerated() {
            #expect(try owner(of: name ?? "", engine) == "\(id)")
        }
        #expect(try engine.ingestImages(request).present == 6)
    }

    @Test func movesThatWereCutOffAreFinished() throws {
        do { _ = try engine().ingestImages(request) }
        try pictures.move("1.png", "0.png.new")
        try pictures.remove("0.png")
        try pictures.move("0.png.new", "0.png")
        do {
            // As if the process had died between two transactions: two points have one path.
            let store = try FeatureStore(path: folder.path("store"), mode: .readWrite)
            try store.write { transaction throws(StorageError) in
                let collection = try transaction.reader.existingCollection(named: "c")
                let number = try transaction.reader.existingNumber(of: .number(1), in: collection)
                var payload = try transaction.reader.payload(of: number, in: collection) ?? [:]
                payload["path"] = "0.png"
                try transaction.setPayload(payload, of: .number(1), in: collection)
            }
        }
        let engine = try engine()
        var pruning = request
        pruning.prune = true
        let report = try engine.ingestImages(pruning)
        #expect(report.present == 5 && report.pruned == 1 && report.updated == 0)
        #expect(try path(1, engine) == "0.png")
        #expect(try owner(of: "0.png", engine) == "1")
        #expect(try engine.pointCount(in: "c") == 5)
    }

    @Test func copiesArePointsOfTheirOwn() throws {
        let engine = try engine()
        _ = try engine.ingestImages(request)
        try pictures.write("twin.png", 2)
        let report = try engine.ingestImages(request)
        #expect(report.added == 1 && report.moved == 0)
        #expect(try path(2, engine) == "2.png")
        #expect(try path(6, engine) == "twin.png")
    }

    @Test func pruningDeletesOnlyWhatIsGoneBelowTheFolder() throws {
        let engine = try engine()
        try pictures.write("sub/a.png", 20)
        try pictures.write("sub/b.png", 21)
        _ = try engine.ingestImages(request)
        try pictures.remove("0.png")
        try pictures.remove("sub/a.png")
        let left = try engine.ingestImages(request)
        #expect(left.missing == 2 && left.pruned == 0)
        #expect(try engine.pointCount(in: "c") == 8)

        var below = request
        below.folder = pictures.path + "/sub"
        below.prune = true
        #expect(try engine.rehearseImages(ImageIngestSource(below)).pruned == 1)
        #expect(try engine.pointCount(in: "c") == 8)
        #expect(try engine.ingestImages(below).pruned == 1)
        var all = request
        all.prune = true
        #expect(try engine.ingestImages(all).pruned == 1)
        #expect(try engine.pointCount(in: "c") == 6)
    }

    @Test func anEmptyFolderIsNotTakenAtItsWord() throws {
        let engine = try engine()
        _ = try engine.ingestImages(request)
        for number in 0..<6 { try pictures.remove("\(number).png") }
        var pruning = request
        pruning.prune = true
        let error = #expect(throws: ServiceError.self) { try engine.ingestImages(pruning) }
        #expect(error?.code == .invalidData)
        #expect(error?.message.contains("--allow-empty") == true)
        #expect(try engine.pointCount(in: "c") == 6)
        pruning.allowsEmpty = true
        #expect(try engine.ingestImages(pruning).pruned == 6)
        #expect(try engine.pointCount(in: "c") == 0)
    }

    @Test func pointsOfEarlierVersionsLearnTheirFilesWithoutExtraction() throws {
        do { _ = try engine().ingestImages(request) }
        do {
            let store = try FeatureStore(path: folder.path("store"), mode: .readWrite)
            try store.write { transaction throws(StorageError) in
                let collection = try transaction.reader.existingCollection(named: "c")
                for id in 0..<6 as Range<UInt64> {
                    let number = try transaction.reader.existingNumber(
                        of: .number(id), in: collection)
                    var payload = try transaction.reader.payload(of: number, in: collection) ?? [:]
                    payload["file"] = nil
                    try transaction.setPayload(payload, of: .number(id), in: collection)
                }
            }
        }
        let engine = try engine()
        let report = try engine.ingestImages(request)
        #expect(report.present == 6 && report.updated == 0 && report.inferenceSeconds == 0)
        let file = try engine.point("0", in: "c").payload["file"]
        #expect(file?["sha256"]?.stringValue?.count == 64)
        try pictures.move("0.png", "zero.png")
        #expect(try engine.ingestImages(request).moved == 1)
    }

    @Test func aFieldKeepsItsMetricAndElement() throws {
        let engine = try engine()
        var halves = request
        halves.element = .f16
        let report = try engine.ingestImages(halves)
        #expect(try engine.collection("c").fields.map(\.elementType) == ["f16"])
        #expect(try owner(of: "3.png", engine) != nil || report.added == 6)
        halves.metric = .l2
        let error = #expect(throws: ServiceError.self) { try engine.ingestImages(halves) }
        #expect(error?.code == .invalidRequest && error?.message.contains("cosine") == true)
        halves.metric = .cosine
        #expect(try engine.ingestImages(halves).present == 6)
        let other = #expect(throws: ServiceError.self) { try engine.ingestImages(request) }
        #expect(other?.code == .invalidData)
    }

    @Test func layersAreSpreadFromTheFirstToTheLast() throws {
        var spread = request
        spread.layers = []
        spread.layerSpread = .evenly(3)
        let model = try Engine.models().first { $0.name == Engine.defaultModel }
        let layers = try #require(model).layers.map(\.name)
        let maps = try #require(model).layers.filter { $0.shape.dropFirst().contains { $0 > 1 } }
            .map(\.name)
        func chosen() throws -> [String] {
            let report = try ImageIngestSource(spread).rehearse(
                inNewStoreAt: folder.path("absent"))
            #expect(report.added == 6 && report.announced.images == 6)
            #expect(report.announced.fields == report.fields.count)
            #expect(report.announced.storeBytes > 0 && report.announced.freeDiskBytes > 0)
            return report.fields.map {
                String($0.split(separator: "/", maxSplits: 1)[1].dropLast(".avg".count))
            }
        }
        let three = try chosen()
        #expect(three.count == 3 && three.first == maps.first && three.last == maps.last)
        #expect(maps.count < layers.count)
        spread.layers = [layers[1], layers[0]]
        #expect(try chosen() == [layers[0], layers[1]] + three.dropFirst())
        spread.layerSpread = .all
        #expect(try chosen() == layers)
        // More than there are maps: over all layers.
        spread.layers = []
        spread.layerSpread = .evenly(layers.count)
        #expect(try chosen() == layers)
        spread.layerSpread = .evenly(layers.count + 1)
        #expect(throws: ServiceError.self) { try ImageIngestSource(spread) }
        #expect(try folder.names == ["pictures"])
    }
}
