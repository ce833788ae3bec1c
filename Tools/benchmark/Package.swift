// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "benchmark",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "memory-ledger", path: "../.."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    ],
    targets: [
        .target(name: "CFloor", linkerSettings: [.linkedLibrary("sqlite3")]),
        .executableTarget(
            name: "benchmark",
            dependencies: [
                "CFloor",
                .product(name: "AgentContext", package: "memory-ledger"),
                .product(name: "MemoryLedger", package: "memory-ledger"),
                .product(name: "EventLog", package: "memory-ledger"),
                .product(name: "LedgerOperations", package: "memory-ledger"),
                .product(name: "LedgerServer", package: "memory-ledger"),
                // The command, which is built beside the benchmark and run by it.
                .product(name: "memledger", package: "memory-ledger"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources", exclude: ["CCallgrind", "CFloor", "instructions"], sources: ["Corpus", "benchmark"],
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
