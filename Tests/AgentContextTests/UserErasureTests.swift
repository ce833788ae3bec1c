import AgentContext
import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: an erasure of a user takes all that was said in their sessions and in their name, wherever it stands, and
/// leaves what others said. Method: two users share an agent, its blocks and an archive; then texts are looked for in
/// every file, and the tables are made again.
@Suite struct UserErasureTests {
    @Test func everythingOfAUserGoesFromEveryFile() async throws {
        let test = try await ProtectedContext()
        try await test.say("quince-message", test.ann)
        try await test.say("pomelo-message", test.bob)
        for number in 1...4 { try await test.say("quince-queue-\(number)", test.ann) }
        _ = try await test.context.evict(test.ann.key, summary: "quince-summary", tokens: 2)
        try await test.insert("quince-passage", test.ann)
        try await test.insert("quince-named", nil, for: "ann")
        try await test.insert("pomelo-passage", test.bob)
        _ = try await test.context.change(test.notes(in: test.bob), .set("pomelo-block"))
        _ = try await test.context.change(test.notes(in: test.ann), .append("quince-block"))
        _ = try await test.context.change(test.notes(in: test.bob), .append("pomelo-over-quince"))
        _ = try await test.context.close(test.bob.key)
        _ = try await test.ledger.searchMessages("quince", RecallQuery(user: "ann"), waits: true)
        _ = try await test.ledger.takeSnapshot()
        let before = try await test.head

        let receipt = try await test.erase("ann")
        #expect(receipt.left.isEmpty)
        let block = receipt.subjects.first { $0.stream.module == "blocks" }
        #expect(block?.user == "ann" && block?.isCurrent == true)
        #expect(await failure { try await test.ledger.session(test.ann.key) }?.code == .noSession)
        #expect(try await test.ledger.session(test.bob.key).messages == 1)
        #expect(try await test.ledger.block(ProtectedContext.notes).block.value.text == "pomelo-block")
        #expect(
            try await test.ledger.passages(PassageQuery("archive")).passages.map(\.passage.content) == [
                "pomelo-passage"
            ])
        #expect(try await test.ledger.searchMessages("pomelo", RecallQuery(user: "bob")).total == 1)
        #expect(try await test.ledger.searchMessages("quince", RecallQuery(user: "bob")).total == 0)
        let then = try await test.ledger.asOf(.position(before))
        #expect(try await then.block(ProtectedContext.notes).block.value.text == "pomelo-block")
        try await test.expectRebuilt()
        #expect(try await test.ledger.log.inFile.verify(deep: true).damages == [])
        await test.ledger.close()
        let gone = [
            "quince-message", "quince-queue", "quince-summary", "quince-passage", "quince-named", "quince-block",
            "pomelo-over-quince",
        ]
        #expect(try test.files(with: gone) == [])
        #expect(try !test.files(with: ["pomelo-message"]).isEmpty)
    }

    /// An edit is made of a text, and holds it; one that sets another text does not.
    @Test(
        arguments: [
            // By whom, the change, and what the block says when ann is erased after it.
            ([("bob", .set("B")), ("ann", .append("A"))], "B"),
            ([("ann", .set("A")), ("bob", .append("B"))], ""),
            ([("ann", .set("A")), ("bob", .set("B"))], "B"),
            ([("ann", .set("A")), ("bob", .set("B")), ("bob", .undo)], "B"),
            ([("bob", .set("B")), ("ann", .set("A")), ("bob", .undo)], "B"),
            ([("bob", .set("B")), ("ann", .set("A")), ("bob", .undo), ("bob", .append("C"))], "B\nC"),
            ([("bob", .set("B")), ("ann", .undo)], "B"),
            ([("bob", .set("B")), ("bob", .append("C")), ("ann", .undo)], "B\nC"),
            ([("bob", .set("B")), ("ann", .insert("A", line: 1)), ("bob", .replace("B", with: "C"))], "B"),
            (
                [("bob", .set("B")), ("ann", .set("A")), ("bob", .restore(version: 1)), ("ann", .restore(version: 2))],
                "B"
            ),
            ([("ann", .set("A")), ("bob", .set("A"))], ""),
        ] as [([(String, BlockChange)], String)])
    func aBlockFallsBackToWhatOthersSaid(_ changes: [(String, BlockChange)], _ left: String) async throws {
        let test = try await ProtectedContext()
        for (user, change) in changes {
            let session = user == "ann" ? test.ann : test.bob
            do {
                _ = try await test.context.change(test.notes(in: session), change)
            } catch let error as AgentContextError where error.code == .nothingToUndo {}
        }
        // Also for a user who has nothing but a part of the block.
        try await test.say("B", test.bob)
        try await test.erase("ann")
        let block = try await test.ledger.block(ProtectedContext.notes)
        #expect(block.block.value.text == left)
        #expect(!block.users.contains("ann"))
        try await test.expectRebuilt()
        let context = try await test.context.context(of: test.bob.key, in: test.ledger)
        #expect(context.segments.contains { $0.content == left } || left.isEmpty)
        _ = try await test.context.change(ProtectedContext.notes, .set("again"))
        try await test.expectRebuilt()
        await test.ledger.close()
    }

    /// What the transaction that erases leaves in the tables is what rebuilding makes of the log, text by text.
    @Test func theTransactionItselfTakesTheText() async throws {
        let test = try await ProtectedContext()
        let (ann, bob) = (test.notes(in: test.ann), test.notes(in: test.bob))
        let changes: [(BlockReference, BlockChange)] = [
            (bob, .set("pomelo")), (ann, .append("quince")), (bob, .append("more")), (bob, .set("other")),
            (ann, .restore(version: 2)), (bob, .restore(version: 4)), (ann, .append("quince")), (bob, .undo),
        ]
        for (block, change) in changes { _ = try await test.context.change(block, change) }
        let copy = test.folder.folder.appending(path: "copy")
        let path = test.folder.path
        let isCopied = Copied()
        let receipt = try await test.ledger.erase(
            .user("ann"), reason: "asked", by: Attribution(), progress: { _ in },
            reached: { _ in isCopied.copy(path, to: copy) })
        #expect(receipt.purgeProblem == nil && isCopied.isDone)
        let rows = """
            SELECT number, kind, content, parent, value, tokens, users FROM block_versions ORDER BY number
            """
        let after = try await test.ledger.readTables { try Self.rows(rows, $0) }
        await test.ledger.close()
        var options = MemoryLedgerOptions(clock: test.folder.clock)
        options.modules = AgentContext.modules
        options.file.access = .readOnly
        let before = try await MemoryLedger.open(at: copy.appending(path: "ledger").path, options: options)
        #expect(try await before.readTables { try Self.rows(rows, $0) } == after)
        #expect(
            try await before.readTables { try Self.rows("SELECT value, tokens, users FROM blocks", $0) }
                == [["other", "1", "[\"bob\"]"]])
        #expect(
            try await before.readTables {
                try Self.rows("SELECT count(*) FROM main_context WHERE content LIKE '%quince%'", $0)
            } == [["0"]])
        await before.close()
    }

    private static func rows(_ sql: String, _ tables: SQLiteConnection) throws -> [[String]] {
        let row = try tables.statement(sql)
        defer { row.reset() }
        var rows: [[String]] = []
        while try row.step() { rows.append((0..<row.columnCount).map { row.optionalText($0) ?? "NULL" }) }
        return rows
    }

    /// A user is of a namespace.
    @Test func aNamespaceIsEnough() async throws {
        let test = try await ProtectedContext()
        try await test.ledger.protect("people")
        let other = try await test.context.open(SessionRequest(namespace: "people", user: "ann", role: "helper"))
        _ = try await test.context.append(SessionMessage(.user, "quince-people"), to: other.key)
        try await test.say("quince-mem", test.ann)
        try await test.erase("ann", in: "people")
        #expect(await failure { try await test.ledger.session(other.key) }?.code == .noSession)
        #expect(try await test.ledger.session(test.ann.key).messages == 1)
        try await test.erase("ann")
        #expect(await failure { try await test.ledger.session(test.ann.key) }?.code == .noSession)
        await #expect(throws: EventLogError.self) { try await test.erase("ann") }
        // One who comes again gets another key.
        let again = try await ProtectedContext.session("ann", test.context)
        try await test.say("quince-again", again)
        #expect(try await test.ledger.messages(RecallQuery(of: again.key)).messages.count == 1)
        try await test.erase("ann")
        await test.ledger.close()
        #expect(try test.files(with: ["quince-people", "quince-mem", "quince-again"]) == [])
    }

    /// What an undo brings back is for all who had a part in it.
    @Test func whatIsUndoneStaysProtected() async throws {
        let test = try await ProtectedContext()
        _ = try await test.context.change(test.notes(in: test.bob), .set("pomelo"))
        _ = try await test.context.change(test.notes(in: test.ann), .append("quince-undone"))
        try await test.context.delete(test.notes(in: test.bob))
        let plan = try await test.ledger.planUndo(.matching(UndoFilter(since: .position(try await test.head - 1))))
        _ = try await test.ledger.undo(plan)
        let back = try await test.ledger.block(ProtectedContext.notes).block.value.text
        #expect(back == "pomelo\nquince-undone")
        let last = try await (test.ledger.log as any EventLog).event(at: test.head)
        #expect(last?.protectedFor == ["ann", "bob"])
        try await test.erase("ann")
        try await test.expectRebuilt()
        await test.ledger.close()
        #expect(try test.files(with: ["quince-undone"]) == [])
    }

    /// A backup from before holds the keys: a restore of it says what it brings back, and it can be erased again.
    @Test func aRestoreSaysWhatItBringsBack() async throws {
        let test = try await ProtectedContext()
        try await test.say("quince-message", test.ann)
        _ = try await test.context.change(test.notes(in: test.ann), .set("quince-block"))
        let backup = test.folder.folder.appending(path: "backup").path
        _ = try await test.ledger.backUp(to: backup, deep: true)
        try await test.erase("ann")
        let options = test.ledger.options
        await test.ledger.close()
        var restore = RestoreOptions()
        restore.isReplacing = true
        let report = try await MemoryLedger.restore(backup, to: test.folder.path, restore, options: options)
        #expect(report.erasuresUndone == 2)
        let restored = try await MemoryLedger.open(at: test.folder.path, options: options)
        #expect(try await restored.session(test.ann.key).messages == 1)
        let receipt = try await restored.erase(.user("ann"), reason: "again", by: Attribution())
        #expect(receipt.keys.count == 2)
        #expect(await failure { try await restored.session(test.ann.key) }?.code == .noSession)
        await restored.close()
    }

    @Test func anotherMasterKeyWrapsTheKeysOfUsersToo() async throws {
        let test = try await ProtectedContext()
        try await test.say("quince", test.ann)
        _ = try await test.context.change(test.notes(in: test.bob), .set("pomelo"))
        let other = try MasterKey(bytes: Array(repeating: 9, count: MasterKey.byteCount))
        // Of the role, the agent, each session, and of the block where it is and what it says.
        #expect(try await test.ledger.rotateMasterKey(to: other) == 6)
        let messages = try await test.ledger.messages(RecallQuery(of: test.ann.key)).messages
        #expect(messages.map(\.message.content) == ["quince"])
        try await test.expectRebuilt()
        #expect(try await test.ledger.log.inFile.verify(deep: true).damages == [])
        await test.ledger.close()
    }
}

/// Copies a ledger once.
private final class Copied: @unchecked Sendable {
    // Only the erasure calls it, in turn.
    private(set) var isDone = false

    func copy(_ path: String, to folder: URL) {
        guard !isDone else { return }
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for suffix in ["", "-wal"] {
            try? FileManager.default.copyItem(
                atPath: path + suffix, toPath: folder.appending(path: "ledger\(suffix)").path)
        }
        isDone = true
    }
}
