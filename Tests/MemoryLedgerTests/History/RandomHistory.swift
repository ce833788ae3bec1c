import EventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Random commands on few keys, so that they meet: what fails (a taken key, a missing memory) is passed over.
struct RandomHistory {
    var random: SeededGenerator
    let ledger: MemoryLedger
    let clock: FixedClock
    /// Statistics by hand, too.
    var setsMeta = true
    var actors = ["a", "b"]

    init(seed: UInt64, _ test: TestLedger) {
        random = SeededGenerator(seed: seed)
        ledger = test.ledger
        clock = test.clock
    }

    private mutating func pick<T>(_ values: [T]) -> T { values[Int.random(in: 0..<values.count, using: &random)] }
    private mutating func key() -> String {
        let key = "k\(Int.random(in: 0..<6, using: &random))"
        return Int.random(in: 0..<5, using: &random) == 0 ? "mem:\(key)" : key
    }
    mutating func memory() -> MemoryKey { MemoryKey(namespace: pick(["mem", "mem", "a/b%"]), key: key()) }

    mutating func link() -> MemoryLink {
        let target: String? = Int.random(in: 0..<6, using: &random) == 0 ? nil : key()
        return MemoryLink(
            type: pick(["design", "bug"]), key: target, term: pick(["t", "u"]), weight: pick([0.25, 0.5, 1]))
    }

    mutating func content() -> MemoryContent {
        MemoryContent(
            domain: pick(["", "d", "e"]), summary: "s\(Int.random(in: 0..<4, using: &random))",
            text: pick(["", "é", "e\u{301}"]), type: pick(["", "decision"]), keywords: pick([[], ["w"], ["w", "x"]]),
            links: (0..<Int.random(in: 0..<3, using: &random)).map { _ in link() })
    }

    mutating func run(_ steps: Int) async throws {
        for _ in 0..<steps {
            clock.advance(Int64.random(in: 0..<3, using: &random))
            do { try await step() } catch is MemoryLedgerError {}
        }
    }

    private mutating func step() async throws {
        let memory = memory()
        let attribution = Attribution(actor: pick(actors))
        switch Int.random(in: 0..<21, using: &random) {
        case 0..<5: try await ledger.add(memory, content(), by: attribution)
        case 5: try await ledger.put(memory, content(), by: attribution)
        case 6..<9:
            let new = content()
            let change = MemoryChange(
                domain: pick([nil, new.domain]), summary: new.summary, text: pick([nil, new.text]),
                keywords: pick([nil, new.keywords]), links: pick([nil, nil, new.links]))
            try await ledger.update(memory, change, by: attribution)
        case 9..<12: try await ledger.rename(memory, to: key(), by: attribution)
        case 12..<14: try await ledger.delete(memory, by: attribution)
        case 14..<17: try await ledger.link(memory, link(), by: attribution)
        case 17: try await ledger.unlink(memory, from: key(), by: attribution)
        case 20 where memory.hasPrefix:
            // As an import does.
            if try await ledger.find(memory) == nil { try await ledger.putExactly(memory, content(), by: attribution) }
        case 18: if setsMeta { try await setMeta(memory, attribution) }
        default: _ = try await ledger.access(memory, by: attribution)
        }
    }

    private mutating func setMeta(_ memory: MemoryKey, _ attribution: Attribution) async throws {
        guard var meta = try await ledger.get(memory)?.meta else { return }
        meta.status = pick(MemoryStatus.allCases)
        meta.accessCount = Int.random(in: 0..<9, using: &random)
        try await ledger.setMeta(memory, MemoryMetaValues(meta), by: attribution)
    }
}

extension MemoryReading {
    /// Every memory of up to a page.
    func everything() async throws -> [Memory] {
        try await list(MemoryQuery(limit: MemoryQuery.maximumLimit)).memories
    }
}
