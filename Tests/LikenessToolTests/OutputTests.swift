import Foundation
import Glibc
import JSON
import TestSupport
import Testing

/// What the tool writes takes no other file's place.
@Suite struct OutputTests {
    private let tool: Tool
    private let file: String

    init() throws {
        tool = try Tool()
        file = try tool.folder.write("things.npy", npy(clusteredVectors(40, dimension: 8)))
        try tool.run("ingest vectors \(file) -c things --vector v")
        try tool.run("index build things --kind hnsw")
    }

    /// The bytes of all files of the store but those that a reader changes.
    private func storeBytes() throws -> [String: Data] {
        var bytes: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: tool.store)
        where name.hasSuffix(".index") || name == "data.mdb" {
            bytes[name] = try Data(contentsOf: URL(fileURLWithPath: "\(tool.store)/\(name)"))
        }
        return bytes
    }

    @Test func theStoreIsNoPlaceForOutputs() throws {
        let before = try storeBytes()
        let index = try #require(before.keys.first { $0.hasSuffix(".index") })
        try FileManager.default.createSymbolicLink(
            atPath: tool.folder.path("alias"), withDestinationPath: "\(tool.store)/data.mdb")
        for place in [
            "\(tool.store)/data.mdb", "\(tool.store)/new", "\(tool.store)/\(index)",
            tool.folder.path("alias"),
        ] {
            try tool.fails("export things \(place)", status: 64, saying: "store")
            try tool.fails("snapshot \(place) --replace", status: 64, saying: "store")
            try tool.fails("compare things --plot \(place)", status: 64, saying: "store")
        }
        #expect(try storeBytes() == before)
        try tool.run("verify")
    }

    @Test func devicesStayDevices() throws {
        for command in ["export things /dev/null", "snapshot /dev/null --replace"] {
            try tool.fails(command, status: 64, saying: "device")
        }
        try tool.run("compare things --queries 5 --plot /dev/null")
        var info = stat()
        try #require(unsafe lstat("/dev/null", &info) == 0)
        #expect(info.st_mode & S_IFMT == S_IFCHR)
        let pipe = tool.folder.path("pipe")
        try #require(unsafe mkfifo(pipe, 0o600) == 0)
        try tool.fails("export things \(pipe)", status: 64, saying: "pipe")
    }

    @Test func theStandardOutputMayBeAnOutput() throws {
        let output = try tool.run("compare things --queries 5 --plot /dev/stdout").output
        #expect(output.contains("<svg") && output.contains("recall"))
    }

    @Test func queriesStay() throws {
        let before = try Data(contentsOf: URL(fileURLWithPath: file))
        try tool.fails(
            "compare things --queries \(file) --plot \(file)", status: 64, saying: "asked with")
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == before)
    }

    @Test func linksAtForeseenNamesLeadNowhere() throws {
        let victim = try tool.folder.write("victim", "precious".utf8)
        let output = tool.folder.path("out.npy")
        for name in ["out.npy.tmp", "out.npy.partial", ".out.npy.partial"] {
            try FileManager.default.createSymbolicLink(
                atPath: tool.folder.path(name), withDestinationPath: victim)
        }
        try tool.run("export things \(output)")
        try tool.run("snapshot \(output) --replace")
        #expect(try String(contentsOfFile: victim, encoding: .utf8) == "precious")
        #expect(try tool.folder.names.filter { $0.hasSuffix(".partial") }.count == 2)
    }

    @Test func aLinkIsFollowedAndTheModeStays() throws {
        let target = try tool.folder.write("target.npy", "old".utf8)
        try #require(unsafe chmod(target, 0o640) == 0)
        let link = tool.folder.path("link.npy")
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: "target.npy")
        try tool.run("export things \(link)")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "target.npy")
        var info = stat()
        try #require(unsafe lstat(target, &info) == 0)
        #expect(info.st_mode & 0o777 == 0o640 && info.st_size > 1000)
    }
}

/// What terminals would obey comes from other people's labels and names.
@Suite struct TerminalTests {
    private static let label = "\u{1B}]0;owned\u{7}\u{9B}2J\u{202E}gpj.exe\r\nfake: 1"

    @Test func labelsAreShownAndNotObeyed() throws {
        let tool = try Tool()
        let file = try tool.folder.write("things.npy", npy(clusteredVectors(20, dimension: 4)))
        let line = "\(JSONValue.object(["label": .string(Self.label)]).text())\n"
        let payloads = try tool.folder.write(
            "things.jsonl", String(repeating: line, count: 20).utf8)
        try tool.run("ingest vectors \(file) -c things --vector v --payloads \(payloads)")
        for command in [
            "search things --id 1", "search things --id 1 --group-by label", "evaluate things",
            "search things --id 1 --json", "point get things 1", "search things --id \(Self.label)",
        ] {
            let result = try runProcess(
                Tool.path, command.split(separator: " ").map(String.init),
                environment: ["LIKENESS_STORE": tool.store, "NO_COLOR": "1"], timeLimit: 60)
            for text in [result.output, result.errors] {
                let obeyed = text.unicodeScalars.filter {
                    ($0.properties.generalCategory == .control && $0 != "\n")
                        || (0x202A...0x202E).contains($0.value)
                }
                #expect(obeyed.isEmpty, "\(command): \(text)")
            }
            #expect(
                (result.output + result.errors).split(separator: "\n").allSatisfy {
                    !$0.hasPrefix("fake")
                }, "\(command)")
        }
        let found = try tool.json("search things --id 1")
        #expect(
            found["answers"]?[0]?["hits"]?[0]?["payload"]?["label"]?.stringValue == Self.label)
    }
}

@Suite(.enabled(if: ImageFixtures.arePresent, "\(ImageFixtures.skipReason)"))
struct PictureOutputTests {
    private let tool: Tool
    private let pictures: String

    init() throws {
        tool = try Tool()
        pictures = tool.folder.path("pictures")
        try ImageFixtures.fill(pictures, each: 2)
    }

    private func names() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: pictures).filter { $0.contains(".") }
            .sorted()
    }

    @Test func picturesStay() throws {
        try tool.run("ingest images \(pictures) -c things")
        let names = try names()
        let query = tool.folder.path("query.png")
        try FileManager.default.copyItem(atPath: "\(pictures)/\(names[0])", toPath: query)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: query))
        try tool.fails(
            "search things --image \(query) --contact-sheet \(query)", status: 64,
            saying: "asked with")
        for name in [names[0], names[1]] {
            try tool.fails(
                "search things --id 1 --contact-sheet \(pictures)/\(name)", status: 64,
                saying: "a picture of the collection")
            try tool.fails(
                "export things \(pictures)/\(name)", status: 64,
                saying: "a picture of the collection")
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: query)) == bytes)
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(pictures)/\(names[0])")) == bytes)
    }

    @Test func storesAndSheetsAreNotIngested() throws {
        var inside = tool
        inside.environment["LIKENESS_STORE"] = "\(pictures)/store"
        #expect(try inside.json("ingest images \(pictures) -c things")["added"] == 6)
        try FileManager.default.copyItem(
            atPath: "\(pictures)/\(try names()[0])", toPath: "\(pictures)/store/picture.png")
        try inside.run("search things --id 1 --contact-sheet \(pictures)/sheet.jpg")
        let again = try inside.json("ingest images \(pictures) -c things")
        #expect(again["added"] == 0 && again["failures"]?.arrayValue?.isEmpty == true)
    }

    @Test func namesThatAreNoTextAreIngested() throws {
        let source = "\(pictures)/\(try names()[0])"
        let bytes = try Data(contentsOf: URL(fileURLWithPath: source))
        let folder = Array("\(pictures)/caf".utf8) + [0xE9]
        func withPath<R>(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> R) throws -> R {
            let start = path.map { CChar(bitPattern: $0) } + [0]
            return unsafe start.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
        }
        try #require(unsafe try withPath(folder, { unsafe mkdir($0, 0o700) }) == 0)
        let name = folder + Array("/\\a".utf8) + [0xFF] + Array(".png".utf8)
        let descriptor = unsafe try withPath(name) { unsafe open($0, O_WRONLY | O_CREAT, 0o600) }
        try #require(descriptor >= 0)
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try handle.write(contentsOf: bytes + [0])
        try handle.close()

        let report = try tool.json("ingest images \(pictures) -c things")
        #expect(report["added"] == 7 && report["failures"]?.arrayValue?.isEmpty == true)
        let found = try tool.json("search things --image \(source) -k 2")
        let paths = found["answers"]?[0]?["hits"]?.arrayValue?.compactMap {
            $0["payload"]?["path"]?.stringValue
        }
        #expect(paths?.contains("caf\\xe9/\\x5ca\\xff.png") == true, "\(paths ?? [])")
        try tool.run("search things --id 1 --contact-sheet \(tool.folder.path("sheet.jpg"))")
        let again = try tool.json("ingest images \(pictures) -c things --prune")
        #expect(again["added"] == 0 && again["pruned"] == 0)
    }
}
