// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
]

/// Generated code keeps the language mode and drops the rules that its generator does not follow.
let generatedSettings: [SwiftSetting] = [
    .treatAllWarnings(as: .error)
]

let cSettings: [CSetting] = [.treatAllWarnings(as: .error)]

let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

func system(_ name: String, apt: String, pkgConfig: String? = nil) -> Target {
    .systemLibrary(
        name: name, path: "Sources/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func clang(_ name: String, linking libraries: [String] = []) -> Target {
    .target(
        name: name, path: "Sources/\(name)", cSettings: cSettings,
        linkerSettings: libraries.map { .linkedLibrary($0) })
}

func swift(
    _ name: String, in folder: String = "Sources", _ dependencies: [Target.Dependency] = [],
    excluding excluded: [String] = [], settings: [SwiftSetting] = settings
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "\(folder)/\(name)", exclude: excluded,
        swiftSettings: settings)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], excluding files: [String] = []
) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.target(name: name), "TestSupport"] + dependencies,
        path: "Tests/\(name)Tests", exclude: files, swiftSettings: settings)
}

let package = Package(
    name: "likeness",
    products: [
        .executable(name: "likeness", targets: ["likeness"]),
        .library(name: "Likeness", targets: ["Likeness"]),
        .library(name: "LikenessC", type: .dynamic, targets: ["LikenessC"]),
        // For Benchmarks/, which is a package of its own; nothing of it is promised to anyone else.
        .library(
            name: "LikenessParts",
            targets: [
                "VectorCore", "VectorKernels", "LinearAlgebra", "WorkerThreads", "MappedStorage",
                "Quantization", "IndexDefinitions", "Flat", "HNSW", "IndexCatalog", "JSON",
                "FeatureStorage", "VectorFiles",
            ]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        // C, and the system's libraries
        clang("CChecksum"),
        clang("CLocks"),
        clang("CVectorKernels"),
        clang("CONNXRuntime", linking: ["dl"]),
        clang("CFuzzer"),
        clang("CLikeness"),
        system("CLMDB", apt: "liblmdb-dev"),
        .target(
            name: "CLMDBGuard", dependencies: ["CLMDB"], path: "Sources/CLMDBGuard",
            cSettings: cSettings),
        clang("CImageKernels"),
        clang("CJPEG", linking: ["jpeg"]),
        clang("CPNG", linking: ["png"]),
        system("COpenBLAS", apt: "libopenblas-dev"),
        system("CZlib", apt: "zlib1g-dev", pkgConfig: "zlib"),

        // Vectors
        swift("Locks", ["CLocks"]),
        swift("OutputFiles"),
        swift("FileMaps", ["Locks"]),
        swift("VectorCore", ["CChecksum"]),
        swift("WorkerThreads", ["VectorCore", "Locks"]),
        swift("VectorKernels", ["VectorCore", "CVectorKernels"]),
        swift(
            "LinearAlgebra", ["VectorCore", "VectorKernels", "WorkerThreads", "Locks", "COpenBLAS"]),
        swift("GraphConstruction", ["VectorCore", "VectorKernels", "WorkerThreads"]),
        swift(
            "MappedStorage",
            ["VectorCore", "OutputFiles", "FileMaps", "WorkerThreads", "Locks", systemPackage]),
        swift(
            "Quantization", ["VectorCore", "VectorKernels", "WorkerThreads", "MappedStorage"]),
        swift("VectorFiles", ["VectorCore", "OutputFiles", "CZlib"]),

        // Index kinds
        swift("Evaluation", ["VectorCore"]),
        swift(
            "IndexDefinitions",
            [
                "VectorCore", "VectorKernels", "LinearAlgebra", "WorkerThreads", "MappedStorage",
                "Evaluation", "Locks",
            ]),
        swift(
            "Flat", in: "Indexes",
            ["VectorCore", "LinearAlgebra", "MappedStorage", "Evaluation", "IndexDefinitions"]),
        swift(
            "Matrix", in: "Indexes",
            [
                "VectorCore", "VectorKernels", "LinearAlgebra", "WorkerThreads", "MappedStorage",
                "Evaluation", "IndexDefinitions",
            ]),
        swift(
            "HNSW", in: "Indexes",
            [
                "VectorCore", "VectorKernels", "WorkerThreads", "GraphConstruction",
                "LinearAlgebra", "MappedStorage", "Quantization", "Evaluation",
                "IndexDefinitions", "Locks",
            ]),
        swift(
            "IndexCatalog", in: "Indexes",
            ["VectorCore", "MappedStorage", "IndexDefinitions", "Flat", "Matrix", "HNSW"]),

        // Data
        swift("JSON"),
        swift("PayloadFilter", ["JSON"]),
        swift(
            "FeatureStorage",
            [
                "VectorCore", "OutputFiles", "FileMaps", "CLMDB", "CLMDBGuard", "JSON",
                "PayloadFilter", "Locks", "WorkerThreads",
            ]),

        // Images
        swift("ImageDecoding", ["CJPEG", "CPNG", "CImageKernels"]),
        swift(
            "ONNXGraph", [protobuf], excluding: ["onnx_graph.proto", "regenerate"],
            settings: generatedSettings),
        swift(
            "FeatureExtraction",
            [
                "VectorCore", "OutputFiles", "ImageDecoding", "ONNXGraph", "CONNXRuntime",
                "WorkerThreads", "Locks",
            ]),

        // What people use
        swift(
            "SearchService",
            [
                "VectorCore", "VectorKernels", "LinearAlgebra", "OutputFiles", "FileMaps",
                "WorkerThreads", "MappedStorage", "VectorFiles", "IndexDefinitions", "IndexCatalog",
                "JSON",
                "PayloadFilter", "FeatureStorage", "ImageDecoding", "FeatureExtraction",
                "Evaluation", "Locks",
            ]),
        swift(
            "Likeness",
            [
                "VectorCore", "VectorKernels", "MappedStorage", "IndexDefinitions",
                "IndexCatalog", "JSON", "PayloadFilter", "FeatureStorage", "SearchService",
            ]),
        swift(
            "LikenessC",
            [
                "CLikeness", "VectorCore", "VectorKernels", "WorkerThreads", "LinearAlgebra",
                "MappedStorage", "VectorFiles", "IndexDefinitions", "IndexCatalog", "JSON",
                "PayloadFilter", "FeatureStorage", "SearchService", "Likeness", "Locks",
            ]),
        .executableTarget(
            name: "likeness",
            dependencies: [
                "SearchService", "IndexDefinitions", "IndexCatalog", "Evaluation", "ImageDecoding",
                "JSON", "OutputFiles", "PayloadFilter", "VectorCore", "Locks", argumentParser,
            ],
            path: "Tools/likeness", swiftSettings: settings),
        .executableTarget(
            name: "likeness-fuzz",
            dependencies: [
                "CFuzzer", "VectorCore", "MappedStorage", "VectorFiles", "IndexDefinitions",
                "IndexCatalog",
                "JSON", "PayloadFilter", "FeatureStorage", "ImageDecoding", "ONNXGraph",
                "FeatureExtraction",
                "SearchService", "Locks", argumentParser,
            ],
            path: "Tools/fuzzing", swiftSettings: settings),

        // The programs of the library's page
        .executableTarget(
            name: "likeness-example-index", dependencies: ["Likeness"],
            path: "Tools/examples/index", swiftSettings: settings),
        .executableTarget(
            name: "likeness-example-store", dependencies: ["Likeness"],
            path: "Tools/examples/store", swiftSettings: settings),

        // Tests
        .target(
            name: "TestSupport", dependencies: ["VectorCore", "JSON"], path: "Tests/TestSupport",
            swiftSettings: settings),
        tests("Locks", ["WorkerThreads"]),
        tests("OutputFiles", []),
        tests("VectorCore", []),
        tests("WorkerThreads", []),
        tests("VectorKernels", ["VectorCore", "CVectorKernels"], excluding: ["Program"]),
        tests("LinearAlgebra", ["VectorCore", "VectorKernels"]),
        tests("GraphConstruction", ["VectorCore", "VectorKernels"]),
        tests("MappedStorage", ["VectorCore"]),
        tests("Quantization", ["VectorCore", "VectorKernels", "MappedStorage"]),
        tests("VectorFiles", ["VectorCore"]),
        tests(
            "IndexDefinitions",
            [
                "VectorCore", "LinearAlgebra", "MappedStorage", "Evaluation", "Flat", "Matrix",
                "HNSW",
            ]),
        tests(
            "IndexCatalog",
            [
                "VectorCore", "VectorKernels", "LinearAlgebra", "MappedStorage", "Evaluation",
                "IndexDefinitions", "Flat", "Matrix", "HNSW",
            ]),
        tests("JSON", ["VectorCore"]),
        tests("PayloadFilter", ["JSON", "VectorCore"]),
        tests(
            "FeatureStorage",
            ["VectorCore", "JSON", "CLMDB", "PayloadFilter", "Locks", "WorkerThreads"],
            excluding: ["Fixtures"]),
        tests("ImageDecoding", ["VectorCore"], excluding: ["Fixtures"]),
        tests("ONNXGraph", []),
        tests("FeatureExtraction", ["ImageDecoding", "VectorCore", "WorkerThreads"]),
        tests("Evaluation", ["VectorCore"]),
        tests(
            "SearchService",
            [
                "IndexDefinitions", "IndexCatalog", "VectorCore", "VectorFiles", "JSON",
                "PayloadFilter", "FeatureStorage",
                "Evaluation", "ImageDecoding",
            ]),
        tests(
            "Likeness",
            [
                "VectorCore", "WorkerThreads", "Evaluation", "HNSW", "IndexDefinitions",
                "IndexCatalog", "MappedStorage", "JSON", "FeatureStorage", "SearchService",
            ]),
        .testTarget(
            name: "LikenessCTests", dependencies: ["TestSupport"], path: "Tests/LikenessCTests",
            exclude: ["Program"], swiftSettings: settings),
        .testTarget(
            name: "LikenessToolTests",
            dependencies: [
                "TestSupport", "JSON", "VectorCore", "IndexDefinitions", "IndexCatalog",
            ],
            path: "Tests/LikenessToolTests", swiftSettings: settings),
        .testTarget(
            name: "FuzzingTests", dependencies: ["TestSupport"], path: "Tests/FuzzingTests",
            exclude: ["Fixtures"], swiftSettings: settings),
    ]
)

// All tests take minutes to build; LIKENESS_TESTS=IndexCatalog,LikenessC builds those of some targets only.
if let chosen = Context.environment["LIKENESS_TESTS"] {
    let names = chosen.split(separator: ",").map { "\($0)Tests" }
    package.targets.removeAll { $0.type == .test && !names.contains($0.name) }
}
