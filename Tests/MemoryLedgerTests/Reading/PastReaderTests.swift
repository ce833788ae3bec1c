import EmbeddedLedger
import EventLog
import Foundation
import LedgerStorage
import Projections
import SQLiteEventLog
import Synchronization
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: a single memory as of a moment, folded from its own stream, is what the tables as of that moment hold.
/// Method: random commands on few keys, and every key asked at every position in both ways.
@Suite(.onEveryBackend) struct PastReaderTests {
    private static let seeds: [UInt64] = [
        1, 2,
        ProcessInfo.processInfo.environment["MEMLEDGER_SEED"].flatMap { UInt64($0) } ?? .random(in: 100 ... .max),
    ]

    @Test(arguments: seeds)
    func itSaysWhatTheTablesSay(seed: UInt64) async throws {
        print("MEMLEDGER_SEED=\(seed)")
        var random = SeededGenerator(seed: seed)
        let test = try await TestLedger.open()
        for _ in 0..<250 { try await Self.step(test, &random) }
        try await test.ledger.flushReads()
        try await Self.expectSame(test.ledger, "seed \(seed)", stride: 3)
        await test.ledger.close()
    }

    @Test func importsAndExpiryToo() async throws {
        let test = try await TestLedger.open()
        try await EveryEvent.write(test)
        try await Self.expectSame(test.ledger, "every event", stride: 1)
        await test.ledger.close()
    }

    /// Rows that change, move to another key and mean nothing in between.
    @Test func grownSourcesToo() async throws {
        let test = try await TestLedger.open()
        let source = test.folder.file("legacy.sqlite")
        let steps = [
            """
            CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT);
            INSERT INTO keyv VALUES ('mem:a', '{"value":{"summary":"one"}}'), ('mem:b', '{"value":{"summary":"b"}}'),
                ('mem:p:x', '{"value":{"summary":"x","meta":{"access_count":3}}}')
            """,
            """
            UPDATE keyv SET value = '{"value":{"summary":"two"}}' WHERE key = 'mem:a'
            """,
            "UPDATE keyv SET value = '{\"value\":' WHERE key = 'mem:a'",
            """
            UPDATE keyv SET value = '{"value":{"summary":"four"}}' WHERE key = 'mem:a';
            UPDATE keyv SET value = '{"value":{"summary":"y"}}' WHERE key = 'mem:p:x'
            """,
        ]
        var options = MigrationOptions()
        for (index, step) in steps.enumerated() {
            try TestDatabase(source, step).close()
            if index == steps.count - 1 { options.namespaces = ["mem:p"] }
            options.continuesEarlierImport = index > 0
            _ = try await test.ledger.migrate(from: source, options: options)
            _ = try await test.ledger.access("b")
            _ = try await test.ledger.access("a")
        }
        try await test.ledger.flushReads()
        #expect(try await test.ledger.get("a")?.content.summary == "four")
        #expect(try await test.ledger.get(MemoryKey(key: "p:x")) == nil)
        #expect(try await test.ledger.get(MemoryKey(namespace: "mem:p", key: "x"))?.meta.accessCount == 3)
        try await Self.expectSame(test.ledger, "grown", stride: 1, mayNeedTables: true)
        try await test.expectRebuildChangesNothing()
        await test.ledger.close()
    }

    /// Each life under a key is read once, however often the memory went back and forth.
    @Test func aThousandRenamesBackAndForth() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent(summary: "first", links: [MemoryLink(type: "t", key: "a", term: "x")]))
        for turn in 0..<1_000 { try await ledger.rename(turn % 2 == 0 ? "a" : "c", to: turn % 2 == 0 ? "c" : "a") }
        let head = try await ledger.log.head()
        for position in [1, 2, 3, 600, head - 1, head] {
            let view = try await ledger.asOf(.position(position))
            // The first half of a rename has moved the memory already.
            let key: MemoryKey = (position / 2) % 2 == 0 ? "a" : "c"
            let found = try #require(try await view.get(key))
            #expect(found.content.links.map(\.key) == [key.key] && found.meta.inDegree == 1)
            #expect(try await view.get(key == "a" ? "c" : "a") == nil)
        }
        await ledger.close()
    }

    /// A stream with many events is read from a mark, whatever was in it before.
    @Test func marksShortenLongStreams() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent(summary: "first", links: [MemoryLink(type: "t", key: "b", term: "x")]))
        try await ledger.add("b", MemoryContent(summary: "target"))
        for turn in 0..<600 {
            test.clock.advance(1)
            _ = try await ledger.access("a")
            if turn % 100 == 50 { try await ledger.flushReads() }
            if turn % 150 == 75 { try await ledger.update("a", MemoryChange(summary: "turn \(turn)")) }
            if turn == 300 { try await ledger.rename("b", to: "c") }
        }
        try await ledger.flushReads()
        let marks = try ledger.tables.read { try $0.integer("SELECT count(*) FROM memory_marks") }
        #expect(marks == 4)
        try await Self.expectSame(ledger, "marks", stride: 37)
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }

    /// One snapshot of the tables answers; a rename or a mark on the way takes a look before.
    @Test func theTablesAreAskedOnce() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        let link = MemoryLink(type: "t", key: "b", term: "x")
        try await ledger.add("a", MemoryContent(summary: "first", links: [link]))
        try await ledger.add("b", MemoryContent(summary: "target"))
        try await ledger.update("a", MemoryChange(summary: "second"))
        try await ledger.rename("b", to: "c")
        for turn in 0..<MemoryMark.interval { try await ledger.update("c", MemoryChange(text: "\(turn)")) }
        let head = try await ledger.log.head()
        func looks(_ key: MemoryKey, at position: Position) async throws -> Int {
            let tables = CountedTables(ledger.tables)
            let moment = LogMoment(position: position, time: test.clock.now())
            let reader = PastReader(log: ledger.log, encryption: ledger.encryption, tables: tables, at: moment)
            let expected = try await ledger.asOf(.position(position)).get(key)
            #expect(try await reader.memory(key).answer == expected)
            return tables.count
        }
        #expect(try await looks("a", at: 3) == 1)
        #expect(try await looks("nothing", at: 3) == 1)
        #expect(try await looks("b", at: 3) == 1)
        #expect(try await looks("b", at: head) == 1)
        // Once for the rename.
        #expect(try await looks("c", at: 6) == 2)
        // Once for the mark.
        #expect(try await looks("c", at: head) == 2)
        await ledger.close()
    }

    /// Tables that were behind when the memory's way was looked for do not tell it, though they are up by the answer.
    @Test func tablesThatWereBehindAreNotBelieved() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent(summary: "older"))
        try await ledger.rename("a", to: "b")
        try await ledger.delete("b")
        try await ledger.add("a", MemoryContent(summary: "newer"))
        let path = test.folder.file("behind.sqlite")
        try ledger.tables.read { try $0.execute("VACUUM INTO '\(path)'") }
        try await ledger.rename("a", to: "b")
        let moment = LogMoment(position: try await ledger.log.head(), time: test.clock.now())
        let tables = LateTables(ledger.tables, before: path)
        let reader = PastReader(log: ledger.log, encryption: ledger.encryption, tables: tables, at: moment)
        guard case .inTables = try await reader.memory("b") else {
            Issue.record("the rename was looked for in tables that did not have it")
            return
        }
        #expect(try await ledger.asOf(.position(moment.position)).get("b")?.content.summary == "newer")
        await ledger.close()
    }

    /// Tables that are as another file has them when they are first asked.
    private final class LateTables: TableReading {
        private let tables: any TableReading
        private let former: String
        private let isFirst = Mutex(true)

        init(_ tables: any TableReading, before former: String) { (self.tables, self.former) = (tables, former) }

        var sizeBytes: Int64 { tables.sizeBytes }

        func read<T>(_ body: (SQLiteConnection) throws -> T) throws -> T { try readSnapshot(body) }

        func readSnapshot<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
            let isFirst = isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst
            }
            guard isFirst else { return try tables.readSnapshot(body) }
            let database = try PrivateDatabase(former)
            return try withExtendedLifetime(database) { try body(database.sqlite) }
        }
    }

    /// Counts how often it is asked.
    private final class CountedTables: TableReading {
        private let tables: any TableReading
        private let asked = Mutex(0)

        init(_ tables: any TableReading) { self.tables = tables }

        var count: Int { asked.withLock { $0 } }
        var sizeBytes: Int64 { tables.sizeBytes }

        func read<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
            asked.withLock { $0 += 1 }
            return try tables.read(body)
        }

        func readSnapshot<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
            asked.withLock { $0 += 1 }
            return try tables.readSnapshot(body)
        }
    }

    // MARK: Support

    private static let keys = (0..<6).map { "k\($0)" } + ["mem:k0", "mem:k1", "mem:mem:k0"]

    private static func step(_ test: TestLedger, _ random: inout SeededGenerator) async throws {
        let ledger = test.ledger
        test.clock.advance(Int64.random(in: 0..<5_000, using: &random))
        let key = MemoryKey(key: keys.randomElement(using: &random) ?? "k0")
        let other = keys.randomElement(using: &random) ?? "k0"
        let link = MemoryLink(
            type: ["a", "b"].randomElement(using: &random) ?? "a", key: other,
            term: "\(Int.random(in: 0..<3, using: &random))")
        let content = MemoryContent(
            summary: "\(random.next())",
            links: (0..<Int.random(in: 0..<3, using: &random)).map { index in
                MemoryLink(type: "l\(index)", key: keys.randomElement(using: &random), term: "t")
            })
        do {
            let contributor = RandomContributor(&random, keys: keys.map { MemoryKey(key: $0) })
            switch Int.random(in: 0..<15, using: &random) {
            case 12:
                try await ledger.putExactly(key, content, from: contributor.provenance, by: contributor.attribution)
            case 13 where key.key != other:
                let target = MemoryKey(key: other)
                guard try await ledger.find(key) != nil, try await ledger.includingQuarantined.find(target) == nil
                else { return }
                try await ledger.renameExactly(key, to: other)
            case 0...1: try await ledger.add(key, content, from: contributor.provenance, by: contributor.attribution)
            case 2: try await ledger.put(key, content, from: contributor.provenance, by: contributor.attribution)
            case 3:
                try await ledger.update(
                    key, MemoryChange(text: content.summary), from: contributor.provenance, by: contributor.attribution)
            case 10: try await ledger.quarantine(contributor.contributor)
            case 11: try await ledger.release(contributor.contributor)
            case 4: try await ledger.update(key, MemoryChange(links: content.links))
            case 5...6: try await ledger.rename(key, to: other)
            case 7: try await ledger.delete(key)
            case 8: try await ledger.link(key, link)
            case 9: try await ledger.unlink(key, from: other)
            default: _ = try await ledger.access(key)
            }
        } catch let error as MemoryLedgerError {
            // Random commands need not fit.
            _ = error
        }
    }

    /// Every key that was ever used, at every so many positions.
    static func expectSame(_ ledger: MemoryLedger, _ comment: Comment, stride: Int, mayNeedTables: Bool = false)
        async throws
    {
        let events = try await ledger.events()
        let memories = Set(events.compactMap { MemoryStream.memory($0.stream) }).sorted()
        for event in events where event.position % Position(stride) == 0 {
            let moment = LogMoment(position: event.position, time: event.recordedAt)
            let built = try await ledger.moments.view(at: moment)
            let reader = PastReader(ledger.parts, at: moment)
            for memory in memories {
                let expected = try built.read { try MemoryRows.find(memory, now: moment.time, $0) }
                let found = try await reader.memory(memory)
                if let answer = found.answer { #expect(answer == expected, comment) }
                let all = try built.read {
                    try MemoryRows.find(memory, now: moment.time, showsQuarantined: true, $0)
                }
                if let answer = try await reader.memory(memory, showsQuarantined: true).answer {
                    #expect(answer == all, comment)
                }
                #expect(
                    found.answer != nil || mayNeedTables, "position \(event.position) of \(memory) needs the tables")
            }
        }
    }
}

extension PastAnswer {
    /// `.some(nil)` if there is nothing; nil if only the tables tell.
    fileprivate var answer: Value?? {
        switch self {
        case .found(let value): .some(value)
        case .nothing: .some(nil)
        case .inTables: nil
        }
    }
}
