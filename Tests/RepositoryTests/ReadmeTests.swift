import Foundation
import Testing

/// Goal: the quick start works as it is pasted. Method: its program is a target of its own that is run twice; its
/// manifest is read by the package manager. Its commands are run by the command's own tests.
@Suite struct ReadmeTests {
    private static let shown = ["README.md", "Sources/MemoryLedger/MemoryLedger.docc/GettingStarted.md"]

    private static func blocks(_ path: String) throws -> (manifest: String, program: String) {
        let blocks = try Document(path).blocks("swift")
        return (
            try #require(blocks.first { $0.hasPrefix("// swift-tools-version") }),
            try #require(blocks.first { $0.hasPrefix("import ") })
        )
    }

    @Test(arguments: shown) func theProgramIsTheOneThatIsBuilt(path: String) throws {
        let file = RepositoryRulesTests.root.appendingPathComponent("Tests/QuickStart/main.swift")
        #expect(try Self.blocks(path).program == String(contentsOf: file, encoding: .utf8))
    }

    @Test func theProgramMayBeRunTwice() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let first = try Self.run(in: folder)
        #expect(first.status == 0 && first.output == "1 MemoryAdded mem/tea agent\n", "\(first)")
        let second = try Self.run(in: folder)
        let expected = "Known: Likes green tea\n1 MemoryAdded mem/tea agent\n2 MemoryUpdated mem/tea agent\n"
        #expect(second.status == 0 && second.output == expected, "\(second)")
        #expect(try Self.run(in: folder).status == 0)
    }

    /// The products that it names are those of this package, and the package manager takes it.
    @Test func theManifestIsOne() throws {
        let manifests = try Self.shown.map { try Self.blocks($0).manifest }
        #expect(Set(manifests).count == 1)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try manifests[0].write(to: folder.appendingPathComponent("Package.swift"), atomically: true, encoding: .utf8)
        let swift = URL(fileURLWithPath: "/usr/bin")
        let dumped = try Script.run(
            "env", ["swift", "package", "--package-path", folder.path, "dump-package"], in: swift)
        #expect(dumped.status == 0 && dumped.output.contains("\"MemoryLedger\""), "\(dumped.output)")
        let own = try String(
            contentsOf: RepositoryRulesTests.root.appendingPathComponent("Package.swift"), encoding: .utf8)
        let products = manifests[0].matches(of: /\.product\(name: "(\w+)", package: "([\w-]+)"\)/)
        #expect(!products.isEmpty)
        for product in products {
            #expect(own.contains(".library(name: \"\(product.1)\"") && own.contains("name: \"\(product.2)\""))
        }
    }

    private static func run(in folder: URL) throws -> (status: Int32, output: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: try program())
        process.currentDirectoryURL = folder
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    /// It stands beside the test bundle.
    private static func program() throws -> String {
        let bundles = CommandLine.arguments.prefix(1) + Bundle.allBundles.map(\.bundlePath)
        let found = bundles.map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
            .map { $0.appendingPathComponent("quick-start").path }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        return try #require(found, "quick-start is not built")
    }
}
