import Foundation
import Glibc
import OutputFiles
import TestSupport
import Testing

@Suite struct OutputFileTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func write(_ text: String, to path: String, replacing: Bool = true) throws {
        let file = try OutputFile(at: path)
        try file.write(Array(text.utf8))
        try file.publish(replacing: replacing)
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: folder.path(name), encoding: .utf8)
    }

    private func mode(_ name: String) throws -> UInt32 {
        var info = stat()
        try #require(unsafe stat(folder.path(name), &info) == 0)
        return info.st_mode & 0o7777
    }

    @Test func aFileIsSeenWhole() throws {
        let path = folder.path("a")
        let file = try OutputFile(at: path)
        try file.write(Array("one".utf8))
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(try folder.names.count == 1)
        try file.publish()
        #expect(try text("a") == "one")
        #expect(try folder.names == ["a"])
    }

    @Test func oneThatIsDroppedLeavesNothing() throws {
        _ = try folder.write("a", "old".utf8)
        do {
            let file = try OutputFile(at: folder.path("a"))
            try file.write(Array("new".utf8))
        }
        #expect(try text("a") == "old")
        #expect(try folder.names == ["a"])
    }

    @Test func aFileThatIsThereStaysUnlessItIsReplaced() throws {
        _ = try folder.write("a", "old".utf8)
        let error = try #require(throws: OutputFileError.self) {
            try write("new", to: folder.path("a"), replacing: false)
        }
        #expect(error.reason == .exists)
        #expect(try text("a") == "old")
        #expect(try folder.names == ["a"])
    }

    @Test(arguments: [UInt32(0o600), 0o640, 0o755, 0o666])
    func theModeOfAReplacedFileStays(mode: UInt32) throws {
        let path = try folder.write("a", "old".utf8)
        try #require(unsafe chmod(path, mode) == 0)
        try write("new", to: path)
        #expect(try text("a") == "new")
        #expect(try self.mode("a") == mode)
    }

    @Test func aLinkIsFollowedAndStays() throws {
        try FileManager.default.createDirectory(
            atPath: folder.path("far"), withIntermediateDirectories: false)
        _ = try folder.write("far/target", "old".utf8)
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("link"), withDestinationPath: "far/target")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("second"), withDestinationPath: folder.path("link"))
        try write("new", to: folder.path("second"))
        #expect(try text("far/target") == "new")
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("link"))
                == "far/target")
        #expect(try folder.names == ["far", "link", "second"])
    }

    @Test func aLinkToNothingIsRefused() throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("link"), withDestinationPath: "nowhere")
        let error = try #require(throws: OutputFileError.self) {
            try write("new", to: folder.path("link"))
        }
        #expect(error.reason == .refused)
        #expect(try folder.names == ["link"])
    }

    /// Where temporary names can be foreseen, a link that is put there gets its target written over.
    @Test func plantedLinksLeadNowhere() throws {
        let victim = try folder.write("victim", "precious".utf8)
        for name in ["a.tmp", "a.partial", ".a.partial", "a.\(getpid()).tmp", ".a.tmp"] {
            try FileManager.default.createSymbolicLink(
                atPath: folder.path(name), withDestinationPath: victim)
        }
        try write("new", to: folder.path("a"))
        #expect(try text("victim") == "precious")
        #expect(try text("a") == "new")
    }

    /// Files in memory lie under /dev too.
    @Test func filesInMemoryAreFiles() throws {
        let memory = "/dev/shm"
        guard FileManager.default.isWritableFile(atPath: memory) else { return }
        let path = "\(memory)/likeness-output-\(UUID().uuidString)"
        defer { unsafe unlink(path) }
        for text in ["first", "second"] {
            let file = try OutputFile(at: path)
            try file.write(Array(text.utf8))
            try file.publish()
            #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
        }
    }

    @Test func devicesAndPipesAreNotReplaced() throws {
        let pipe = folder.path("pipe")
        try #require(unsafe mkfifo(pipe, 0o600) == 0)
        for path in [pipe, "/dev/null", "/dev/fd/1", "/proc/self/fd/0"] {
            let error = try #require(throws: OutputFileError.self) { try write("new", to: path) }
            #expect(error.reason == .refused, "\(error)")
        }
        var info = stat()
        try #require(unsafe lstat(pipe, &info) == 0)
        #expect(info.st_mode & S_IFMT == S_IFIFO)
        try #require(unsafe lstat("/dev/null", &info) == 0)
        #expect(info.st_mode & S_IFMT == S_IFCHR)
    }

    @Test func foldersAndMissingFoldersAreRefused() throws {
        #expect(throws: OutputFileError.self) { try write("new", to: folder.path) }
        #expect(throws: OutputFileError.self) { try write("new", to: folder.path + "/") }
        let error = try #require(throws: OutputFileError.self) {
            try write("new", to: folder.path("absent/a"))
        }
        #expect(error.reason == .system(ENOENT))
        #expect(try folder.names.isEmpty)
    }

    @Test func placesInAStoreAreRefused() throws {
        for name in ["data.mdb", "lock.mdb", "other"] { _ = try folder.write(name, "old".utf8) }
        try FileManager.default.createDirectory(
            atPath: folder.path("indexes"), withIntermediateDirectories: false)
        for name in ["data.mdb", "other", "new", "indexes/x"] {
            let error = try #require(throws: OutputFileError.self) {
                try write("new", to: folder.path(name))
            }
            #expect(error.reason == .refused)
        }
        let alias = try TemporaryFolder()
        try FileManager.default.createSymbolicLink(
            atPath: alias.path("store"), withDestinationPath: folder.path)
        #expect(throws: OutputFileError.self) { try write("new", to: alias.path("store/x")) }
        #expect(try text("data.mdb") == "old")
        let own = try OutputFile(at: folder.path("indexes/x"), isOfStore: true)
        try own.publish()
        #expect(try folder.names == ["data.mdb", "indexes", "lock.mdb", "other"])
    }

    @Test func whatIsNeededIsRefused() throws {
        let query = try folder.write("query", "old".utf8)
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("alias"), withDestinationPath: query)
        try #require(unsafe link(query, folder.path("hard")) == 0)
        for name in ["query", "alias", "hard"] {
            let place = try OutputPlace(folder.path(name))
            #expect(throws: OutputFileError.self) { try place.refuse([query], "asked with") }
            try place.refuse([folder.path("other")], "asked with")
        }
    }

    @Test func whatAKilledProcessLeftIsRemoved() throws {
        let path = folder.path("a")
        do {
            // A process that is killed closes its files, and removes nothing.
            let killed = try OutputFile(at: path)
            try #require(unsafe link(killed.temporaryPath, folder.path("kept")) == 0)
        }
        let name = ".a.0123456789abc.partial"
        try #require(unsafe rename(folder.path("kept"), folder.path(name)) == 0)
        _ = try folder.write(".b.0123456789abc.partial", "another's".utf8)
        _ = try folder.write(".a.partial", "no name of ours".utf8)
        let busy = try OutputFile(at: path)
        try write("new", to: path)
        #expect(
            try folder.names.sorted()
                == [
                    ".a.partial", ".b.0123456789abc.partial", "a",
                    (busy.temporaryPath as NSString).lastPathComponent,
                ].sorted())
    }

    @Test func manyWritersOfOneNameLeaveOneWholeFile() async throws {
        let path = folder.path("a")
        try await withThrowingTaskGroup { group in
            for number in 0..<16 {
                group.addTask {
                    for _ in 0..<10 {
                        let file = try OutputFile(at: path)
                        try file.write([UInt8](repeating: UInt8(number), count: 10_000))
                        try file.publish()
                    }
                }
            }
            try await group.waitForAll()
        }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(bytes.count == 10_000 && Set(bytes).count == 1)
        #expect(try folder.names == ["a"])
    }

    @Test func longNamesAreWritten() throws {
        let name = String(repeating: "ä", count: 127)
        try write("new", to: folder.path(name))
        #expect(try text(name) == "new")
    }

    @Test func streamsAreWrittenInto() throws {
        let path = folder.path("pipe")
        try #require(unsafe mkfifo(path, 0o600) == 0)
        let reader = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        try #require(reader >= 0)
        defer { close(reader) }
        let place = try OutputPlace(path)
        #expect(place.kind == .stream)
        try place.write(Array("words".utf8))
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe read(reader, $0.baseAddress, $0.count)
        }
        #expect(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self) == "words")
    }
}
