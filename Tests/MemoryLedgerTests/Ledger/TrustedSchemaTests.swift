import EventLog
import Foundation
import LedgerStorage
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: programs that switch `trusted_schema` off read ledgers and checkouts, whose `meta` is the JSON that it was.
/// Method: a plain SQLite connection with the setting, over keys with all that JSON escapes; a migration of each.
@Suite struct TrustedSchemaTests {
    private static let keys = ["plain", #"quo"te"#, #"back\slash"#, #"\""#, "日本🧠", "a'b", "{\u{7f}}", "\u{2028}"]
        .filter { (try? MemoryLimits.standard.check(MemoryKey(key: $0))) != nil }

    private static let meta = """
        json_object('id', key, 'created_at', created_at, 'last_accessed_at', last_accessed_at,
            'last_linked_at', last_linked_at, 'in_degree', in_degree, 'out_degree', out_degree,
            'access_count', access_count, 'traverse_count', traverse_count, 'status', status)
        """

    private func ledgerAndCheckout() async throws -> (TestLedger, checkout: String) {
        let test = try await TestLedger.open()
        for key in Self.keys { try await test.ledger.add(MemoryKey(key: key), MemoryContent(summary: key)) }
        _ = try await test.ledger.access(MemoryKey(key: "plain"))
        try await test.ledger.flushReads()
        let checkout = test.folder.file("checkout.sqlite")
        _ = try await test.ledger.checkout(at: .position(try await test.ledger.log.head()), to: checkout)
        return (test, checkout)
    }

    @Test func metaIsReadWithoutTrust() async throws {
        let (test, checkout) = try await ledgerAndCheckout()
        #expect(Self.keys.count >= 6)
        await test.ledger.close()
        for path in [test.path, checkout] {
            let database = try TestDatabase(path, "PRAGMA trusted_schema = OFF")
            let rows = try database.connection.statement("SELECT meta, \(Self.meta) FROM memories ORDER BY id")
            var count = 0
            while try rows.step() {
                count += 1
                #expect(rows.text(0) == rows.text(1))
                #expect(try JSONParser.parse([UInt8](rows.text(0).utf8)).object?["id"] != nil)
            }
            #expect(count == Self.keys.count)
            rows.reset()
            #expect(try database.connection.integer("SELECT json_valid(meta) FROM memories WHERE key = 'plain'") == 1)
            database.close()
        }
    }

    @Test func neitherIsALegacyDatabase() async throws {
        let (test, checkout) = try await ledgerAndCheckout()
        let target = try await TestLedger.open()
        for (path, code) in [(test.path, LegacySourceError.Code.isLedger), (checkout, .isCheckout)] {
            let error = await #expect(throws: LegacySourceError.self) { try await target.ledger.migrate(from: path) }
            #expect(error?.code == code && error?.message.contains("xport") == true)
        }
        let error = await #expect(throws: LegacySourceError.self) {
            try await target.ledger.migrate(from: target.path)
        }
        #expect(error?.code == .isLedger)
        #expect(try await target.ledger.log.head() == 0)
        await test.ledger.close()
        await target.ledger.close()
    }
}
