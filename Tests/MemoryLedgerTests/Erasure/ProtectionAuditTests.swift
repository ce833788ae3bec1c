import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: what SQL does to the tables of protection is refused by writers and named by `verify`, with the master key and
/// without. Method: a table of statements, run on the file of a ledger with an erasure; what others do alters nothing.
@Suite struct ProtectionAuditTests {
    /// `people` is protected; key 1 is Ada's and destroyed, key 2 is Bob's.
    private func ledger() async throws -> TestLedger {
        let test = try await TestLedger.openProtected()
        try await test.ledger.add("tea", MemoryContent(summary: "in plain"))
        try await test.ledger.protect("people")
        try await test.ledger.add(.person("ada"), MemoryContent(summary: "secret"))
        try await test.ledger.add(.person("bob"), MemoryContent(summary: "secret"))
        try await test.ledger.rename(.person("bob"), to: "rob")
        _ = try await test.ledger.erase(.memory(.person("ada")), reason: "asked for")
        return test
    }

    private func damages(_ test: TestLedger) async throws -> [LogDamage] {
        try await test.ledger.log.inFile.verify(deep: true).damages
    }

    @Test func whatNobodyChangedIsClean() async throws {
        let test = try await ledger()
        #expect(try await damages(test) == [])
        await test.ledger.close()
        let locked = try await TestLedger.openProtected(in: test.folder, key: nil)
        #expect(try await damages(locked) == [])
        await locked.ledger.close()
        let wrong = try await TestLedger.openProtected(in: test.folder, key: Array(repeating: 9, count: 32))
        #expect(try await damages(wrong) == [])
        await wrong.ledger.close()
    }

    @Test(arguments: [
        ("DELETE FROM protected_categories", "does not say that people/ is encrypted"),
        ("UPDATE protected_categories SET position = 99", "does not say that people/ is encrypted"),
        ("INSERT INTO protected_categories VALUES ('friends/', 1)", "friends/ is encrypted since position 1"),
        ("DELETE FROM ledger_info WHERE name = 'master_key_check'", "no master_key_check"),
    ])
    func writersAndVerifyNoticeIt(sql: String, what: String) async throws {
        let test = try await ledger()
        let other = try await TestLedger.openProtected(in: test.folder)
        let stranger = try await TestLedger.openProtected(in: test.folder)
        try await stranger.ledger.log.inFile.onWriter { try $0.execute(sql) }
        await stranger.ledger.close()
        let head = try await test.ledger.log.head()
        for each in [test, other] {
            await expectLogError(.damagedLog) {
                _ = try await each.ledger.add(.person("eve"), MemoryContent(summary: "would be in plain"))
            }
        }
        #expect(try await test.ledger.log.head() == head)
        let found = try await damages(test)
        #expect(found.map(\.kind) == [.damagedProtection] && found.first?.what.contains(what) == true, "\(found)")
        for each in [test, other] { await each.ledger.close() }
    }

    @Test(arguments: [
        ("DELETE FROM data_keys WHERE id = 2", "data key 2 is not in data_keys"),
        ("DELETE FROM data_keys WHERE id = 1", "data key 1 is not in data_keys"),
        ("UPDATE data_keys SET wrapped = zeroblob(60) WHERE id = 2", "data key 2 is not what was stored"),
        ("UPDATE data_keys SET wrapped = NULL WHERE id = 2", "data key 2 was destroyed, and no erasure names it"),
        ("UPDATE data_keys SET wrapped = NULL, erased_at = 7 WHERE id = 2", "data key 2 was destroyed"),
        ("UPDATE data_keys SET wrapped = randomblob(60) WHERE id = 1", "an erasure says that it was destroyed"),
        ("DELETE FROM purges", "purges has no row for the erasure"),
        ("INSERT INTO purges VALUES (1, 0, 0)", "purges has a row for position 1"),
        ("UPDATE ledger_info SET value = 'x' WHERE name = 'master_key_check'", "is not what was written"),
    ])
    func verifyNoticesItWithoutTheMasterKey(sql: String, what: String) async throws {
        let test = try await ledger()
        try await test.ledger.log.inFile.onWriter { try $0.execute(sql) }
        await test.ledger.close()
        let locked = try await TestLedger.openProtected(in: test.folder, key: nil) { $0.file.access = .readOnly }
        let found = try await damages(locked)
        #expect(!found.isEmpty && found.allSatisfy { $0.kind == .damagedProtection }, "\(found)")
        #expect(found.contains { $0.what.contains(what) }, "\(found)")
        await locked.ledger.close()
    }

    @Test(arguments: [
        ("UPDATE data_keys SET wrapped = randomblob(60) WHERE id = 2", "data key 2 is not what was stored"),
        (
            "UPDATE ledger_info SET value = '00112233445566778899aabbccddeeff' WHERE name = 'master_key_check'",
            "is not that of the key"
        ),
    ])
    func theMasterKeyShowsMore(sql: String, what: String) async throws {
        let test = try await ledger()
        try await test.ledger.log.inFile.onWriter { try $0.execute(sql) }
        let found = try await damages(test)
        #expect(found.map(\.kind) == [.damagedProtection] && found.first?.what.contains(what) == true, "\(found)")
        await test.ledger.close()
    }
}
