import CLedgerShims
import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import LedgerStorage
import MerkleLog
import Testing

@testable import SQLiteEventLog

/// Goal: whatever is done to a ledger with an SQL shell is found, is named by its kind, and at its positions.
/// Method: copies of a log of four streams and 1,000 events, each damaged in one way, with the index written at 700.
@Suite struct VerifyTests {
    static let events = 1_000
    static let indexed = 700

    private static let shared = Task { try await make() }

    private static func make() async throws -> LogFile {
        let file = try LogFile()
        let log = try file.open()
        var count = 0
        while count < events {
            if count == indexed {
                await log.close()
                try await SegmentTests.index(file)
                return try await finish(file, from: count)
            }
            try await append(log, file, count)
            count += 50
        }
        return file
    }

    private static func finish(_ file: LogFile, from count: Int) async throws -> LogFile {
        let log = try file.open()
        for start in stride(from: count, to: events, by: 50) { try await append(log, file, start) }
        _ = try await log.addDictionary(Array(repeating: 7, count: 100))
        await log.close()
        return file
    }

    private static func append(_ log: SQLiteEventLog, _ file: LogFile, _ first: Int) async throws {
        for index in first..<first + 50 {
            var event = file.event(Array("payload \(index)".utf8), index % 9 == 0 ? "Rare" : "Tested")
            event.attribution.actor = index % 3 == 0 ? "mallory" : "alice"
            _ = try await log.append(to: StreamName("s/\(index % 4)"), [event])
        }
    }

    /// A copy of the log, damaged.
    private func damaged(_ sql: String...) async throws -> (SQLiteEventLog, TestFolder) {
        let folder = try TestFolder()
        try FileManager.default.copyItem(atPath: try await Self.shared.value.path, toPath: folder.path())
        for statement in sql { try RawSQLite.run(folder.path(), Self.withoutTriggers(statement)) }
        return (try SQLiteEventLog(path: folder.path(), options: .test(.readOnly), clock: FixedClock()), folder)
    }

    /// The statement with the triggers away meanwhile that would refuse it.
    private static func withoutTriggers(_ statement: String) throws -> String {
        let schema = ["events", "merkle_tree"].compactMap { name in
            FileManager.default.contents(
                atPath: URL(filePath: #filePath).appending(path: "../../../../Schemas/sqlite/\(name).sql")
                    .standardized.path)
        }.map { String(decoding: $0, as: UTF8.self) }.joined()
        let triggers = schema.components(separatedBy: "CREATE TRIGGER ").dropFirst().map {
            $0.components(separatedBy: "END;")[0]
        }
        let names = triggers.map { String($0.prefix { $0 != " " }) }
        guard !statement.hasPrefix("D") || statement.hasPrefix("DELETE"), !statement.hasPrefix("ALTER") else {
            return statement
        }
        return names.map { "DROP TRIGGER \($0);" }.joined() + statement + ";"
            + triggers.map { "CREATE TRIGGER \($0)END;" }.joined()
    }

    private static func checksum(_ text: String) -> UInt32 {
        Array(text.utf8).withUnsafeBytes { memledger_crc32c($0.baseAddress, $0.count) }
    }

    struct Damage: Sendable, CustomTestStringConvertible {
        var what: String
        var sql: String
        var kind: LogDamage.Kind
        var positions: ClosedRange<Position>?
        var testDescription: String { what }

        init(_ what: String, _ sql: String, _ kind: LogDamage.Kind, _ positions: ClosedRange<Position>? = nil) {
            (self.what, self.sql, self.kind, self.positions) = (what, sql, kind, positions)
        }
    }

    static let damages: [Damage] = [
        .init("a payload", "UPDATE events SET payload = x'00' WHERE position = 300", .unreadablePayload, 300...300),
        .init(
            "a payload with everything that belongs to it",
            "UPDATE events SET payload = CAST('other' AS BLOB), size = 5, codec = 0, checksum = \(checksum("other")) "
                + "WHERE position = 300", .alteredEvent, 300...300),
        .init("an actor", "UPDATE events SET actor_id = 3 - actor_id WHERE position = 300", .alteredEvent, 300...300),
        .init("no actor any more", "UPDATE events SET actor_id = NULL WHERE position = 1", .alteredEvent, 1...1),
        .init(
            "a correlation that was not there", "UPDATE events SET correlation_id = '' WHERE position = 1000",
            .alteredEvent, 1_000...1_000),
        .init(
            "a time", "UPDATE events SET occurred_at = recorded_at - 1 WHERE position = 256", .alteredEvent, 256...256),
        .init("an id", "UPDATE events SET event_id = zeroblob(16) WHERE position = 257", .alteredEvent, 257...257),
        .init(
            "an id of another size", "UPDATE events SET event_id = x'01' WHERE position = 8", .unreadableEvent, 8...8),
        .init("a schema version", "UPDATE events SET schema_version = 2 WHERE position = 9", .alteredEvent, 9...9),
        .init("a type that is not there", "UPDATE events SET type_id = 99 WHERE position = 9", .unreadableEvent, 9...9),
        .init("a stream's name", "UPDATE events SET stream_name = 's/x' WHERE position = 4", .alteredEvent, 4...4),
        .init("an event's stream", "UPDATE events SET stream_id = 2 WHERE position = 301", .brokenStream, 301...301),
        .init("a version", "UPDATE events SET version = 7 WHERE position = 300", .brokenStream, 300...300),
        .init("a back-pointer", "UPDATE events SET previous = 5 WHERE position = 300", .brokenStream, 300...300),
        .init("an event deleted", "DELETE FROM events WHERE position = 300", .missingEvent, 300...300),
        .init(
            "events deleted", "DELETE FROM events WHERE position BETWEEN 300 AND 600", .missingEvent, 300...600),
        .init("the first one deleted", "DELETE FROM events WHERE position = 1", .missingEvent, 1...1),
        .init("the end cut off", "DELETE FROM events WHERE position > 900", .cutOff, 901...1_000),
        .init("the end cut off at a tile", "DELETE FROM events WHERE position > 512", .cutOff, 513...1_000),
        .init("everything cut off", "DELETE FROM events", .cutOff, 1...1_000),
        .init("an event added", "\(copied("1001")) WHERE position = 1000", .surplusEvent, 1_001...1_001),
        .init(
            "an event far away", "\(copied("9000000000000")) WHERE position = 1000", .surplusEvent,
            9_000_000_000_000...9_000_000_000_000),
        .init("an event before all", "\(copied("-1")) WHERE position = 1000", .surplusEvent, -1...(-1)),
        .init("two events swapped", swapped(300, 301), .movedEvent, 300...300),
        .init("events of one stream swapped", swapped(400, 404), .movedEvent, 400...400),
        .init(
            "the order reversed",
            "UPDATE events SET position = -position WHERE position BETWEEN 500 AND 509; "
                + "UPDATE events SET position = 1009 + position WHERE position < 0", .movedEvent, 500...500),
        .init(
            "an actor's name", "UPDATE actors SET name = 'bob' WHERE name = 'mallory'", .alteredEvent, 1...1),
        .init("a type's name", "UPDATE event_types SET name = 'Odd' WHERE name = 'Rare'", .alteredEvent, 10...10),
        .init(
            "a leaf", "UPDATE tree_tiles SET hashes = zeroblob(32) || substr(hashes, 33) WHERE number = 1",
            .damagedTree, 257...257),
        .init("a tile's root", "UPDATE tree_tiles SET root = zeroblob(32) WHERE number = 0", .damagedTree, 1...256),
        .init("a tile's size", "UPDATE tree_tiles SET hashes = x'01' WHERE number = 0", .damagedTree, 1...256),
        .init("a tile deleted", "DELETE FROM tree_tiles WHERE number = 1", .damagedTree, 257...512),
        .init("the last tile deleted", "DELETE FROM tree_tiles WHERE number = 2", .damagedTree),
        .init("the tail deleted", "DELETE FROM tree_tail", .surplusEvent, 769...1_000),
        .init("the tail's hashes", "UPDATE tree_tail SET hashes = x'0102'", .damagedTree),
        .init(
            "the ledger's id", "UPDATE ledger_info SET value = substr(value, 2) || substr(value, 1, 1)",
            .otherLedger, 1...1_000),
        .init("a dictionary", "UPDATE dictionaries SET bytes = zeroblob(100)", .damagedDictionary),
        .init("a stream's head", "UPDATE stream_heads SET version = 1 WHERE stream_id = 2", .damagedIndex),
        .init("a head of no stream", "INSERT INTO stream_heads VALUES (1000000, 5, 7)", .damagedIndex),
        .init("a stream hidden", "DELETE FROM stream_names WHERE name = 's/1'", .damagedIndex),
        .init("a stream under another name", "UPDATE stream_names SET name = 's/z' WHERE name = 's/1'", .damagedIndex),
        .init("time going back", "UPDATE events SET recorded_at = 1 WHERE position = 700", .timeGoesBack, 700...700),
    ]

    private static func copied(_ position: String) -> String {
        "INSERT INTO events SELECT \(position), stream_id, version + 1, position, type_id, schema_version, "
            + "event_id, recorded_at, occurred_at, actor_id, correlation_id, causation_id, codec, size, checksum, "
            + "payload, NULL FROM events"
    }

    private static func swapped(_ one: Position, _ other: Position) -> String {
        "UPDATE events SET position = 0 WHERE position = \(one); "
            + "UPDATE events SET position = \(one) WHERE position = \(other); "
            + "UPDATE events SET position = \(other) WHERE position = 0"
    }

    @Test func aSoundLogIsClean() async throws {
        let (log, folder) = try await damaged()
        let report = try await log.verify(deep: true)
        #expect(report.isClean && report.damages.isEmpty && report.events == 1_000)
        let root = try log.readTree { try $0.root(at: 1_000) }
        #expect(report.root == root)
        await log.close()
        withExtendedLifetime(folder) {}
    }

    @Test(arguments: damages)
    func damageIsNamed(damage: Damage) async throws {
        let (log, folder) = try await damaged(damage.sql)
        let report = try await log.verify()
        #expect(!report.isClean)
        let found = report.damages.filter { $0.kind == damage.kind }
        #expect(!found.isEmpty, "\(report.damages.prefix(5))")
        if let positions = damage.positions {
            let isNamed = found.contains { entry in
                guard let first = entry.position, let last = entry.lastPosition else { return false }
                return first <= positions.lowerBound && last >= positions.upperBound
            }
            #expect(isNamed, "\(report.damages.prefix(5))")
        }
        await log.close()
        withExtendedLifetime(folder) {}
    }

    /// Whatever is done to the tables themselves, and to what values are stored as.
    @Test(arguments: [
        ("DROP TABLE tree_tiles", LogDamage.Kind.damagedSchema), ("DROP TABLE tree_tail", .damagedSchema),
        ("DROP TABLE checkpoints", .damagedSchema), ("DROP TABLE dictionaries", .damagedSchema),
        ("DROP VIEW streams", .damagedSchema), ("DROP TABLE stream_heads", .damagedSchema),
        ("DROP TABLE postings", .damagedSchema),
        ("DROP TABLE events", .damagedSchema), ("DROP TABLE ledger_info", .damagedSchema),
        ("DROP TABLE event_types; CREATE TABLE event_types (id INTEGER, name TEXT)", .damagedSchema),
        ("ALTER TABLE events RENAME TO hidden; CREATE VIEW events AS SELECT * FROM hidden", .damagedSchema),
        ("CREATE TRIGGER later AFTER INSERT ON events BEGIN SELECT 1; END", .damagedSchema),
        ("DROP TRIGGER events_are_never_replaced", .damagedSchema), ("PRAGMA user_version = 1", .damagedSchema),
        ("DELETE FROM ledger_info", .otherLedger),
        ("INSERT INTO tree_tiles VALUES (0, 36028797018963968, zeroblob(32), zeroblob(8192))", .damagedTree),
        ("INSERT INTO tree_tiles VALUES (0, 9223372036854775807, zeroblob(32), zeroblob(8192))", .damagedTree),
        ("INSERT INTO tree_tiles VALUES (1, 0, zeroblob(32), zeroblob(8192))", .damagedTree),
        ("INSERT INTO tree_tiles VALUES (-1, 0, zeroblob(32), zeroblob(8192))", .damagedTree),
        ("UPDATE events SET position = 9223372036854775807 WHERE position = 1000", .surplusEvent),
        ("UPDATE events SET version = 9223372036854775807 WHERE position = 1000", .brokenStream),
        ("UPDATE events SET recorded_at = recorded_at || 'x' WHERE position = 7", .alteredEvent),
        ("UPDATE events SET event_id = CAST(event_id AS TEXT) WHERE position = 7", .alteredEvent),
        ("UPDATE events SET payload = CAST(payload AS TEXT) WHERE position = 7", .alteredEvent),
        ("UPDATE events SET previous = 0 WHERE position = 1", .alteredEvent),
        ("UPDATE events SET stream_name = 's/evil' WHERE position = 700", .alteredEvent),
        ("UPDATE actors SET name = CAST(name AS BLOB)", .unreadableEvent),
    ])
    func whatIsDoneToTablesIsNamed(sql: String, kind: LogDamage.Kind) async throws {
        let (log, folder) = try await damaged(sql)
        let report = try await log.verify()
        #expect(report.damages.contains { $0.kind == kind }, "\(report.damages.prefix(3))")
        await log.close()
        withExtendedLifetime(folder) {}
    }

    /// No event is altered, and some queries would not find it any more.
    @Test(arguments: [
        "DELETE FROM postings WHERE kind = 2 AND value = 1", "UPDATE postings SET positions = x'01' WHERE kind = 4",
        "UPDATE segments SET greatest_event_id = zeroblob(16)", "DELETE FROM stream_marks WHERE version = 64",
        "UPDATE stream_marks SET position = position + 4", "DELETE FROM segments",
        "UPDATE segments SET first_position = 2",
    ])
    func aDeepVerificationFindsWhatHidesEvents(sql: String) async throws {
        let (log, folder) = try await damaged(sql)
        let report = try await log.verify(deep: true)
        #expect(report.damages.contains { $0.kind == .damagedIndex }, "\(report.damages.prefix(3))")
        await log.close()
        withExtendedLifetime(folder) {}
    }

    /// What is sound is not accused: one altered event is one finding.
    @Test func nothingElseIsAccused() async throws {
        let (log, folder) = try await damaged("UPDATE events SET actor_id = 3 - actor_id WHERE position IN (300, 302)")
        let report = try await log.verify()
        #expect(report.damages.map(\.position) == [300, 302] && report.damageCount == 2)
        await log.close()
        withExtendedLifetime(folder) {}
    }

    // MARK: Against a checkpoint from outside

    private func checkpoint() async throws -> CheckpointToVerify {
        let log = try SQLiteEventLog(
            path: try await Self.shared.value.path, options: .test(.readOnly), clock: FixedClock())
        let root = try log.readTree { try $0.root(at: 950) }
        let checkpoint = Checkpoint(origin: try LedgerOrigin.current(in: log).text, size: 950, root: root)
        await log.close()
        return CheckpointToVerify(try SignedCheckpoint(checkpoint, signedWith: []), name: "monday")
    }

    @Test func aLogThatContinuesItsCheckpointIsClean() async throws {
        let (log, folder) = try await damaged()
        let report = try await log.verify(against: [try await checkpoint()])
        #expect(report.isClean && report.checkpoints == 1)
        await log.close()
        withExtendedLifetime(folder) {}
    }

    /// The tail is cut off, and the tree with it: a log of fewer events, sound in itself.
    @Test func aTailThatWasCutOffWithItsTreeIsFound() async throws {
        let cut = "DELETE FROM events WHERE position > 900; DELETE FROM tree_tail WHERE first_position > 900"
        let (log, folder) = try await damaged(cut)
        #expect(try await log.verify().isClean)
        let report = try await log.verify(against: [try await checkpoint()])
        #expect(report.damages.map(\.kind) == [.rolledBack])
        #expect(report.damages.first?.position == 901 && report.damages.first?.lastPosition == 950)
        await log.close()
        withExtendedLifetime(folder) {}
    }

    /// An event is altered and the tree made again to fit, as an attacker who has this program could.
    @Test func aTreeThatWasMadeAnewIsFound() async throws {
        let (damaged, folder) = try await damaged(
            "UPDATE events SET actor_id = 3 - actor_id WHERE position = 300", "DELETE FROM tree_tiles",
            "DELETE FROM tree_tail")
        await damaged.close()
        let file = try LedgerFile(path: folder.path(), options: .test(.readWrite))
        try file.withWriterLock { sqlite in
            try sqlite.transaction {
                let id = try #require(try LedgerID.load(sqlite))
                try TreeUpgrade.fill(sqlite, id: id, limits: EventLogLimits())
            }
        }
        file.close()
        let log = try SQLiteEventLog(path: folder.path(), options: .test(.readOnly), clock: FixedClock())
        #expect(try await log.verify().isClean)
        let report = try await log.verify(against: [try await checkpoint()])
        #expect(report.damages.map(\.kind) == [.contradictsCheckpoint])
        await log.close()
    }

    @Test func anotherLedgersCheckpointIsNamed() async throws {
        let (log, folder) = try await damaged()
        let other = Checkpoint(origin: "memory-ledger/00", size: 0, root: .emptyRoot)
        let report = try await log.verify(
            against: [CheckpointToVerify(try SignedCheckpoint(other, signedWith: []), name: "other")])
        #expect(report.damages.map(\.kind) == [.otherLedger])
        await log.close()
        withExtendedLifetime(folder) {}
    }

    /// Writers go on meanwhile; what comes after the beginning is not looked at.
    @Test func itVerifiesBesideAWriter() async throws {
        let file = try LogFile()
        let log = try file.open()
        _ = try await log.append(to: "s", file.events(400))
        let writing = Task { for _ in 0..<60 { _ = try await log.append(to: "s", file.events(97)) } }
        for _ in 0..<20 {
            let report = try await log.verify()
            #expect(report.isClean, "\(report.damages.prefix(3))")
        }
        try await writing.value
        await log.close()
    }
}

/// Goal: streams are followed with a bounded table, in as many passes as it takes.
@Suite struct StreamChainsTests {
    @Test func aSmallTableFindsTheSame() {
        var random = SeededRandom(17)
        var heads: [Int64: (version: Int64, position: Int64)] = [:]
        var links: [StreamChains.Link] = []
        for position in Int64(1)...5_000 {
            let known = heads.keys.sorted().randomElement(using: &random)
            if let known, Bool.random(using: &random), let head = heads[known] {
                links.append(.init(streamID: known, version: head.version + 1, previous: head.position))
                heads[known] = (head.version + 1, position)
            } else {
                links.append(.init(streamID: position, version: 1, previous: 0))
                heads[position] = (1, position)
            }
        }
        links[4_000].version += 1
        links[3_000].previous += 1
        func problems(maximum: Int) -> (positions: Set<Int64>, passes: Int) {
            var found: Set<Int64> = []
            var shares = [StreamChains.Share()]
            var passes = 0
            while let share = shares.popLast() {
                passes += 1
                var chains = StreamChains(share, maximum: maximum)
                for (index, link) in links.enumerated() {
                    if chains.take(link, at: Int64(index) + 1) != nil { found.insert(Int64(index) + 1) }
                }
                shares += chains.rest
            }
            return (found, passes)
        }
        let whole = problems(maximum: .max)
        let small = problems(maximum: 200)
        #expect(whole.passes == 1 && small.passes > 8)
        #expect(whole.positions == small.positions && whole.positions.isSuperset(of: [3_001, 4_001]))
    }
}
