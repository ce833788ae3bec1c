import EventLog
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// A ledger in which much has happened by chance, on few keys, so that they are renamed, deleted and linked often.
struct RandomLedger {
    private var random: SeededGenerator
    let test: TestLedger
    /// Every key that may ever have been used.
    static let keys: [MemoryKey] = namespaces.flatMap { namespace in
        (0..<keysOfEach).map { MemoryKey(namespace: namespace, key: "k\($0)") }
            + (0..<2).map { MemoryKey(namespace: namespace, key: "\(namespace):k\($0)") }
    }

    private static let namespaces = ["mem", "mem:project", "a/b%"]
    private static let keysOfEach = 8

    /// Writes at least so many events.
    static func make(
        seed: UInt64, events: Position, configure: (inout MemoryLedgerOptions) -> Void = { _ in }
    ) async throws -> TestLedger {
        var made = RandomLedger(
            random: SeededGenerator(seed: seed), test: try await TestLedger.open(configure: configure))
        while try await made.test.ledger.log.head() < events { try await made.step() }
        try await made.test.ledger.flushReads()
        return made.test
    }

    private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
    private mutating func id() -> MemoryKey { Self.keys[below(Self.keys.count)] }

    private mutating func link() -> MemoryLink {
        MemoryLink(
            type: "t\(below(2))",
            key: below(4) > 0 ? (below(4) > 0 ? "" : "mem:") + "k\(below(Self.keysOfEach))" : nil, term: "t\(below(3))",
            weight: Double(below(10)) / 10)
    }

    private mutating func content() -> MemoryContent {
        MemoryContent(
            domain: "d\(below(3))", summary: "é量子 \(random.next())", text: String(repeating: "text ", count: below(30)),
            type: "decision", keywords: (0..<below(3)).map { "w\($0)" }, links: (0..<below(4)).map { _ in link() })
    }

    /// Takes back the last change, which may restore what was there.
    private func undoLast() async throws {
        let types = MemoryEvent.Name.all.subtracting(MemoryEvent.Name.reads)
        let query = EventQuery(EventFilter(types: types), direction: .backwards, limit: 1)
        guard let last = try await test.ledger.log.read(query).events.first else { return }
        try await test.ledger.undo(test.ledger.planUndo(.events([last.id])))
    }

    /// One command, which may be refused.
    private mutating func step() async throws {
        test.clock.advance(Int64(below(5_000)))
        let (ledger, id) = (test.ledger, id())
        do {
            let contributor = RandomContributor(&random, keys: Self.keys)
            switch below(106) {
            case 0..<4 where id.hasPrefix:
                if try await ledger.find(id) == nil { try await ledger.putExactly(id, content()) }
            case 0..<15: try await ledger.add(id, content(), from: contributor.provenance, by: contributor.attribution)
            case 15..<30: try await ledger.put(id, content(), from: contributor.provenance, by: contributor.attribution)
            case 30..<42:
                try await ledger.update(
                    id, MemoryChange(text: "\(random.next())", links: [link()]), from: contributor.provenance,
                    by: contributor.attribution)
            case 100..<103: try await ledger.quarantine(contributor.contributor, reason: "chance")
            case 103..<105: try await ledger.release(contributor.contributor)
            case 105: try await undoLast()
            case 42..<56: try await ledger.rename(id, to: "k\(below(Self.keysOfEach))")
            case 56..<62: try await ledger.delete(id)
            case 62..<72: try await ledger.link(id, link())
            case 72..<78: try await ledger.unlink(id, from: "k\(below(Self.keysOfEach))")
            case 78..<80: try await ledger.setMeta(id, MemoryMetaValues(MemoryMeta(id: id.key, at: test.clock.now())))
            case 80..<92: _ = try await ledger.access(id)
            case 92..<100: _ = try await ledger.traverse(id)
            default: break
            }
        } catch is MemoryLedgerError {
            // A key that is taken or holds nothing: another command comes.
        }
    }
}

/// What a ledger answers at a position.
struct PastAnswers {
    var memories: [Memory]
    var namespaces: [LedgerStatistics.Namespace]
    var digests: [String: String]

    init(_ reading: some MemoryReading, at position: Position) async throws {
        memories = try await reading.list(MemoryQuery(limit: MemoryQuery.maximumLimit)).memories
        namespaces = try await reading.statistics().namespaces
        digests = try await reading.digest().tables
    }

    /// The live answers after some events of a ledger's log, appended one by one to another ledger.
    static func of(_ ledger: MemoryLedger, at positions: Set<Position>) async throws -> [Position: PastAnswers] {
        let model = try await TestLedger.open()
        var answers: [Position: PastAnswers] = [:]
        for event in try await ledger.events() {
            let new = NewEvent(
                id: event.id, type: event.type, schemaVersion: event.schemaVersion, payload: event.payload,
                occurredAt: event.occurredAt, attribution: event.attribution)
            _ = try await model.ledger.log.append(to: event.stream, [new])
            guard positions.contains(event.position) else { continue }
            answers[event.position] = try await PastAnswers(model.ledger, at: event.position)
        }
        await model.ledger.close()
        return answers
    }
}
