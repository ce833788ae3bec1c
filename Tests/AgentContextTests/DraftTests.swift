import AgentContext
import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import SQLiteEventLog
import Testing

/// Goal: while a proposal is drafted nothing is written, whichever way it would go to the log, and the proposal is
/// refused, whatever its author makes of the error.
@Suite struct DraftTests {
    struct Way: Sendable, CustomStringConvertible {
        var description: String
        var run: @Sendable (MemoryLedger) async throws -> Void

        init(_ description: String, _ run: @escaping @Sendable (MemoryLedger) async throws -> Void) {
            (self.description, self.run) = (description, run)
        }
    }

    private static let me = Attribution(actor: "ann")
    private static let tea = MemoryKey(key: "tea")

    /// Every way to the log that is no command on memories, blocks or passages.
    static let ways: [Way] = [
        Way("append") { ledger in
            let event = NewEvent(id: ledger.options.ids.next(at: Timestamp(milliseconds: 0)), type: "T", payload: [])
            _ = try await (ledger.log as any EventLog).append(to: "s", [event])
        },
        Way("protect") { try await $0.protect("mem", by: me) },
        Way("protect sessions") { _ = try await AgentContext($0, by: me).protectSessions() },
        Way("rotate the master key") { ledger in
            _ = try await ledger.rotateMasterKey(
                to: MasterKey(bytes: Array(repeating: 8, count: MasterKey.byteCount)))
        },
        Way("erase") { _ = try await $0.erase(.namespace("secret"), reason: "asked", by: me) },
        Way("undo") { ledger in
            let plan = try await ledger.planUndo(.matching(UndoFilter(actor: "ann", since: .position(0))))
            _ = try await ledger.undo(plan, by: me)
        },
        Way("create a token") {
            _ = try await $0.createAccessToken(AccessTokenRequest(.read, namespaces: nil), by: me)
        },
        Way("set the policy") { try await $0.setPolicy(LedgerPolicyChange(requiresActor: true), by: me) },
        Way("quarantine") { _ = try await $0.quarantine(Contributor.actor("ann"), by: me) },
        Way("record a context") { try await $0.recordContext("c", memories: [ContextEntry(tea, version: 1)], by: me) },
        Way("counted read") { _ = try await $0.access(tea, by: me) },
        Way("counted traversal") { _ = try await $0.traverse(tea, by: me) },
        Way("audited read") { _ = try await $0.reading(by: me).get(tea) },
        Way("import events") { ledger in
            let other = try await MemoryLedger.inMemory()
            try await other.add(MemoryKey(key: "imported"), MemoryContent(summary: "s"), by: me)
            let (lines, continuation) = AsyncStream<[UInt8]>.makeStream()
            try await other.exportEvents { continuation.yield($0) }
            continuation.finish()
            _ = try await ledger.importEvents(lines)
        },
        Way("import an agent") { ledger in
            _ = try await AgentContext(ledger, by: me).importAgent(Array(AgentFileExample.golden().utf8))
        },
        Way("open a session") { _ = try await AgentContext($0, by: me).open(SessionRequest(user: "u", role: "r")) },
        Way("demand proposals") { _ = try await AgentContext($0, by: me).demandProposals(of: "bob") },
        Way("propose") { _ = try await AgentContext($0, by: me).propose(NewProposal("inner")) },
        Way("sign a checkpoint") { ledger in
            let keys = SigningKeyFile(path: FileManager.default.temporaryDirectory.path + "/none")
            _ = try await ledger.signCheckpoint(with: keys)
        },
        Way("back up") { ledger in
            let file = FileManager.default.temporaryDirectory.appending(path: "backup-\(UUID())").path
            _ = try await ledger.backUp(to: file)
        },
    ]

    private func ledger(in folder: ContextLedger) async throws -> MemoryLedger {
        let key = try MasterKey(bytes: Array(repeating: 7, count: MasterKey.byteCount))
        let ledger = try await folder.open { options in
            options.file.masterKey = key
            options.auditReads = true
        }
        try await ledger.add(Self.tea, MemoryContent(summary: "Likes tea"), by: Self.me)
        try await ledger.protect("secret", by: Self.me)
        try await ledger.add(MemoryKey(namespace: "secret", key: "x"), MemoryContent(summary: "x"), by: Self.me)
        return ledger
    }

    @Test(arguments: ways)
    func nothingElseIsWritten(_ way: Way) async throws {
        let folder = try ContextLedger()
        let ledger = try await ledger(in: folder)
        let log: any EventLog = ledger.log
        let (before, digest) = (try await log.head(), try await ledger.digest())
        let context = folder.context(ledger)
        for isFirst in [true, false] {
            var new = NewProposal("p")
            new.changes = [
                ProposedChange("mixed") { ledger in
                    // Its author looks at no error.
                    if isFirst { try? await way.run(ledger) }
                    _ = try? await ledger.add(MemoryKey(key: "new"), MemoryContent(summary: "s"), by: Self.me)
                    if !isFirst { try? await way.run(ledger) }
                    await ledger.close()
                }
            ]
            let error = await #expect(throws: (any Error).self) { try await context.propose(new) }
            if let error { #expect(OperationErrorCode(of: error) != nil, "\(way): \(error)") }
        }
        try await ledger.flushReads()
        #expect(try await log.head() == before)
        #expect(try await ledger.digest() == digest)
        #expect(try ledger.protectedNamespaces().map(\.namespace) == ["secret"])
        // The ledger itself is open, and does what it was not asked to do in a draft.
        try await ledger.add(MemoryKey(key: "new"), MemoryContent(summary: "s"), by: Self.me)
        await ledger.close()
    }

    /// What only a log in a file can do, the log of a draft cannot.
    @Test func aDraftHasNoFile() async throws {
        let folder = try ContextLedger()
        let ledger = try await ledger(in: folder)
        let error = await #expect(throws: EventLogError.self) {
            try await ledger.drafting { _ = try await ($0.log as any EventLog).inFile.trainDictionary(size: 1_024) }
        }
        #expect(error?.code == .unsupported)
        await ledger.close()
    }
}
