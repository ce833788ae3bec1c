import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: a protected namespace is encrypted in the log, needs the master key to be read and written, and leaves all
/// else as it was. Method: the same ledger with the key, without it and with another one.
@Suite struct ProtectionTests {
    private static let other: [UInt8] = Array(repeating: 9, count: 32)

    private func protected() async throws -> TestLedger {
        let test = try await TestLedger.openProtected()
        try await test.ledger.add("tea", MemoryContent(summary: "in plain"))
        try await test.ledger.protect("people")
        try await test.ledger.add(
            .person("ada"), MemoryContent(summary: "secret", text: String(repeating: "s ", count: 600)))
        try await test.ledger.update(.person("ada"), MemoryChange(keywords: ["countess"]))
        return test
    }

    @Test func withTheKeyNothingShows() async throws {
        let test = try await protected()
        #expect(try await test.ledger.get(.person("ada"))?.content.keywords == ["countess"])
        #expect(try await test.ledger.list().memories.count == 2)
        #expect(try await test.ledger.list().locked == [])
        #expect(try await test.ledger.history(of: .person("ada")).entries.count == 2)
        #expect(try await test.ledger.asOf(.position(3)).get(.person("ada"))?.content.summary == "secret")
        try await test.expectRebuildChangesNothing()
        let protections = try await test.ledger.events().map(\.protection)
        #expect(protections == [.none, .none, .decrypted(key: 1), .decrypted(key: 1)])
        let again = try await test.reopened { $0.file.masterKey = try? MasterKey(bytes: TestLedger.masterKey) }
        #expect(try again.ledger.protectedNamespaces().map(\.namespace) == ["people"])
        #expect(try await again.ledger.events().last?.protection == .decrypted(key: 1))
        await again.ledger.close()
    }

    @Test(arguments: [(nil, EventLogError.Code.masterKeyMissing), (ProtectionTests.other, .masterKeyWrong)])
    func withoutTheKey(key: [UInt8]?, code: EventLogError.Code) async throws {
        let test = try await protected()
        let ledger = test.ledger
        await ledger.close()
        let locked = try await TestLedger.openProtected(in: test.folder, key: key).ledger
        await expectLogError(code) { _ = try await locked.get(.person("ada")) }
        await expectLogError(code) { _ = try await locked.list(MemoryQuery(namespace: "people")) }
        await expectLogError(code) { _ = try await locked.history(of: .person("ada")) }
        await expectLogError(code) { _ = try await locked.rebuild() }
        await expectLogError(code) { _ = try await locked.verifyProjections() }
        await expectLogError(code) { _ = try await locked.erase(.namespace("people"), reason: "r") }
        await expectLogError(code) { _ = try await locked.asOf(.position(4)).get(.person("ada")) }
        await expectLogError(code) { _ = try await locked.exportEvents { _ in } }
        let head = try await locked.log.head()
        await expectLogError(code) { _ = try await locked.add(.person("bob"), MemoryContent(summary: "b")) }
        await expectLogError(code) { _ = try await locked.delete(.person("ada")) }
        #expect(try await locked.log.head() == head)
        let page = try await locked.list()
        #expect(page.memories.map(\.key) == ["tea"] && page.locked == ["people"])
        #expect(try await locked.get("tea")?.content.summary == "in plain")
        try await locked.update("tea", MemoryChange(text: "more"))
        let events = try await locked.events()
        #expect(events.map(\.protection.isLocked) == [false, false, true, true, false])
        #expect(try events[2].json()["locked"] == true && events[2].payload.isEmpty)
        await locked.close()
    }

    @Test func inForceForOthersFromTheirNextAppend() async throws {
        let test = try await TestLedger.openProtected()
        let other = try await TestLedger.openProtected(in: test.folder)
        let locked = try await TestLedger.openProtected(in: test.folder, key: nil)
        try await other.ledger.add(.person("before"), MemoryContent(summary: "plain"))
        try await locked.ledger.add(.person("also"), MemoryContent(summary: "plain"))
        try await test.ledger.protect("people")
        try await other.ledger.add(.person("ada"), MemoryContent(summary: "secret"))
        await expectLogError(.masterKeyMissing) {
            _ = try await locked.ledger.add(.person("bob"), MemoryContent(summary: "b"))
        }
        #expect(try await other.ledger.events().map { $0.protection.key } == [nil, nil, nil, 1])
        for each in [test, other, locked] { await each.ledger.close() }
    }

    @Test func protectingNeedsAKeyAndHappensOnce() async throws {
        let test = try await TestLedger.openProtected(key: nil)
        await expectLogError(.masterKeyMissing) { _ = try await test.ledger.protect("people") }
        #expect(try await test.ledger.log.head() == 0)
        await test.ledger.close()
        let again = try await TestLedger.openProtected(in: test.folder)
        try await again.ledger.protect("people")
        await expectLogError(.alreadyProtected) { _ = try await again.ledger.protect("people") }
        #expect(try await again.ledger.log.head() == 1)
        await again.ledger.close()
        let wrong = try await TestLedger.openProtected(in: test.folder, key: Self.other)
        await expectLogError(.masterKeyWrong) { _ = try await wrong.ledger.protect("friends") }
        await wrong.ledger.close()
    }

    /// A renaming stays in plain, and a program that verifies the copy does not know which events do.
    @Test func backupsOfProtectedMemoriesAreTakenAndRestored() async throws {
        let test = try await protected()
        try await test.ledger.rename(.person("ada"), to: "lovelace")
        let backup = test.folder.file("backup.sqlite")
        _ = try await test.ledger.backUp(to: backup, deep: true)
        await test.ledger.close()
        let path = test.folder.file("restored.sqlite")
        _ = try await MemoryLedger.restore(backup, to: path, options: test.ledger.options)
        let restored = try await MemoryLedger.open(at: path, options: test.ledger.options)
        #expect(try await restored.get(.person("lovelace")) != nil)
        #expect(try await restored.log.inFile.verify(deep: true).damages == [])
        await restored.close()
    }

    @Test func rotationKeepsEverythingReadable() async throws {
        let test = try await protected()
        let open = try await TestLedger.openProtected(in: test.folder)
        #expect(try await test.ledger.rotateMasterKey(to: MasterKey(bytes: Self.other)) == 1)
        #expect(try await test.ledger.events()[2].protection == .decrypted(key: 1))
        try await test.ledger.update(.person("ada"), MemoryChange(text: "rotated"))
        // Another process that has the former key is locked out at once.
        await expectLogError(.masterKeyWrong) {
            _ = try await open.ledger.update(.person("ada"), MemoryChange(text: "x"))
        }
        #expect(try await open.ledger.events()[2].protection.isLocked)
        await open.ledger.close()
        await test.ledger.close()
        let again = try await TestLedger.openProtected(in: test.folder, key: Self.other)
        #expect(try await again.ledger.get(.person("ada"))?.content.text == "rotated")
        try await again.expectRebuildChangesNothing()
        await again.ledger.close()
    }

    @Test func dictionariesLearnNothingOfProtectedNamespaces() async throws {
        let test = try await TestLedger.openProtected()
        for number in 0..<200 {
            try await test.ledger.add(
                .person("old\(number)"), MemoryContent(text: "before-protection-\(number) tells a lot"))
        }
        try await test.ledger.protect("people")
        for number in 0..<200 {
            try await test.ledger.add(.person("\(number)"), MemoryContent(text: "secret-\(number) tells even more"))
        }
        await expectLogError(.tooFewSamples) { _ = try await test.ledger.log.inFile.trainDictionary() }
        for number in 0..<200 {
            try await test.ledger.add(
                MemoryKey(key: "\(number)"), MemoryContent(text: "number \(number) of what anybody may know of it"))
        }
        _ = try await test.ledger.log.inFile.trainDictionary()
        let bytes = try test.ledger.log.inFile.file.read { sqlite in
            let row = try sqlite.statement("SELECT bytes FROM dictionaries")
            defer { row.reset() }
            return try row.step() ? Data(row.bytes(0)) : Data()
        }
        #expect(bytes.range(of: Data("anybody may know".utf8)) != nil)
        for text in ["before-protection", "secret-", "tells"] { #expect(bytes.range(of: Data(text.utf8)) == nil) }
        await test.ledger.close()
    }

    @Test func worksInMemoryToo() async throws {
        var options = MemoryLedgerOptions(clock: FixedClock(.start))
        options.file.masterKey = try MasterKey(bytes: TestLedger.masterKey)
        let ledger = try await MemoryLedger.inMemory(options: options)
        try await ledger.protect("people")
        try await ledger.add(.person("ada"), MemoryContent(summary: "secret"))
        try await ledger.add("tea", MemoryContent(summary: "tea"))
        let receipt = try await ledger.erase(.memory(.person("ada")), reason: "asked for")
        #expect(receipt.purgeProblem == nil && receipt.events == 1)
        #expect(try await ledger.get(.person("ada")) == nil)
        #expect(try await ledger.get("tea") != nil)
        await ledger.close()
    }
}
