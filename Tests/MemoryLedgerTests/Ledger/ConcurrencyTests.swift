import EventLog
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: concurrent commands on the same few keys behave as if they had come one after the other, and none that
/// succeeded is lost. Method: 32 tasks through two ledgers on one file; each success is looked for in the log by its
/// correlation; the log is replayed against the rules of a ledger.
@Suite(.onEveryBackend) struct ConcurrencyTests {
    private static let tasks = 32
    private static let steps = 12
    private static let keys = 4

    /// What one task was told: correlations of successes and of refusals.
    private struct Outcome: Sendable {
        var succeeded: [String] = []
        var refused: [String] = []
    }

    @Test(.timeLimit(.minutes(10)), arguments: [UInt64(11), 12, 13])
    func noSuccessIsLostAndNoRefusalLeavesATrace(seed: UInt64) async throws {
        let test = try await TestLedger.open(reads: .batched(reads: 5, milliseconds: 10))
        let other = try await test.another { $0.readCounting = .batched(reads: 3, milliseconds: 10) }
        for key in 0..<2 { try await test.ledger.add(MemoryKey(key: "k\(key)"), MemoryContent()) }
        let before = try await test.ledger.log.head()
        let outcome = try await withThrowingTaskGroup(of: Outcome.self) { group in
            for task in 0..<Self.tasks {
                let ledger = task % 2 == 0 ? test.ledger : other.ledger
                group.addTask { try await Self.work(ledger, task, seed) }
            }
            return try await group.reduce(into: Outcome()) {
                $0.succeeded += $1.succeeded
                $0.refused += $1.refused
            }
        }
        await other.ledger.close()
        try await test.ledger.flushReads()
        let events = try await test.ledger.events().filter { $0.position > before }
        var found: [String: [EventType]] = [:]
        for event in events { found[event.attribution.correlationID ?? "", default: []].append(event.type) }
        #expect(Set(found.keys) == Set(outcome.succeeded), "seed \(seed)")
        #expect(outcome.refused.allSatisfy { found[$0] == nil }, "seed \(seed)")
        for (name, types) in found {
            #expect(types == (name.contains("rename") ? ["MemoryRenamed", "MemoryNameTaken"] : [types[0]]), "\(name)")
        }
        #expect(outcome.succeeded.count > Self.tasks && !outcome.refused.isEmpty, "seed \(seed)")
        let keys = try Self.replay(try await test.ledger.events())
        #expect(try await Set(test.ledger.all().map(\.key)) == keys, "seed \(seed)")
        try await test.expectRebuildChangesNothing("seed \(seed)")
        await test.ledger.close()
    }

    private static func work(_ ledger: MemoryLedger, _ task: Int, _ seed: UInt64) async throws -> Outcome {
        var random = SeededGenerator(seed: seed &* 1_000 &+ UInt64(task))
        var outcome = Outcome()
        for step in 0..<steps {
            let id = MemoryKey(key: "k\(Int.random(in: 0..<keys, using: &random))")
            let target = "k\(Int.random(in: 0..<keys, using: &random))"
            let kind =
                ["add", "rename", "rename", "update", "link", "delete", "put", "access"]
                .randomElement(using: &random) ?? ""
            let name = "\(kind) \(task)/\(step)"
            let attribution = Attribution(correlationID: name)
            var isDone = true
            do {
                switch kind {
                case "add": try await ledger.add(id, MemoryContent(summary: name), by: attribution)
                case "rename": try await ledger.rename(id, to: target, by: attribution)
                case "update": try await ledger.update(id, MemoryChange(text: name), by: attribution)
                case "link":
                    try await ledger.link(id, MemoryLink(type: name, key: target, term: "t"), by: attribution)
                case "delete": try await ledger.delete(id, by: attribution)
                case "put": try await ledger.put(id, MemoryContent(summary: name), by: attribution)
                default: isDone = try await ledger.access(id, by: attribution) != nil
                }
            } catch let error as MemoryLedgerError
                where [.alreadyExists, .notFound, .sameKey].contains(error.code)
            {
                isDone = false
            }
            if isDone { outcome.succeeded.append(name) } else { outcome.refused.append(name) }
        }
        return outcome
    }

    /// The keys that hold a memory after these events; fails where an event could not have followed from the state.
    private static func replay(_ events: [RecordedEvent]) throws -> Set<String> {
        var keys: Set<String> = []
        for event in events {
            let key = try #require(MemoryStream.memory(event.stream)).key
            switch try #require(try MemoryEvent.decode(event)) {
            case .added: #expect(keys.insert(key).inserted, "\(event.position): \(key) was taken")
            case .renamed(let new):
                #expect(keys.remove(key) != nil && keys.insert(new).inserted, "\(event.position): \(key) to \(new)")
            case .deleted: #expect(keys.remove(key) != nil, "\(event.position): there was no \(key)")
            // Counted reads go to the key under which the memory was found.
            case .accessed, .traversed: break
            default: #expect(keys.contains(key), "\(event.position): there was no \(key) for \(event.type)")
            }
        }
        return keys
    }
}
