import Foundation
import Testing

/// Goal: what is public is explained, what a user meets has an example, and every example compiles. Method: the
/// declarations and their comments are read line by line; each block of code in a comment must stand in a file that is
/// built with the tests, line for line but for its indentation; and the reading is tried on lines that break the rules.
@Suite struct DocumentationTests {
    /// What users import: each product's targets.
    private static let targets = [
        "MemoryLedger", "LedgerOperations", "LedgerService", "LedgerServer", "MemoryLedgerTesting", "EventLogTesting",
        "EventLog",
        "LedgerStorage",
        "MerkleLog", "LedgerCapabilities", "SQLiteEventLog", "Projections", "EmbeddedLedger",
    ]

    /// The types that a user meets: each of them shows how it is used. The operations are added to them.
    private static let met: [String: Set<String>] = [
        "AgentContext": [
            "AgentContext", "AppendMessage", "AssembleContext", "AssembledContext", "Block", "CountedText",
            "InsertPassage", "OpenSession", "Passage", "SessionMessage", "SessionSettings", "TokenCounter",
        ],
        "MemoryLedger": [
            "AccessToken", "AccessTokenExpiry", "AccessTokenRequest", "Contributor", "DiffQuery", "ErasurePlan",
            "ErasureReceipt", "ErasureSelection", "EventCatalogue",
            "EventData", "EventDefinition", "Evidence", "EvidenceCheck", "EvidenceSelection", "HistoryEntry",
            "HistoryQuery", "JSONObject", "JSONParser", "JSONValue", "KVMemory", "KVMemoryService", "KVSessions",
            "LedgerChange", "LedgerDigest", "LedgerModule", "LedgerPolicy", "LedgerStatistics", "LedgerView",
            "LegacyLayout", "Memory", "MemoryBlame", "MemoryChange", "MemoryContent", "MemoryDifference",
            "MemoryEvent", "MemoryKey", "MemoryLedger", "MemoryLedgerError", "MemoryLedgerOptions", "MemoryLink",
            "MemoryQuery", "MemoryReader", "MemoryReading", "MigrationOptions", "MigrationReport", "ModuleEvent",
            "Provenance", "Quarantine", "QuarantineReport", "StreamFamily", "StreamSubject", "StreamUndo",
            "UndoFilter", "UndoPlan", "UndoSelection", "UnreadEvents",
        ],
        "LedgerOperations": [
            "ArgumentType", "LedgerOperation", "MomentReference", "OperationCatalogue", "OperationErrorCode",
            "OperationError", "OperationModule", "OperationRequest", "Parameter",
        ],
        "LedgerService": [
            "CompatibleRoutes", "CompatibleService", "MCPConnection", "MCPOptions", "MCPService", "MCPToolSet",
        ],
        "LedgerServer": ["ConfigurationReader", "LedgerServer"],
        "MemoryLedgerTesting": [
            "ProjectorCheck", "ReplayedMigration", "Scenario",
        ],
        "EventLogTesting": [
            "ConformanceBackend", "ConformanceCheck", "EventLogConformance", "ExpectationFailure", "FixedClock",
            "InMemoryEventLog", "ReopeningBackend", "SeededRandom",
        ],
        "EventLog": [
            "Attribution", "EventFeed", "EventFilter", "EventLog", "EventLogError", "EventLogLimits", "EventQuery",
            "HeadSignal", "LedgerPolicyChange", "LogMoment", "Moment", "NamespaceProtection", "NewEvent",
            "RecordedEvent", "StreamAppend", "StreamCondition", "StreamName", "Timestamp", "Upcaster",
        ],
        "LedgerStorage": [
            "SQLiteConnection", "SQLiteStatement",
        ],
        "MerkleLog": [
            "Checkpoint", "NoteVerifierKey", "ProofCheck", "SignedCheckpoint",
        ],
        "LedgerCapabilities": [
            "CheckpointOptions", "LedgerFileOptions", "MasterKey", "StoredCheckpoint",
        ],
        "SQLiteEventLog": [
            "SQLiteEventLog"
        ],
        "Projections": [
            "EventExplanation", "ProjectionDefinition", "ProjectionSchema", "ProjectionWriter", "Projector",
            "SnapshotRule",
        ],
        "EmbeddedLedger": [
            "RestoreOptions"
        ],
    ]

    /// What is shown of these is a file, not code.
    private static let files: Set<String> = ["SignedNote", "ConsistencyProofFile", "SigningKeyFile"]

    /// Where what is shown is compiled, with no more access than a user has.
    private static let compiled = ["Tests/ExampleTests", "Sources/EventLogTesting/InMemory"]

    // MARK: Reading

    struct Declaration {
        var name: String
        var isType: Bool
        var isTopLevel: Bool
        /// The comment before it, without its slashes.
        var comment: [String]
        var place: String

        /// The paragraphs of code in the comment, as lines without indentation.
        var code: [[String]] {
            var paragraphs: [[String]] = []
            var isCode = false
            // A list's entry goes on with an indentation, too; code begins after an empty line.
            var isAfterEmpty = true
            for line in comment {
                let text = line.drop { $0 == " " }
                let isIndented = line.hasPrefix("     ")
                if text.isEmpty {
                    isAfterEmpty = true
                } else if isIndented, isCode || isAfterEmpty {
                    // What is left out parts what must be found, as an empty line does.
                    if isAfterEmpty || !isCode || text == "…" { paragraphs.append([]) }
                    if text != "…" { paragraphs[paragraphs.count - 1].append(String(text)) }
                    (isCode, isAfterEmpty) = (true, text == "…")
                } else {
                    (isCode, isAfterEmpty) = (false, false)
                }
            }
            return paragraphs.filter { !$0.isEmpty }
        }
    }

    private static let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "actor", "typealias"]
    private static let modifiers: Set<Substring> = [
        "final", "indirect", "static", "mutating", "nonisolated", "convenience", "internal(set)", "private(set)",
    ]

    /// What is public, with the comments before it.
    static func declarations(_ lines: [Substring], in file: String) -> [Declaration] {
        var found: [Declaration] = []
        var comment: [String] = []
        for (index, line) in lines.enumerated() {
            let text = line.drop { $0 == " " }
            if text.hasPrefix("///") {
                comment.append(String(text.dropFirst(3)))
                continue
            }
            if text.hasPrefix("@"), !text.contains("public ") { continue }
            let words = text.split(separator: " ").drop { $0.hasPrefix("@") }
            if words.first == "public", let kind = words.dropFirst().first(where: { !modifiers.contains($0) }),
                kind != "import", let at = words.firstIndex(of: kind)
            {
                let rest = words[(at + 1)...].first ?? kind
                let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
                found.append(
                    Declaration(
                        name: String(name), isType: kinds.contains(kind), isTopLevel: line.first != " ",
                        comment: comment, place: "\(file):\(index + 1)"))
            }
            comment = []
        }
        return found
    }

    private static func declarations(of target: String) throws -> [Declaration] {
        try RepositoryRulesTests.sources(["Sources/\(target)"]).flatMap { name, lines in
            declarations(lines, in: name)
        }
    }

    /// Lines without indentation, so that code is found wherever it stands.
    private static func flat(_ lines: some Sequence<some StringProtocol>) -> String {
        "\n" + lines.map { $0.drop { $0 == " " } + "\n" }.joined()
    }

    // MARK: Rules

    @Test(arguments: targets) func everyPublicTypeHasAComment(target: String) throws {
        let types = try Self.declarations(of: target).filter(\.isType)
        #expect(!types.isEmpty)
        for type in types { #expect(!type.comment.isEmpty, "\(type.place): \(type.name)") }
    }

    @Test(arguments: met.keys.sorted()) func whatAUserMeetsHasAnExample(target: String) throws {
        let types = try Self.declarations(of: target).filter { $0.isType && $0.isTopLevel }
        let names = try #require(Self.met[target])
        #expect(names.subtracting(types.map(\.name)).isEmpty, "not there any more")
        for type in types where names.contains(type.name) {
            #expect(!type.code.isEmpty, "\(type.place): \(type.name) has no example")
        }
    }

    /// An operation is called by people who know nothing else of it.
    @Test func everyOperationHasAnExample() throws {
        var operations = 0
        for (name, lines) in try RepositoryRulesTests.sources(["Sources/LedgerOperations"]) {
            let isOperation = lines.contains { $0.hasPrefix("public struct") && $0.contains(": LedgerOperation") }
            guard isOperation else { continue }
            operations += 1
            let types = Self.declarations(lines, in: name).filter { $0.isType && $0.isTopLevel }
            #expect(types.contains { !$0.code.isEmpty }, "\(name)")
        }
        #expect(operations > 40)
    }

    @Test(arguments: targets) func everyExampleIsCompiled(target: String) throws {
        let sources = try RepositoryRulesTests.sources(Self.compiled).map { Self.flat($0.1) }
        #expect(sources.count > 5)
        for declaration in try Self.declarations(of: target) where !Self.files.contains(declaration.name) {
            for paragraph in declaration.code {
                let code = Self.flat(paragraph)
                #expect(sources.contains { $0.contains(code) }, "\(declaration.place):\(code)")
            }
        }
    }

    // MARK: The reading itself

    @Test func commentsAndCodeAreRead() throws {
        let lines: [Substring] = [
            "/// A cup.", "///", "///     let cup = Cup()", "///     …", "///", "///     cup.drink()", "///",
            "/// - Parameter size: in", "///   litres, or", "///       so.", "@frozen", "public struct Cup: Sendable {",
            "    public static let size = 1", "    /// Drinks.", "    @discardableResult",
            "    public mutating func drink() -> Int { 1 }", "    public enum Kind {", "    let own = 2", "}",
        ]
        let found = Self.declarations(lines, in: "Cup.swift")
        #expect(found.map(\.name) == ["Cup", "size", "drink", "Kind"])
        #expect(found.map(\.isType) == [true, false, false, true])
        #expect(found.map(\.isTopLevel) == [true, false, false, false])
        #expect(found[0].code == [["let cup = Cup()"], ["cup.drink()"]])
        #expect(found[0].place == "Cup.swift:12")
        #expect(found[1].comment.isEmpty && found[3].comment.isEmpty)
        #expect(found[2].comment == [" Drinks."])
        #expect(Self.flat(["    let cup = Cup()", "  }"]).contains(Self.flat(["let cup = Cup()"])))
        #expect(!Self.flat(["let cup = Cup().full"]).contains(Self.flat(["let cup = Cup()"])))
    }
}
