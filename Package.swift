// swift-tools-version: 6.2

import PackageDescription

/// The strictness every Swift target is built with.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// The targets below the domain.
let lower: [Target.Dependency] = [
    "EventLog", "LedgerStorage", "MerkleLog", "LedgerCapabilities", "SQLiteEventLog", "Projections", "EmbeddedLedger",
]

let package = Package(
    name: "memory-ledger",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "MemoryLedger", targets: ["MemoryLedger"]),
        .library(name: "LedgerOperations", targets: ["LedgerOperations"]),
        .library(name: "AgentContext", targets: ["AgentContext"]),
        .library(name: "LedgerService", targets: ["LedgerService"]),
        .library(name: "LedgerServer", targets: ["LedgerServer"]),
        .library(name: "MemoryLedgerTesting", targets: ["MemoryLedgerTesting"]),
        .library(name: "EventLogTesting", targets: ["EventLogTesting"]),
        .library(
            name: "EventLog",
            targets: [
                "EventLog", "LedgerStorage", "MerkleLog", "LedgerCapabilities", "SQLiteEventLog", "Projections",
                "EmbeddedLedger",
            ]),
        .executable(name: "memledger", targets: ["memledger"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.1"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"]), .brew(["lz4"])]),
        .target(name: "CLedgerShims", linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(
            name: "EventLog",
            dependencies: [
                "CLZ4", "CLedgerShims",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict),
        .target(
            name: "LedgerStorage",
            dependencies: [
                "EventLog", "CLedgerShims",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            exclude: ["DESIGN.md"],
            swiftSettings: strict),
        .target(name: "CTextFold"),
        .target(
            name: "TextSearch",
            dependencies: ["CTextFold", .product(name: "Crypto", package: "swift-crypto")],
            exclude: ["DESIGN.md"],
            swiftSettings: strict),
        .target(
            name: "TextSearchFTS5",
            dependencies: [
                "TextSearch", "LedgerStorage", .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .target(
            name: "MerkleLog",
            dependencies: ["EventLog", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict),
        .target(
            name: "LedgerCapabilities",
            dependencies: [
                "EventLog", "LedgerStorage", "MerkleLog",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["DESIGN.md"],
            swiftSettings: strict),
        .target(
            name: "SQLiteEventLog",
            dependencies: [
                "EventLog", "LedgerStorage", "MerkleLog", "LedgerCapabilities", "CLedgerShims",
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["DESIGN.md", "Proof/DESIGN.md"],
            resources: [
                .embedInCode("../../Schemas/sqlite/events.sql"),
                .embedInCode("../../Schemas/sqlite/event_index.sql"),
                .embedInCode("../../Schemas/sqlite/streams.sql"),
                .embedInCode("../../Schemas/sqlite/backup_info.sql"),
                .embedInCode("../../Schemas/sqlite/merkle_tree.sql"),
                .embedInCode("../../Schemas/sqlite/protection.sql"),
            ],
            swiftSettings: strict),
        .target(
            name: "Projections",
            dependencies: [
                "CLZ4", "CLedgerShims", "EventLog", "LedgerStorage",
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["DESIGN.md"],
            resources: [
                .embedInCode("../../Schemas/sqlite/snapshots.sql"),
                .embedInCode("../../Schemas/sqlite/projection_upkeep.sql"),
                .embedInCode("../../Schemas/sqlite/projections.sql"),
            ],
            swiftSettings: strict),
        .target(
            name: "EmbeddedLedger",
            dependencies: [
                "EventLog", "LedgerStorage", "MerkleLog", "LedgerCapabilities", "SQLiteEventLog", "Projections",
                "CLedgerShims",
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["DESIGN.md", "Backup/DESIGN.md"],
            swiftSettings: strict),
        .target(
            name: "MemoryLedger",
            dependencies: lower + [
                "CLedgerShims", "TextSearch", "TextSearchFTS5",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["DESIGN.md"],
            resources: [
                .embedInCode("../../Schemas/sqlite/memories.sql"),
                .embedInCode("../../Schemas/sqlite/memory_links.sql"),
                .embedInCode("../../Schemas/sqlite/memory_past.sql"),
                .embedInCode("../../Schemas/sqlite/memory_texts.sql"),
                .embedInCode("../../Schemas/sqlite/memory_provenance.sql"),
                .embedInCode("../../Schemas/sqlite/memory_quarantine.sql"),
                .embedInCode("../../Schemas/sqlite/memory_imports.sql"),
                .embedInCode("../../Schemas/sqlite/memory_statistics.sql"),
                .embedInCode("../../Schemas/sqlite/ledger_policy.sql"),
                .embedInCode("../../Schemas/sqlite/access_tokens.sql"),
            ],
            swiftSettings: strict),
        // Without the package's own access: what it needs of `EventLog`, a backend elsewhere can use, too.
        .target(
            name: "EventLogTesting", dependencies: ["EventLog"], exclude: ["DESIGN.md"], packageAccess: false,
            swiftSettings: strict),
        .target(
            name: "MemoryLedgerTesting",
            dependencies: lower + [
                "MemoryLedger", "EventLogTesting", .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["DESIGN.md"],
            swiftSettings: strict),
        .target(
            name: "LedgerOperations",
            dependencies: lower + ["MemoryLedger"],
            exclude: ["DESIGN.md"],
            swiftSettings: strict),
        .target(
            name: "AgentContext",
            dependencies: lower + [
                "LedgerOperations", "MemoryLedger", "TextSearch", .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["DESIGN.md"],
            resources: [
                .embedInCode("../../Schemas/sqlite/context_people.sql"),
                .embedInCode("../../Schemas/sqlite/context_sessions.sql"),
                .embedInCode("../../Schemas/sqlite/context_blocks.sql"),
                .embedInCode("../../Schemas/sqlite/context_archives.sql"),
                .embedInCode("../../Schemas/sqlite/context_proposals.sql"),
                .embedInCode("../../Schemas/sqlite/context_timeline.sql"),
            ],
            swiftSettings: strict),
        .target(
            name: "LedgerService",
            dependencies: lower + [
                "LedgerOperations", "MemoryLedger", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["DESIGN.md"],
            swiftSettings: strict),
        .target(
            name: "LedgerServer",
            dependencies: lower + [
                "LedgerService", "LedgerOperations", "MemoryLedger",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            exclude: ["DESIGN.md"],
            swiftSettings: strict),
        .executableTarget(
            name: "memledger",
            dependencies: [
                "AgentContext", "LedgerServer", "LedgerService", "LedgerOperations", "MemoryLedger",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "eventlog-testbench",
            dependencies: lower + ["CLedgerShims"],
            path: "Tests/EventLogTestProcess",
            swiftSettings: strict),
        .executableTarget(
            name: "ledger-testbench",
            dependencies: lower + ["AgentContext", "LedgerOperations", "MemoryLedger"],
            path: "Tests/LedgerTestProcess",
            swiftSettings: strict),
        // The program that the README shows, with no more access than its reader has.
        .executableTarget(
            name: "quick-start", dependencies: ["EventLog", "MemoryLedger"], path: "Tests/QuickStart",
            packageAccess: false, swiftSettings: strict),
        // What `Tools/benchmark/instructions` counts.
        .target(name: "CCallgrind", path: "Tools/benchmark/Sources/CCallgrind"),
        .executableTarget(
            name: "ledger-instructions",
            dependencies: lower + [
                "CCallgrind", "AgentContext", "MemoryLedger", "EventLogTesting",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Tools/benchmark/Sources", exclude: ["CCallgrind", "CFloor", "benchmark"],
            sources: ["Corpus", "instructions"], swiftSettings: strict),
        .target(
            name: "SecondVersion", dependencies: ["LedgerStorage"], path: "Tests/SecondVersion", swiftSettings: strict),
        .target(name: "FaultLaboratory", path: "Tests/Faults/Laboratory", swiftSettings: strict),
        .testTarget(
            name: "EventLogTests",
            dependencies: lower + [
                "EventLogTesting", "CLedgerShims", "FaultLaboratory", "eventlog-testbench",
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            resources: [.copy("Fixtures")],
            swiftSettings: strict),
        .target(
            name: "TextSearchModel", dependencies: ["TextSearch"], path: "Tests/TextSearchModel",
            swiftSettings: strict),
        .testTarget(
            name: "TextSearchTests",
            dependencies: [
                "TextSearch", "TextSearchFTS5", "TextSearchModel", "LedgerStorage",
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "MemoryLedgerTests",
            dependencies: lower + [
                "MemoryLedger", "EventLogTesting", "CLedgerShims", "FaultLaboratory", "TextSearchModel",
                "ledger-testbench",
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            resources: [.copy("Fixtures")],
            swiftSettings: strict),
        .testTarget(
            name: "LedgerOperationsTests",
            dependencies: lower + ["LedgerOperations", "MemoryLedger", "MemoryLedgerTesting", "EventLogTesting"],
            swiftSettings: strict),
        .testTarget(
            name: "AgentContextTests",
            dependencies: lower + [
                "AgentContext", "LedgerOperations", "MemoryLedger", "MemoryLedgerTesting", "EventLogTesting",
            ],
            exclude: ["Fixtures"],
            swiftSettings: strict),
        .testTarget(
            name: "LedgerServiceTests",
            dependencies: lower + [
                "LedgerService", "LedgerOperations", "MemoryLedger", "EventLogTesting", "SecondVersion",
            ],
            exclude: ["MCP/tools_compat_1.json", "MCP/tools_compat_2.json"],
            swiftSettings: strict),
        .testTarget(
            name: "LedgerServerTests",
            dependencies: lower + [
                "AgentContext", "LedgerServer", "LedgerService", "LedgerOperations", "MemoryLedger", "EventLogTesting",
                "FaultLaboratory", "SecondVersion", "memledger",
                .product(name: "Logging", package: "swift-log"),
            ],
            resources: [.copy("Fixtures")],
            swiftSettings: strict),
        .testTarget(
            name: "memledgerTests",
            dependencies: lower + ["memledger", "AgentContext", "MemoryLedger", "CLedgerShims", "FaultLaboratory"],
            swiftSettings: strict),
        .testTarget(
            name: "MemoryLedgerTestingTests",
            dependencies: lower + ["MemoryLedgerTesting", "MemoryLedger", "CLedgerShims"], swiftSettings: strict),
        .testTarget(
            name: "ExampleTests",
            dependencies: lower + [
                "AgentContext", "LedgerServer", "LedgerService", "LedgerOperations", "MemoryLedgerTesting",
                "MemoryLedger", "EventLogTesting", .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["Fixtures", "Goldens"], packageAccess: false, swiftSettings: strict),
        // A module that no other file knows, made of what is public.
        .testTarget(
            name: "ExampleModule",
            dependencies: lower + ["LedgerOperations", "MemoryLedger", "MemoryLedgerTesting", "EventLogTesting"],
            packageAccess: false, swiftSettings: strict),
        .testTarget(
            name: "FaultTests", dependencies: ["FaultLaboratory", "CLedgerShims", "memledger"],
            path: "Tests/Faults/Tests",
            swiftSettings: strict),
        .testTarget(
            name: "RepositoryTests",
            dependencies: lower + ["MemoryLedger", "ledger-testbench", "quick-start"],
            exclude: ["Fixtures"],
            swiftSettings: strict),
    ]
)
