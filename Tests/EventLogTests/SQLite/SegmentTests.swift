import EventLog
import EventLogTesting
import LedgerStorage
import Testing

@testable import SQLiteEventLog

/// Goal: events are found by id, by stream and by version wherever they are: in a segment with ascending ids, in one
/// with ids out of order, in the tail; for the log that wrote them, one that was open, and one opened later.
/// Method: small segments are made by indexing the tail early; the answers are compared with all events.
@Suite struct SegmentTests {
    /// Indexes the tail as it is, as a longer one would be by itself. The log is opened again around it.
    static func index(_ file: LogFile) async throws {
        let log = try file.open()
        try await index(log, file.clock)
        await log.close()
    }

    /// The same beside a log that is open, which must not have been written to by itself since.
    static func index(_ log: SQLiteEventLog, _ clock: any TimeSource) async throws {
        try await log.onWriter { sqlite in
            try sqlite.transaction {
                let writer = try LogWriter(sqlite: sqlite, clock: clock)
                _ = try writer.catchUp()
                try writer.indexTail(atLeast: 1)
            }
        }
    }

    enum Order: CaseIterable { case ascending, shuffled, descending, mixed }

    @Test(arguments: Order.allCases)
    func eventsAreFoundByIDWhereverTheyAre(order: Order) async throws {
        let seed: UInt64 = 5
        var random = SeededRandom(seed)
        let file = try LogFile()
        let bystander = try file.open()
        var pool = file.events(600)
        switch order {
        case .ascending: break
        case .shuffled: pool.shuffle(using: &random)
        case .descending: pool.reverse()
        case .mixed: pool[200..<400].shuffle(using: &random)
        }
        // Two segments and a tail.
        for part in 0..<3 {
            let log = try file.open()
            for event in pool[part * 200..<part * 200 + 200] {
                _ = try await log.append(to: StreamName("s\(Int.random(in: 0..<3, using: &random))"), [event])
            }
            await log.close()
            if part < 2 { try await Self.index(file) }
        }
        let log = try file.open()
        let all = try await log.all()
        #expect(all.map(\.id) == pool.map(\.id))
        for event in all {
            #expect(try await log.event(id: event.id) == event, "seed \(seed), position \(event.position)")
            let near = EventID(high: event.id.high, low: event.id.low ^ 1)
            #expect(try await log.event(id: near) == nil, "seed \(seed), position \(event.position)")
        }
        for known in [log, bystander] {
            for event in all.shuffled(using: &random).prefix(60) {
                let again = try await known.append(to: event.stream, [pool[Int(event.position) - 1]])
                #expect(again.isRepetition && again.positions == [event.position] && again.versions == [event.version])
            }
        }
        #expect(try await log.head() == 600)
        await log.close()
        await bystander.close()
    }

    /// Long chains are entered through marks, from any version and in both directions.
    @Test func streamsAreReadAcrossSegments() async throws {
        let file = try LogFile()
        for part in 0..<4 {
            let log = try file.open()
            var appends: [StreamAppend] = []
            for index in 0..<300 {
                appends.append(
                    StreamAppend(StreamName(index % 3 == 0 ? "other/\(index)" : "long"), events: file.events(1)))
            }
            _ = try await log.append(appends)
            await log.close()
            if part < 3 { try await Self.index(file) }
        }
        let log = try file.open()
        let long = try await log.all(EventFilter(streamPrefix: "long"))
        #expect(long.map(\.version) == Array(1...800))
        #expect(try await log.version(of: "long") == 800)
        #expect(try await log.version(of: "other/3") == 4)
        for from in [1, 2, 63, 64, 65, 127, 128, 199, 200, 201, 400, 599, 600, 601, 799, 800] as [StreamVersion] {
            for limit in [1, 2, 64, 65, 300] {
                let forwards = try await log.readStream("long", from: from, direction: .forwards, limit: limit)
                #expect(forwards.events == Array(long[(Int(from) - 1)...].prefix(limit)), "from \(from) limit \(limit)")
                let backwards = try await log.readStream("long", from: from, direction: .backwards, limit: limit)
                #expect(backwards.events == long[..<Int(from)].suffix(limit).reversed(), "from \(from) limit \(limit)")
            }
        }
        await log.close()
    }

    /// A log that was open all the while goes on after another made a segment.
    @Test func aWriterNoticesAnothersSegment() async throws {
        let file = try LogFile()
        let log = try file.open()
        for round in 0..<4 {
            _ = try await log.append(to: "s", .atVersion(StreamVersion(round * 2)), file.events(1))
            try await Self.index(file)
            let other = try file.open()
            _ = try await other.append(to: "s", .atVersion(StreamVersion(round * 2 + 1)), file.events(1))
            await other.close()
            #expect(try await log.version(of: "s") == StreamVersion(round * 2 + 2))
        }
        #expect(try await log.all().map(\.version) == Array(1...8))
        await log.close()
        let raw = try RawSQLite(file.path)
        #expect(try raw.sqlite.integer("SELECT count(*) FROM segments") == 4)
    }

    /// The list of a segment's events is read back as it was written.
    @Test func postingListsComeBack() {
        var random = SeededRandom(11)
        for round in 0..<200 {
            var offsets = Set<Int>()
            for _ in 0..<Int.random(in: 1...50, using: &random) {
                offsets.insert(Int.random(in: 1...(round % 2 == 0 ? 40_000 : 300), using: &random))
            }
            let sorted = offsets.sorted()
            var list = PostingList()
            for offset in sorted { list.append(offset) }
            let back = list.bytes.withUnsafeBytes { PostingList.positions($0, base: 1_000) }
            #expect(back == sorted.map { Position($0) + 1_000 }, "seed 11, round \(round)")
        }
    }
}
