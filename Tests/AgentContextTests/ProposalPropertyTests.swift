import AgentContext
import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import MemoryLedger
import Testing

/// Goal: whatever is changed between a proposal and its acceptance, it is accepted if and only if nothing that it reads
/// or changes has changed, and then all of it is done. Method: memories and blocks changed by chance, directly and by
/// proposals, beside plain dictionaries; then after a rebuild, and as of former positions.
@Suite struct ProposalPropertyTests {
    /// What there is, and how often each was changed.
    private struct Model: Equatable {
        var memories: [String: String] = [:]
        var blocks: [String: String] = [:]
        var changes: [String: Int] = [:]

        mutating func set(_ subject: String, _ text: String?) {
            if subject.hasPrefix("m") { memories[subject] = text } else { blocks[subject] = text }
            changes[subject, default: 0] += 1
        }

        /// Nothing of it has changed that could be seen: of a memory that came and went again nothing stands.
        func stands(_ subject: String, asOf seen: Seen) -> Bool {
            if subject.hasPrefix("m"), !seen.wasThere, memories[subject] == nil { return true }
            return changes[subject, default: 0] == seen.changes
        }

        func seen(_ subject: String) -> Seen {
            Seen(changes: changes[subject, default: 0], wasThere: text(subject) != nil)
        }

        func text(_ subject: String) -> String? { subject.hasPrefix("m") ? memories[subject] : blocks[subject] }
    }

    /// How often a subject was changed by then, and whether there was one.
    private struct Seen {
        var changes: Int
        var wasThere: Bool
    }

    private struct Open {
        var key: MemoryKey
        var texts: [String: String?]
        /// What it reads or changes.
        var seen: [String: Seen]
    }

    private static let subjects = (0..<6).map { "m\($0)" } + (0..<4).map { "b\($0)" }

    @Test func onlyWhatStandsIsAccepted() async throws {
        let seed =
            ProcessInfo.processInfo.environment["MEMLEDGER_SEED"].flatMap { UInt64($0) } ?? .random(in: 100 ... .max)
        print("MEMLEDGER_SEED=\(seed)")
        var random = SeededRandom(seed)
        let folder = try ContextLedger()
        let ledger = try await folder.open { $0.file.durability = .normal }
        let context = folder.context(ledger)
        var model = Model()
        var open: [Open] = []
        var moments: [(Position, Model)] = []
        var outcomes = (accepted: 0, refused: 0)
        for step in 0..<250 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let subject = Self.subjects.randomElement(using: &random) ?? ""
                guard let text = Self.next(subject, model, step, &random) else { continue }
                try await Self.change(subject, from: model, to: text).run(ledger)
                model.set(subject, text)
            case 5..<8:
                let proposed = try await Self.propose(step, model, context, &random)
                if let proposed { open.append(proposed) }
            default:
                guard let index = open.indices.randomElement(using: &random) else { continue }
                let proposal = open.remove(at: index)
                let stands = proposal.seen.allSatisfy { model.stands($0.key, asOf: $0.value) }
                let error = await failure { try await context.accept(proposal.key) }
                #expect((error == nil) == stands, "seed \(seed), step \(step): \(String(describing: error))")
                #expect(error == nil || error?.code == .proposalConflict, "seed \(seed), step \(step)")
                guard error == nil else {
                    outcomes.refused += 1
                    continue
                }
                outcomes.accepted += 1
                for (subject, text) in proposal.texts { model.set(subject, text) }
            }
            if step.isMultiple(of: 40) { moments.append((try await (ledger.log as any EventLog).head(), model)) }
        }
        #expect(outcomes.accepted > 0 && outcomes.refused > 0, "seed \(seed)")
        for _ in 0..<2 {
            try await Self.expect(model, in: ledger, "seed \(seed)")
            try await ledger.rebuild()
        }
        for (position, model) in moments {
            try await Self.expect(model, in: ledger.asOf(.position(position)), "seed \(seed), position \(position)")
        }
        await ledger.close()
    }

    /// What a subject is to say next; nil within: it goes; nil: nothing can be done.
    private static func next(
        _ subject: String, _ model: Model, _ step: Int, _ random: inout SeededRandom
    ) -> String?? {
        let isThere = model.text(subject) != nil
        if isThere, Int.random(in: 0..<5, using: &random) == 0 { return .some(nil) }
        return .some("\(subject) \(step)")
    }

    private struct Step {
        var name: String
        var run: @Sendable (MemoryLedger) async throws -> Void
    }

    private static func change(_ subject: String, from model: Model, to text: String?) -> Step {
        let actor = Attribution(actor: "ann")
        if subject.hasPrefix("b") {
            let block = BlockReference(subject, of: .agent("a"))
            return Step(name: "block") { ledger in
                let context = AgentContext(ledger, by: actor)
                if let text {
                    _ = try await context.change(block, .set(text))
                } else {
                    try await context.delete(block)
                }
            }
        }
        let (key, isThere) = (MemoryKey(key: subject), model.memories[subject] != nil)
        return Step(name: "memory") { ledger in
            guard let text else { return _ = try await ledger.delete(key, by: actor) }
            if isThere {
                _ = try await ledger.update(key, MemoryChange(summary: text), by: actor)
            } else {
                _ = try await ledger.add(key, MemoryContent(summary: text), by: actor)
            }
        }
    }

    private static func propose(
        _ step: Int, _ model: Model, _ context: AgentContext, _ random: inout SeededRandom
    ) async throws -> Open? {
        var new = NewProposal("p\(step)")
        var open = Open(key: MemoryKey(key: "p\(step)"), texts: [:], seen: [:])
        for subject in subjects.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random)) {
            guard let text = next(subject, model, step, &random) else { continue }
            let change = change(subject, from: model, to: text)
            new.changes.append(ProposedChange(change.name, run: change.run))
            open.texts.updateValue(text, forKey: subject)
            open.seen[subject] = model.seen(subject)
        }
        guard !new.changes.isEmpty else { return nil }
        for subject in subjects.shuffled(using: &random).prefix(2) where model.text(subject) != nil {
            new.reads.append(
                subject.hasPrefix("b")
                    ? try await context.ledger.block(
                        BlockReference(subject, of: .agent("a"))
                    ).id : subject)
            open.seen[subject] = model.seen(subject)
        }
        _ = try await context.propose(new)
        return open
    }

    private static func expect(
        _ model: Model, in reading: some MemoryReading, _ comment: String
    ) async throws {
        for subject in subjects where subject.hasPrefix("m") {
            let found = try await reading.get(MemoryKey(key: subject))
            #expect(found?.content.summary == model.memories[subject], "\(comment), \(subject)")
        }
        let blocks = try await reading.blocks(of: .agent("a"), in: "mem")
        let texts = Dictionary(uniqueKeysWithValues: blocks.map { ($0.block.label, $0.block.value.text) })
        #expect(texts == model.blocks, "\(comment)")
    }
}
