import EventLog
import LedgerCapabilities
import SQLiteEventLog
import Testing

/// Goal: damage to one event is a typed error that names its position, and every other event stays readable.
/// Method: one column of one row is changed past the triggers, a case at a time; then every event is read alone.
@Suite struct DamageTests {
    /// Short payloads are stored as they are, long ones compressed.
    private static let payloads: [[UInt8]] = (0..<9).map { index in
        Array(String(repeating: "payload \(index) ", count: index % 3 == 2 ? 100 : 2).utf8)
    }

    private static let payloadDamages: [(position: Position, change: String)] = [
        (2, "payload = CAST('Xayload 1 payload 1 ' AS BLOB)"), (3, "payload = zeroblob(length(payload))"),
        (3, "payload = x'ff' || payload"), (3, "payload = x'ffffffffffffffffffffffffffffffff'"), (3, "payload = x''"),
        (2, "size = size + 1"), (3, "size = size - 1"), (3, "size = size + 1"), (2, "size = -1"), (3, "size = -1"),
        (2, "size = 9223372036854775807"), (3, "size = 9223372036854775807"), (3, "size = 80000000"),
        (2, "checksum = checksum + 1"), (3, "checksum = NULL_PLACEHOLDER"), (2, "codec = 1"), (3, "codec = 0"),
        (3, "codec = 2"), (3, "codec = 99"), (3, "codec = -1"), (2, "codec = -9223372036854775808"),
        (3, "codec = 9223372036854775807"), (2, "payload = 'text of another length'"),
        (2, "codec = 'text', size = 'x'"),
    ]

    @Test(arguments: payloadDamages)
    func aDamagedPayloadNamesItsPosition(position: Position, change: String) async throws {
        let change = change.replacing("NULL_PLACEHOLDER", with: "-1")
        try await expectOneUnreadable(position, .damagedPayload, change)
    }

    /// A page ends before what is damaged, and a filter that does not match it does not mind it.
    @Test func whatStandsBeforeAndBesideDamageIsAnswered() async throws {
        let file = try LogFile()
        let log = try file.open()
        for index in 1...9 { _ = try await log.append(to: index == 5 ? "bad" : "good", [file.event([UInt8(index)])]) }
        await log.close()
        try RawSQLite.damage(file.path, "UPDATE events SET payload = x'00' WHERE position = 5")
        let damaged = try file.open(.test(.readOnly))
        let page = try await damaged.read(EventQuery(limit: 100))
        #expect(page.events.map(\.position) == [1, 2, 3, 4] && page.next == 4)
        await expectError(.damagedPayload, "the next page") { _ = try await damaged.read(EventQuery(from: 4)) }
        #expect(try await damaged.read(EventQuery(from: 5)).events.map(\.position) == [6, 7, 8, 9])
        let good = try await damaged.read(EventQuery(EventFilter(streamPrefix: "good")))
        #expect(good.events.count == 8)
        await damaged.close()
    }

    private static let rowDamages: [(position: Position, change: String)] = [
        (4, "event_id = x'00'"), (4, "event_id = 'text'"), (4, "type_id = 99"), (4, "actor_id = 99"),
    ]

    @Test(arguments: rowDamages)
    func aDamagedRowNamesItsPosition(position: Position, change: String) async throws {
        try await expectOneUnreadable(position, .damagedLog, change)
    }

    private func expectOneUnreadable(
        _ position: Position, _ code: EventLogError.Code, _ change: String
    ) async throws {
        let file = try LogFile()
        try await file.make(Self.payloads)
        try RawSQLite.damage(file.path, "UPDATE events SET \(change) WHERE position = \(position)")
        let log = try file.open(.test(.readOnly))
        for other in 1...Position(Self.payloads.count) {
            let query = EventQuery(from: other - 1, limit: 1)
            guard other == position else {
                #expect(try await log.read(query).events.map(\.payload) == [Self.payloads[Int(other) - 1]])
                continue
            }
            let error = await expectError(code, "\(change)") { _ = try await log.read(query) }
            #expect(error?.position == position)
        }
        await log.close()
    }

    private static let chainDamages: [(change: String, at: Position)] = [
        ("UPDATE events SET previous = 3 WHERE position = 8", 3),
        ("UPDATE events SET previous = NULL WHERE position = 8", 8),
        ("UPDATE events SET previous = 8 WHERE position = 8", 8),
        ("UPDATE events SET previous = 99 WHERE position = 8", 99),
        ("UPDATE events SET version = 77 WHERE position = 6", 6),
        ("UPDATE events SET stream_id = 2 WHERE position = 6", 6), ("DELETE FROM events WHERE position = 6", 6),
    ]

    @Test(arguments: chainDamages)
    func aDamagedChainIsATypedError(change: String, at position: Position) async throws {
        let file = try LogFile()
        try await file.make(Self.payloads)
        try RawSQLite.damage(file.path, change)
        let log = try file.open(.test(.readOnly))
        let error = await expectError(.damagedLog, "\(change)") { _ = try await log.readStream("s", limit: 100) }
        #expect(error?.position == position)
        // The end of the chain is whole, and so is the log where it is not the row itself that is gone.
        #expect(try await log.readStream("s", from: 9, direction: .forwards, limit: 1).events.count == 1)
        await log.close()
    }

    /// A hole in the positions stops the writer: it must not go on over a log that lost events.
    @Test func aMissingEventStopsTheWriter() async throws {
        let file = try LogFile()
        try await file.make(Self.payloads)
        try RawSQLite.damage(file.path, "DELETE FROM events WHERE position = 6")
        let log = try file.open()
        let error = await expectError(.damagedLog) { _ = try await log.append(to: "s", file.events(1)) }
        #expect(error?.position == 6)
        #expect(try await log.head() == 9)
        await log.close()
    }
}
