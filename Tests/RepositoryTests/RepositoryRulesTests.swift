import Foundation
import Testing

/// Goal: the rules of the repository hold. Method: every tracked source file is read.
@Suite struct RepositoryRulesTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../..").standardizedFileURL

    private static let maximumLines = 800
    private static let maximumColumns = 120
    private static let maximumFunctionLines = 70
    private static let minimumLimitSeconds = 300

    /// Swift files by people, with their lines.
    static func sources(_ folders: [String] = ["Sources", "Tests", "Tools"]) throws -> [(String, [Substring])] {
        try folders.flatMap { folder -> [(String, [Substring])] in
            let base = root.appendingPathComponent(folder)
            let files = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil)
            var found: [(String, [Substring])] = []
            while let file = files?.nextObject() as? URL {
                let path = file.path
                guard path.hasSuffix(".swift"), !path.hasSuffix(".pb.swift"), !path.contains("/.build/") else {
                    continue
                }
                let text = try String(contentsOf: file, encoding: .utf8)
                let name = String(path.dropFirst(root.path.count + 1))
                found.append((name, text.split(separator: "\n", omittingEmptySubsequences: false)))
            }
            return found
        }
    }

    @Test func filesAndLinesAreShort() throws {
        let sources = try Self.sources()
        #expect(!sources.isEmpty)
        for (name, lines) in sources {
            #expect(lines.count <= Self.maximumLines, "\(name) has \(lines.count) lines")
            // The formatter sees to the code, and leaves comments alone.
            for (index, line) in lines.enumerated() where line.contains("// ") && line.count > Self.maximumColumns {
                Issue.record("\(name):\(index + 1) has \(line.count) columns")
            }
        }
    }

    /// A function begins with `func` and ends at a brace in the same column.
    @Test func functionsFitOnAScreen() throws {
        for (name, lines) in try Self.sources(["Sources"]) {
            for (index, line) in lines.enumerated() {
                let indent = line.prefix { $0 == " " }
                let words = line.split(separator: " ")
                guard words.contains("func"), !words.contains(where: { $0.hasPrefix("//") }) else { continue }
                let end = lines[index...].firstIndex { $0 == indent + "}" } ?? index
                #expect(end - index < Self.maximumFunctionLines, "\(name):\(index + 1) has \(end - index + 1) lines")
            }
        }
    }

    /// The domain stands on any log, and tables follow any log: neither names the one in a file.
    @Test(arguments: ["Sources/MemoryLedger", "Sources/Projections", "Sources/LedgerCapabilities"])
    func noBackendIsNamed(folder: String) throws {
        let sources = try Self.sources([folder])
        #expect(!sources.isEmpty)
        for (name, lines) in sources {
            for (index, line) in lines.enumerated() {
                let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
                #expect(!words.contains("SQLiteEventLog") && !words.contains("LedgerFile"), "\(name):\(index + 1)")
            }
        }
    }

    @Test(arguments: ["try" + "!", "as" + "! ", "fatal" + "Error(", "TO" + "DO", "FIX" + "ME", "for" + " now"])
    func sourcesDoWithout(text: String) throws {
        for (name, lines) in try Self.sources(["Sources"]) {
            for (index, line) in lines.enumerated() where line.contains(text) {
                Issue.record("\(name):\(index + 1): \(text)")
            }
        }
    }

    /// A limit is there to catch a hang: a shorter one fails on a busy machine.
    @Test func testsHaveNoShortLimits() throws {
        let limits = ["timeLimit(", "within: ", ".now + "]
        for (name, lines) in try Self.sources(["Tests"]) {
            for (index, line) in lines.enumerated() where limits.contains(where: line.contains) {
                for found in line.matches(of: /timeLimit\(\.minutes\((\d+)\)|within: (\d+)\)|now \+ \.seconds\((\d+)\)/)
                {
                    let minutes = found.1.flatMap { Int($0) } ?? 0
                    let seconds = (found.2 ?? found.3).flatMap { Int($0) } ?? 0
                    #expect(
                        minutes * 60 + seconds >= Self.minimumLimitSeconds, "\(name):\(index + 1) has a short limit")
                }
            }
        }
    }

    /// What is not checked by the compiler is proved in a comment beside it.
    @Test func uncheckedConcurrencyIsProved() throws {
        for (name, lines) in try Self.sources(["Sources"]) {
            for (index, line) in lines.enumerated() {
                guard line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)") else { continue }
                let near = lines[max(0, index - 6)...min(lines.count - 1, index + 6)]
                #expect(near.contains { $0.contains("Proof") }, "\(name):\(index + 1) has no proof beside it")
            }
        }
    }

    @Test(arguments: [
        "README.md", "CHANGELOG.md", "LICENSE", ".swift-format", ".gitignore", ".ci/run", "Package.swift",
    ])
    func theTopLevelIsComplete(name: String) {
        #expect(FileManager.default.fileExists(atPath: Self.root.appendingPathComponent(name).path))
    }

    /// A table or message that no Swift file names has no owner.
    @Test func everySchemaHasAnOwner() throws {
        let manifest = try String(contentsOf: Self.root.appendingPathComponent("Package.swift"), encoding: .utf8)
        let folder = Self.root.appendingPathComponent("Schemas/sqlite")
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            #expect(manifest.contains("Schemas/sqlite/\(file)"), "\(file) is embedded nowhere")
        }
    }
}
