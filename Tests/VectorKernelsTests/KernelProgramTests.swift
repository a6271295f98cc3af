import Foundation
import TestSupport
import Testing
import VectorKernels

/// The kernels as a C program calls them: those of this machine as they were built, and those of
/// 64-bit ARM, compiled for it and run by an emulator.
@Suite struct KernelProgramTests {
    private static let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Program")
    private static let kernels = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Sources/CVectorKernels")

    private static func files(in folder: URL, ending suffix: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(suffix) }.sorted()
            .map { folder.appendingPathComponent($0).path }
    }

    private static func path(of name: String) -> String? {
        let folders = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return folders.split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Compiles the program with some kernels and returns it.
    private func compile(
        _ kernels: [String], _ options: [String] = [], in folder: TemporaryFolder
    ) throws -> String {
        let program = folder.path("program")
        let result = try runProcess(
            "/usr/bin/env",
            ["clang", "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror"] + options
                + ["-I", Self.kernels.appendingPathComponent("include").path]
                + Self.files(in: Self.program, ending: ".c") + kernels
                + ["-lm", "-fuse-ld=lld", "-o", program],
            timeLimit: 300)
        try #require(result.status == 0, "\(result.errors)")
        return program
    }

    @Test func everyTableOfThisMachine() throws {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let objects = URL(fileURLWithPath: tests).deletingLastPathComponent()
            .appendingPathComponent("CVectorKernels.build")
        let folder = try TemporaryFolder()
        let program = try compile(Self.files(in: objects, ending: ".o"), in: folder)
        let seed = UInt64.random(in: 0..<1 << 32)
        let result = try runProcess(program, ["\(seed)"])
        #expect(result.status == 0 && !result.wasKilled, "seed \(seed)\n\(result.errors)")
        let names = InstructionSet.available.map(\.rawValue).joined(separator: " ")
        #expect(result.output.hasPrefix("\(names) "))
    }

    /// What the emulator and the compiler need; Tools/setup installs it.
    private static let emulator = path(of: "qemu-aarch64")
    private static let armSystem = "/usr/aarch64-linux-gnu"

    @Test(
        .enabled(
            if: emulator != nil && FileManager.default.fileExists(atPath: armSystem + "/include")
                && path(of: "aarch64-linux-gnu-gcc") != nil,
            "skipped: the kernels for ARM need gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user; run Tools/setup"
        ))
    func everyTableOfARM() throws {
        let emulator = try #require(Self.emulator)
        let folder = try TemporaryFolder()
        let program = try compile(
            Self.files(in: Self.kernels, ending: ".c"), ["--target=aarch64-linux-gnu"], in: folder)
        // The first has no dot products of bytes, and must do without.
        for (processor, names) in [("cortex-a53", "scalar neon"), ("max", "scalar neon neondot")] {
            let seed = UInt64.random(in: 0..<1 << 32)
            let result = try runProcess(
                emulator, ["-cpu", processor, "-L", Self.armSystem, program, "\(seed)"],
                timeLimit: 300)
            #expect(
                result.status == 0 && !result.wasKilled,
                "\(processor), seed \(seed)\n\(result.errors)")
            #expect(result.output.wholeMatch(of: /([a-z ]+) \d+ checks\n/)?.output.1 == names[...])
        }
    }
}
