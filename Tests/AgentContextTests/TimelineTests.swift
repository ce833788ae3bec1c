import AgentContext
import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import Testing

/// Goal: a timeline says what the events say, of the present, after a rebuild, of any moment, and when something was
/// erased. Method: everything that can happen by chance over two years, and questions by chance, beside a model that
/// knows the events alone.
@Suite struct TimelineTests {
    private static let namespaces = ["a", "b", "c"]
    private static let users = ["eve", "tom", "ann"]

    /// Chance, and what it has made so far.
    private struct World {
        var random: SeededRandom
        var sessions: [MemoryKey] = []
        var number = 0

        mutating func pick<T>(_ values: [T]) -> T { values[Int.random(in: 0..<values.count, using: &random)] }

        mutating func chance(_ of: Int) -> Bool { Int.random(in: 0..<of, using: &random) == 0 }
    }

    @Test func itSaysWhatTheEventsSay() async throws {
        let seed =
            ProcessInfo.processInfo.environment["MEMLEDGER_SEED"].flatMap { UInt64($0) } ?? .random(in: 100 ... .max)
        print("MEMLEDGER_SEED=\(seed)")
        var world = World(random: SeededRandom(seed))
        let folder = try ContextLedger()
        let ledger = try await folder.open {
            $0.file.durability = .normal
            $0.file.masterKey = try? MasterKey(bytes: Array(repeating: 7, count: MasterKey.byteCount))
        }
        // A session of `b` is in plain when it begins, and erased all the same; `c` stays in plain.
        try await ledger.protect("a", by: folder.ann)
        for step in 0..<400 {
            if step == 120 { try await ledger.protect("b", by: folder.ann) }
            if step == 300 {
                _ = try await ledger.erase(.user("eve"), partially: true, reason: "asked for", by: folder.ann)
            }
            try await Self.change(ledger, folder, &world)
        }
        let model = try await TimelineModel(ledger)
        let head = try await (ledger.log as any EventLog).head()
        try await Self.compare(ledger, model, head, folder.clock.now(), &world, "seed \(seed), live")
        let digest = try await ledger.digest()
        try await ledger.rebuild()
        #expect(try await ledger.digest() == digest, "seed \(seed)")
        try await Self.compare(ledger, model, head, folder.clock.now(), &world, "seed \(seed), rebuilt")
        for _ in 0..<4 {
            let position = Position.random(in: 1...head, using: &world.random)
            let then = try await ledger.asOf(.position(position))
            try await Self.compare(then, model, position, folder.clock.now(), &world, "seed \(seed), at \(position)")
        }
        await ledger.close()
    }

    /// What is encrypted is counted without the master key: a ledger that lacks the counts can be opened without it.
    @Test func whatCannotBeReadIsCounted() async throws {
        let folder = try ContextLedger()
        let key = try MasterKey(bytes: Array(repeating: 7, count: MasterKey.byteCount))
        let plain = try await folder.open {
            $0.file.masterKey = key
            $0.modules = []
        }
        try await plain.protect("a", by: folder.ann)
        for place in ["a", "b"] {
            try await plain.add(MemoryKey(namespace: place, key: "tea"), MemoryContent(text: "Tea"), by: folder.ann)
        }
        await plain.close()
        let locked = try await folder.open()
        #expect(try await locked.timeline(TimelineQuery(.memories)).total == 2)
        await #expect(throws: EventLogError.self) { try await locked.timeline(TimelineQuery(.memories, in: "a")) }
        let digest = try await locked.digest().tables["timeline"]
        await locked.close()
        let ledger = try await folder.open { $0.file.masterKey = key }
        try await ledger.rebuild()
        #expect(try await ledger.digest().tables["timeline"] == digest)
        #expect(try await ledger.timeline(TimelineQuery(.memories, in: "a")).total == 1)
        await ledger.close()
    }

    private static func change(
        _ ledger: MemoryLedger, _ folder: ContextLedger, _ world: inout World
    ) async throws {
        world.number += 1
        let (namespace, text) = (world.pick(namespaces), "text \(world.number)")
        if world.chance(3) { folder.clock.advance(by: .seconds(Int64.random(in: 1...600_000, using: &world.random))) }
        let context = folder.context(ledger)
        switch Int.random(in: 0..<8, using: &world.random) {
        case 0, 1:
            try await ledger.add(MemoryKey(namespace: namespace, key: text), MemoryContent(text: text), by: folder.ann)
        case 2:
            let request = SessionRequest(namespace: namespace, user: world.pick(users), role: "helper")
            world.sessions.append(try await context.open(request).key)
        case 3: _ = try await context.insert(NewPassage(text), into: "texts", in: namespace)
        case 4:
            // What this program does not know counts, too, when it occurred; in the ledger's own streams as well.
            let bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &world.random) }
            let id = try #require(bytes.withUnsafeBytes { EventID(bytes: $0) })
            var event = NewEvent(id: id, type: "OddThing", payload: Array(text.utf8))
            let past = Int64.random(in: 0...40_000_000, using: &world.random) * 1_000
            event.occurredAt = Timestamp(milliseconds: folder.clock.now().milliseconds - past)
            let stream: StreamName = world.chance(2) ? "$odd/1" : "c/odd"
            _ = try await (ledger.log as any EventLog).append([StreamAppend(stream, events: [event])])
        default:
            guard !world.sessions.isEmpty else { return }
            let (session, role) = (world.pick(world.sessions), world.pick(SessionMessage.Role.allCases))
            do {
                _ = try await context.append(SessionMessage(role, text), to: session)
            } catch let error as AgentContextError where error.code == .noSession {
                // It was erased.
                world.sessions.removeAll { $0 == session }
            }
        }
    }

    private static func question(_ now: Timestamp, _ world: inout World) -> TimelineQuery {
        let groupings: [TimelineQuery.Grouping?] = [nil, .user, .session, .namespace, .type]
        let grouping = world.pick(groupings)
        var query = TimelineQuery(world.pick(TimelineQuery.Measure.allCases), by: grouping)
        query.bucket = world.pick(TimeBucket.allCases)
        if world.chance(2) || grouping == .user || grouping == .session { query.namespace = world.pick(namespaces) }
        if query.namespace != nil, world.chance(3) { query.user = world.pick(users) }
        if let namespace = query.namespace, world.chance(4) {
            query.session = world.sessions.filter { $0.namespace == namespace }.randomElement(using: &world.random)?.key
        }
        if world.chance(4) { query.type = world.pick(["MessageAppended", "OddThing", "MemoryAdded", "SessionOpened"]) }
        let past = Int64.random(in: 0...30_000_000, using: &world.random) * 1_000
        query.to = Timestamp(milliseconds: now.milliseconds - (world.chance(2) ? past : 0))
        query.last = Int.random(in: 1...1_000, using: &world.random)
        query.limit = 100
        return query
    }

    private static func compare(
        _ reading: some MemoryReading, _ model: TimelineModel, _ position: Position, _ now: Timestamp,
        _ world: inout World, _ comment: String
    ) async throws {
        var found = 0
        for _ in 0..<60 {
            let query = question(now, &world)
            let timeline: Timeline
            do { timeline = try await reading.timeline(query) } catch let error as AgentContextError {
                let known = model.standing(at: position).contains {
                    $0.namespace == query.namespace
                        && (error.code == .noUser ? $0.user == query.user : $0.session == query.session)
                }
                #expect(!known, "\(comment): \(query): \(error)")
                continue
            }
            let expected = model.counts(query, timeline.buckets, through: position)
            var counts: [String: [Int: Int64]] = [:]
            #expect(timeline.buckets.count == query.last, "\(comment): \(query)")
            for (index, bucket) in timeline.buckets.enumerated() {
                for group in bucket.groups { counts[group.name, default: [:]][index] = group.count }
                if query.grouping == nil, bucket.count > 0 { counts["", default: [:]][index] = bucket.count }
                #expect(query.grouping == nil || bucket.count == bucket.groups.reduce(0) { $0 + $1.count })
            }
            #expect(counts == expected, "\(comment): \(query)")
            #expect(timeline.total == expected.values.flatMap(\.values).reduce(0, +), "\(comment): \(query)")
            found += timeline.total > 0 ? 1 : 0
        }
        #expect(found > 5 || position < 50, "\(comment): questions by chance found nothing")
    }
}
