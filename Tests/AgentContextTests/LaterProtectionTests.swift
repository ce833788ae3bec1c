import AgentContext
import EmbeddedLedger
import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import MemoryLedger
import Testing

/// Goal: once sessions are protected, nothing of a user is ever written in plain, in whichever namespace, by whichever
/// process, and in a restored ledger.
@Suite struct LaterProtectionTests {
    private let admin = Attribution(actor: "admin")

    private func namespaces(_ ledger: MemoryLedger) throws -> [String] {
        try ledger.protectedNamespaces().map(\.namespace)
    }

    /// The events of a type, with where each stands and whether it was encrypted.
    private func events(_ type: EventType, _ ledger: MemoryLedger) async throws -> [RecordedEvent] {
        let log: any EventLog = ledger.log
        return try await log.read(EventQuery(EventFilter(types: [type]), limit: 1_000)).events
    }

    @Test func aNamespaceIsEncryptedFromItsFirstUserOn() async throws {
        let test = try await ProtectedContext(protects: false)
        let context = test.context
        _ = try await context.open(SessionRequest(namespace: "before", user: "eve", role: "helper"))
        #expect(try await context.protectSessions() == ["before", "mem"])
        #expect(try await context.protectSessions() == [])
        let opened = try await context.open(SessionRequest(namespace: "later", user: "eve", role: "helper"))
        try await context.addUser("tom", in: "added")
        try await context.addUser("tom", in: "added")
        try await context.setAgent("tea", in: "no user")
        #expect(try namespaces(test.ledger) == ["added", "before", "later", "mem"])
        #expect(try await events("SubjectsProtected", test.ledger).count == 4)
        let last = try #require(try await events("SessionOpened", test.ledger).last)
        #expect(last.stream.rawValue.hasSuffix(opened.id) && last.protection != .none)
        let other = try await context.open(SessionRequest(namespace: "later", user: "tom", role: "helper"))
        _ = try await context.append(SessionMessage(.user, "The secret is kumquat"), to: opened.key)
        _ = try await context.append(SessionMessage(.user, "I like tea"), to: other.key)
        try await test.erase("eve", in: "later")
        #expect(await failure { try await test.ledger.session(opened.key) }?.code == .noSession)
        #expect(try await test.ledger.messages(RecallQuery(of: other.key)).total == 1)
        try await test.expectRebuilt()
        // The setting can be taken back, for those that come.
        try await context.configure(.protectsSessions, 0)
        try await context.addUser("eve", in: "plain")
        #expect(try namespaces(test.ledger) == ["added", "before", "later", "mem"])
        await test.ledger.close()
        #expect(try test.files(with: ["The secret is"]) == [])
    }

    @Test func withoutTheKeyNothingIsSaid() async throws {
        let folder = try ContextLedger()
        let open = try await ProtectedContext.open(folder)
        try await folder.context(open).protectSessions()
        await open.close()
        let locked = try await ProtectedContext.open(folder, hasKey: false)
        let head = try await (locked.log as any EventLog).head()
        for attempt in [
            { _ = try await folder.context(locked).addUser("eve", in: "later") },
            { _ = try await folder.context(locked).open(SessionRequest(namespace: "a", user: "u", role: "r")) },
            { _ = try await folder.context(locked).protectSessions() },
        ] as [() async throws -> Void] {
            let error = await #expect(throws: EventLogError.self) { try await attempt() }
            #expect(error?.code == .masterKeyMissing)
        }
        #expect(try await (locked.log as any EventLog).head() == head)
        await locked.close()
        // Nor is the setting made that no one could keep to.
        let plain = try ContextLedger()
        let ledger = try await plain.open()
        await #expect(throws: EventLogError.self) { try await plain.context(ledger).protectSessions() }
        _ = try await plain.context(ledger).open(SessionRequest(user: "eve", role: "helper"))
        await ledger.close()
    }

    /// Sessions are opened in new namespaces, by two ledgers on one file, while sessions come to be protected.
    @Test func whatIsOpenedMeanwhileIsProtected() async throws {
        let folder = try ContextLedger()
        let ledgers = [try await ProtectedContext.open(folder), try await ProtectedContext.open(folder)]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, ledger) in ledgers.enumerated() {
                group.addTask {
                    for number in 0..<40 {
                        let request = SessionRequest(
                            namespace: "n\(number % 20 + index * 10)", user: "u\(number)", role: "helper")
                        _ = try await folder.context(ledger).open(request)
                    }
                }
            }
            group.addTask { _ = try await folder.context(ledgers[1]).protectSessions() }
            try await group.waitForAll()
        }
        let ledger = ledgers[0]
        let set = try #require(try await events("ConfigurationSet", ledger).first?.position)
        let opened = try await events("SessionOpened", ledger)
        #expect(opened.count == 80 && opened.allSatisfy { $0.position < set || $0.protection != .none })
        let users = try await events("UserAdded", ledger).compactMap { StreamFamily("users").subject($0.stream) }
        #expect(Set(try namespaces(ledger)).isSuperset(of: users.map(\.namespace)))
        for ledger in ledgers { await ledger.close() }
    }

    @Test func aRestoredLedgerProtectsThem() async throws {
        let test = try await ProtectedContext()
        let backup = test.folder.folder.appending(path: "backup").path
        _ = try await test.ledger.backUp(to: backup)
        await test.ledger.close()
        let restored = test.folder.folder.appending(path: "restored").path
        var options = MemoryLedgerOptions(clock: test.folder.clock)
        options.modules = AgentContext.modules
        options.file.masterKey = try MasterKey(bytes: Array(repeating: 7, count: MasterKey.byteCount))
        _ = try await MemoryLedger.restore(backup, to: restored, options: options)
        let ledger = try await MemoryLedger.open(at: restored, options: options)
        _ = try await AgentContext(ledger, by: admin).open(
            SessionRequest(namespace: "later", user: "eve", role: "helper"))
        #expect(try namespaces(ledger) == ["later", "mem"])
        await ledger.close()
    }

    /// An agent's file makes users, too; of an export that does, it is said what to do.
    @Test func importsAreProtected() async throws {
        let source = try ContextLedger()
        let from = try await source.open()
        _ = try await AgentFileExample.make(from, source.clock)
        let file = try await from.file("tea")
        let (lines, continuation) = AsyncStream<[UInt8]>.makeStream()
        try await from.exportEvents { continuation.yield($0) }
        continuation.finish()
        await from.close()
        let test = try await ProtectedContext(protects: false)
        try await test.context.protectSessions()
        _ = try await test.context.importAgent(file, as: "copy", into: "imported")
        #expect(try namespaces(test.ledger) == ["imported", "mem"])
        let opened = try await events("SessionOpened", test.ledger)
        #expect(opened.count == 4 && opened.suffix(2).allSatisfy { $0.protection != .none })
        await test.ledger.close()
        let other = try await ProtectedContext.open(try ContextLedger())
        try await AgentContext(other, by: admin).configure(.protectsSessions, 1)
        let error = await #expect(throws: EventImportError.self) { try await other.importEvents(lines) }
        #expect(error?.message.contains("namespace mem is not protected") == true)
        #expect(try await events("UserAdded", other).isEmpty)
        await other.close()
    }
}
