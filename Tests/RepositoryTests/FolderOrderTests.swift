import Foundation
import Testing

/// Goal: within a target, the folders are in an order, and none depends on one that comes after it.
/// Method: the types that a folder's files name are looked up among those that the target declares, without a compiler;
/// and the rule is tried on files that break it.
@Suite struct FolderOrderTests {
    /// The targets, each with its folders, the lowest first.
    private static let orders = [
        "AgentContext": [
            "Values", "Events", "Modules", "Sessions", "Blocks", "Archives", "Timelines", "Proposals", "Files",
            "Operations",
        ],
        "EventLog": ["Values", "Codec", "Events", "Log"],
        "EventLogTesting": ["Values", "Failures", "InMemory", "Conformance"],
        "LedgerOperations": [
            "Core", "Memories", "Search", "Graph", "History", "Oversight", "Access", "Maintenance", "Proof", "Files",
            "Catalogue",
        ],
        "LedgerService": ["Core", "Text", "Validation", "Compatible", "MCP"],
        "MemoryLedger": [
            "Events", "JSON", "Values", "Legacy", "TextIndex", "Core", "Log", "Quarantine", "Access", "Memories",
            "Audit",
            "Search", "SQL", "Graph", "History", "Undo", "Erasure", "Evidence", "Transfer", "Migration", "KVMemory",
            "Modules",
        ],
        "LedgerStorage": ["Files", "Locks", "SQLite"],
        "MerkleLog": ["Tree", "Notes", "Proofs"],
        "Projections": ["Projectors", "Tables", "Store", "Generations", "Views"],
        "LedgerCapabilities": ["Keys", "Options", "Capabilities"],
        "EmbeddedLedger": ["Joining", "Backup", "Erasure", "Loss", "Opening"],
        "SQLiteEventLog": [
            "Damage", "Tree", "Encryption", "Rows", "Index", "Reading", "Head", "File", "Writing", "Log", "Protection",
            "Proof", "Verify",
        ],
        "TextSearch": ["Words", "Query", "Excerpts"],
        "TextSearchFTS5": ["Registration", "Index", "Ranking"],
        "MemoryLedgerTesting": ["Failures", "Ledger", "Projectors", "Scenario", "Migration"],
        "LedgerServer": ["Configuration", "Logging", "Metrics", "Access", "HTTP", "Running"],
        "memledger": ["System", "Input", "Output", "Options", "Commands", "Program"],
    ]

    private static let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "actor", "typealias"]

    /// The types that a file declares at its top level.
    private static func declared(_ lines: [Substring]) -> [Substring] {
        lines.compactMap { line in
            guard let first = line.first, first != " ", first != "/" else { return nil }
            let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
            guard let kind = words.firstIndex(where: kinds.contains), kind + 1 < words.count else { return nil }
            return words[kind + 1]
        }
    }

    /// The words of a file's code that may be types, without comments and texts.
    private static func named(_ lines: [Substring]) -> Set<Substring> {
        var words: Set<Substring> = []
        // An import names a target, which may be called like a type.
        for line in lines where !line.split(separator: " ").contains("import") {
            let code = line.split(separator: "//", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
            for (index, part) in code.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            where index % 2 == 0 {
                for word in part.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_") })
                where word.first?.isUppercase == true {
                    words.insert(word)
                }
            }
        }
        return words
    }

    /// What is out of order.
    ///
    /// - Parameter files: each with its folder.
    private static func findings(_ files: [(folder: String, lines: [Substring])], _ order: [String]) -> [String] {
        var owners: [Substring: String] = [:]
        for file in files { for type in declared(file.lines) { owners[type] = file.folder } }
        return files.flatMap { file -> [String] in
            guard let place = order.firstIndex(of: file.folder) else { return ["\(file.folder) has no place"] }
            return named(file.lines).sorted().compactMap { word in
                guard let owner = owners[word], order.firstIndex(of: owner) ?? place > place else { return nil }
                return "\(file.folder) names \(word) of \(owner)"
            }
        }
    }

    @Test(arguments: orders.keys.sorted()) func foldersAreInOrder(target: String) throws {
        let prefix = "Sources/\(target)/"
        let files = try RepositoryRulesTests.sources(["Sources/\(target)"]).map { name, lines in
            (folder: String(name.dropFirst(prefix.count).prefix { $0 != "/" }), lines: lines)
        }
        #expect(files.count > 5)
        let found = Self.findings(files, Self.orders[target] ?? [])
        #expect(found.isEmpty, "\(found.joined(separator: "; "))")
    }

    @Test func everyTargetIsInOrder() throws {
        let targets = try RepositoryRulesTests.sources(["Sources"]).compactMap { name, _ in
            name.split(separator: "/").dropFirst().first.map(String.init)
        }
        #expect(Set(targets) == Set(Self.orders.keys))
    }

    @Test func whatIsOutOfOrderIsFound() {
        let low: [Substring] = ["public struct Low {", "    let high: High  // says \"High\"", "}"]
        let high: [Substring] = ["final class High {", "    let low: Low", "}"]
        #expect(Self.findings([("a", low), ("b", high)], ["a", "b"]) == ["a names High of b"])
        #expect(Self.findings([("a", low), ("b", high)], ["b", "a"]) == ["b names Low of a"])
        #expect(Self.findings([("a", ["struct Low {}"]), ("b", high)], ["a", "b"]).isEmpty)
        #expect(Self.findings([("a", ["// High", "let text = \"High\""]), ("b", high)], ["a", "b"]).isEmpty)
        #expect(Self.findings([("a", ["package import High"]), ("b", high)], ["a", "b"]).isEmpty)
        #expect(Self.findings([("c", [])], ["a"]) == ["c has no place"])
    }
}
