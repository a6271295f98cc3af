// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that what only measures is no part of what people build.
let settings: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
]

let package = Package(
    name: "likeness-benchmarks",
    dependencies: [
        .package(name: "likeness", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        .target(
            name: "DataSets",
            dependencies: [
                .product(name: "LikenessParts", package: "likeness"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "living",
            dependencies: [
                .product(name: "Likeness", package: "likeness"),
                .product(name: "LikenessParts", package: "likeness"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "turnover",
            dependencies: [
                "DataSets",
                .product(name: "Likeness", package: "likeness"),
                .product(name: "LikenessParts", package: "likeness"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "overhead",
            dependencies: [
                .product(name: "Likeness", package: "likeness"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "micro",
            dependencies: [
                .product(name: "LikenessParts", package: "likeness"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "filtered",
            dependencies: [
                "DataSets",
                .product(name: "LikenessParts", package: "likeness"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
    ])
