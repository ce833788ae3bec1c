// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "benchmark",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "memory-ledger", path: "../.."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        .target(name: "CFloor", linkerSettings: [.linkedLibrary("sqlite3")]),
        .executableTarget(
            name: "benchmark",
            dependencies: [
                "CFloor",
                .product(name: "MemoryLedger", package: "memory-ledger"),
                .product(name: "EventLog", package: "memory-ledger"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .treatAllWarnings(as: .error),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
            ]),
    ]
)
