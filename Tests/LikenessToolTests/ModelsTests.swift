import Foundation
import JSON
import TestSupport
import Testing

/// Models are added from files, shown, used and removed.
@Suite(.enabled(if: ImageFixtures.hasModel, "\(ImageFixtures.skipReason)"))
struct ModelsTests {
    /// The path of one of the networks that `Fixtures/FeatureExtraction/networks` has.
    private func network(_ name: String) -> String {
        "\(Tool.root)/Tests/Fixtures/FeatureExtraction/networks/\(name).onnx"
    }

    /// A tool with a folder for models of its own.
    private func tool() throws -> Tool {
        var tool = try Tool()
        tool.environment = ["LIKENESS_MODELS": tool.folder.path("models")]
        return tool
    }

    @Test func aNetworkOfOnesOwnIsAddedUsedAndRemoved() throws {
        let tool = try tool()
        let add = "models add \(network("channels-last")) --name mine --fit squash --source here"
        let added = try tool.json(add)
        #expect(added["added"] == true && added["name"] == "mine" && added["source"] == "here")
        #expect(try tool.json(add)["added"] == false)
        let shown = try tool.json("models show mine")
        #expect(
            shown["input"]?["layout"] == "NHWC"
                && shown["input"]?["mean"]?.arrayValue?.first == 0.485)
        let layer = try #require(
            shown["layers"]?.arrayValue?.first { $0["name"] == "map_last" })
        #expect(layer["lengths"]?["avg"] == 4 && layer["lengths"]?["flatten"] == 256)
        let listed = try tool.json("models list")
        #expect(listed["models"]?.arrayValue?.count == 1)
        #expect(listed["available"]?.arrayValue?.contains("inception-v3") == true)
        let text = try tool.run("models show mine").output
        #expect(text.contains("8 × 8 × 4") && text.contains("NHWC"))

        let pictures = tool.folder.path("pictures")
        if ImageFixtures.arePresent {
            try ImageFixtures.fill(pictures, each: 2)
            let report = try tool.json(
                "ingest images \(pictures) -c c --model mine --layer map_last")
            #expect(report["added"] == 6)
            #expect(
                try tool.json("collection show c")["fields"]?.arrayValue?.first?["dimension"] == 4)
        }

        #expect(try tool.json("models remove mine --dry-run")["deleted"] == false)
        #expect(try tool.json("models remove mine")["deleted"] == true)
        try tool.fails("models show mine", status: 1, saying: "No model is installed")
        try tool.fails("models remove mine", status: 1, saying: "No model is installed")
    }

    @Test func wrongModelsAreRefusedWithTheRightStatus() throws {
        let tool = try tool()
        try tool.fails("models add \(network("two-inputs"))", status: 65, saying: "2 inputs")
        try tool.fails(
            "models add \(tool.folder.path("none.onnx"))", status: 74, saying: "none.onnx")
        try tool.fails("models add squeezenet", status: 1, saying: "squeezenet-1.1")
        try tool.fails("models add inception-v3 --size 299", status: 64, saying: "--size")
        for (option, word) in [
            ("--size 0", "8192"), ("--size 1x2x3", "320x240"), ("--range 1", "2 numbers"),
            ("--mean 1,2", "3 numbers"), ("--channels HSV", "BGR"), ("--fit stretch", "squash"),
            ("--crop 2", "0.01"), ("--pooling sum", "flatten"), ("--mean 1,2,3", "--range"),
            ("--size 99", "16 × 16"), ("--fit squash --crop 0.5", "--crop"),
        ] {
            try tool.fails("models add \(network("plain")) \(option)", status: 64, saying: word)
        }
        let manifest = try tool.folder.write("old.json", Array("{ \"format\": 1 }".utf8))
        var other = tool
        other.environment = [
            "LIKENESS_MODELS": URL(fileURLWithPath: manifest).deletingLastPathComponent().path
        ]
        let listed = try other.json("models list")
        #expect(
            listed["unusable"]?.arrayValue?.first?["reason"]?.stringValue?.contains("format 1")
                == true)
    }

    @Test(.enabled(if: SharedData.isPresent, "\(SharedData.skipReason)"))
    func killedAtAnyMomentThereIsAWholeModelOrNone() throws {
        let tool = try tool()
        let file = SharedData.path("models/squeezenet1_1.onnx")
        let folder = tool.folder.path("models")
        var whole = 0
        for attempt in 0..<12 {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: Tool.path)
            process.arguments = ["models", "add", file, "--name", "net"]
            process.environment = ProcessInfo.processInfo.environment
                .merging(tool.environment) { $1 }
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            // From its start to after its end, most of them about when the files are written.
            if attempt < 8 {
                let files = { (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] }
                while process.isRunning, !files().contains(where: { $0.contains("net") }) {
                    usleep(200)
                }
                usleep(UInt32(attempt) * 1500)
            } else {
                usleep(UInt32(attempt - 8) * 20_000)
            }
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            let listed = try tool.json("models list")
            #expect(listed["unusable"]?.arrayValue?.isEmpty == true)
            if listed["models"]?.arrayValue?.isEmpty == false {
                whole += 1
                // Its network is the file that its manifest describes: adding it does nothing.
                #expect(try tool.json("models add \(file) --name net")["added"] == false)
                try tool.run("models remove net")
            }
        }
        print("killed 12 times, \(whole) of them when the model was there")
        #expect(try tool.json("models add \(file) --name net")["added"] == true)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(Set(left) == [".lock", "net.json", "net.onnx"])
    }
}
