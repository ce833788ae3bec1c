import EventLog
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: `expecting:` makes lost updates impossible, and a conflict says what was expected and what was found.
/// Method: each command at the right and at a wrong version; then many tasks that read, change and write.
@Suite(.onEveryBackend) struct VersionTests {
    private typealias Command = @Sendable (MemoryLedger, StreamVersion) async throws -> Void

    private static let commands: [(name: String, run: Command)] = [
        ("update", { try await $0.update("a", MemoryChange(summary: "new"), expecting: $1) }),
        ("rename", { try await $0.rename("a", to: "c", expecting: $1) }),
        ("delete", { try await $0.delete("a", expecting: $1) }),
        ("link", { try await $0.link("a", MemoryLink(type: "bug", key: "b", term: "t"), expecting: $1) }),
        ("unlink", { try await $0.unlink("a", from: "b", expecting: $1) }),
        ("setMeta", { try await $0.setMeta("a", .cold, expecting: $1) }),
    ]

    @Test(arguments: commands.map(\.name))
    func aWrongVersionIsAConflictThatSaysBoth(name: String) async throws {
        let run = try #require(Self.commands.first { $0.name == name }).run
        let test = try await TestLedger.open()
        let links = [MemoryLink(type: "design", key: "b", term: "t")]
        let version = try await test.ledger.add("a", MemoryContent(summary: "old", links: links))
        for wrong in [version - 1, version + 1, 77] {
            let head = try await test.ledger.log.head()
            let error = await expectError(.conflict) { try await run(test.ledger, wrong) }
            #expect(error?.expected == wrong && error?.found == version && error?.memory == "a")
            #expect(error?.message.contains("version \(version), not \(wrong)") == true)
            #expect(try await test.ledger.log.head() == head)
        }
        try await run(test.ledger, version)
        #expect(try await test.ledger.log.head() > 1)
        await test.ledger.close()
    }

    @Test func eachChangeAnswersTheVersionThatTheNextOneExpects() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        var version = try await ledger.add("a", MemoryContent(summary: "0"))
        #expect(try await ledger.get("a")?.version == version)
        version = try await ledger.update("a", MemoryChange(summary: "1"), expecting: version)
        version = try await ledger.link("a", MemoryLink(type: "bug", key: "b", term: "t"), expecting: version)
        version = try await ledger.unlink("a", from: "b", expecting: version)
        version = try await ledger.setMeta("a", .cold, expecting: version)
        #expect(try await ledger.get("a")?.version == version)
        version = try await ledger.rename("a", to: "b", expecting: version)
        #expect(try await ledger.get("b")?.version == version)
        try await ledger.delete("b", expecting: version)
        await ledger.close()
    }

    /// Counted reads are events of the same stream, and must not make a writer's version stale.
    @Test func countedReadsDoNotChangeTheVersion() async throws {
        let test = try await TestLedger.open()
        let version = try await test.ledger.add("a", MemoryContent(summary: "old"))
        for _ in 0..<3 {
            _ = try await test.ledger.access("a")
            _ = try await test.ledger.traverse("a")
        }
        try await test.ledger.flushReads()
        #expect(try await test.ledger.log.version(of: MemoryStream.name("a")) == 7)
        #expect(try await test.ledger.get("a")?.version == version)
        let next = try await test.ledger.update("a", MemoryChange(summary: "new"), expecting: version)
        #expect(next == 8)
        #expect(try await test.ledger.get("a")?.version == 8)
        await test.ledger.close()
    }

    /// A call that succeeds must have changed exactly what it had read.
    @Test(.timeLimit(.minutes(5)))
    func nobodyOverwritesWhatItHasNotSeen() async throws {
        let test = try await TestLedger.open()
        let other = try await test.another()
        try await test.ledger.add("a", MemoryContent(summary: "0"))
        let successes = try await withThrowingTaskGroup(of: [(StreamVersion, StreamVersion)].self) { group in
            for task in 0..<16 {
                let ledger = task % 2 == 0 ? test.ledger : other.ledger
                group.addTask {
                    var successes: [(StreamVersion, StreamVersion)] = []
                    for _ in 0..<25 {
                        guard let memory = try await ledger.get("a") else { continue }
                        let sum = (Int(memory.content.summary) ?? 0) + 1
                        do {
                            let new = try await ledger.update(
                                "a", MemoryChange(summary: "\(sum)"), expecting: memory.version)
                            successes.append((memory.version, new))
                        } catch let error as MemoryLedgerError where error.code == .conflict {}
                    }
                    return successes
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(successes.allSatisfy { $0.1 == $0.0 + 1 })
        #expect(try await test.ledger.get("a")?.content.summary == "\(successes.count)")
        await other.ledger.close()
        await test.ledger.close()
    }
}

extension MemoryMetaValues {
    static let cold = MemoryMetaValues(
        createdAt: Timestamp(milliseconds: 1), lastAccessedAt: Timestamp(milliseconds: 2),
        lastLinkedAt: Timestamp(milliseconds: 3), accessCount: 4, traverseCount: 5, status: .cold)
}
