import EventLog
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: a difference says exactly what has to be done to get from one moment to the other.
/// Method: single rules; then random logs, whose differences are applied to the earlier store and must give the later
/// one, found by the events in between and by comparing whole stores alike.
@Suite(.onEveryBackend) struct DiffTests {
    private func brief(_ page: DiffPage) -> [String] {
        page.differences.map { difference in
            let from = difference.formerKey.map { " from \($0)" } ?? ""
            let fields = difference.delta.fields.map(\.field).joined(separator: ",")
            return "\(difference.kind) \(difference.memory.key)\(from)\(difference.isReplaced ? " replaced" : ""): "
                + fields
        }
    }

    @Test func eachKind() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        for key in ["changed", "deleted", "old", "overwritten", "same", "back"] {
            try await ledger.add(MemoryKey(key: key), MemoryContent(summary: "s"))
        }
        let from = try await ledger.log.head()
        try await ledger.add("added", MemoryContent(summary: "s"))
        try await ledger.update("changed", MemoryChange(summary: "t"))
        try await ledger.delete("deleted")
        try await ledger.rename("old", to: "new")
        try await ledger.update("new", MemoryChange(text: "x"))
        try await ledger.put("overwritten", MemoryContent(summary: "t"))
        try await ledger.update("back", MemoryChange(summary: "t"))
        try await ledger.update("back", MemoryChange(summary: "s"))
        _ = try await ledger.access("same")
        let forwards = try await ledger.diff(DiffQuery(from: .position(from)))
        #expect(
            brief(forwards) == [
                "added added: summary,status,created_at", "changed changed: summary",
                "deleted deleted: summary,status,created_at", "renamed new from old: text",
                "changed overwritten replaced: summary",
            ])
        let head = try await ledger.log.head()
        let backwards = try await ledger.diff(DiffQuery(from: .position(head), to: .position(from)))
        #expect(
            brief(backwards) == [
                "deleted added: summary,status,created_at", "changed changed: summary",
                "added deleted: summary,status,created_at", "renamed old from new: text",
                "changed overwritten replaced: summary",
            ])
        #expect(backwards.differences[1].delta.fields == [FieldChange(field: "summary", before: "t", after: "s")])
        let one = try await ledger.diff(DiffQuery(from: .position(from), memory: "old"))
        #expect(brief(one) == ["renamed new from old: text"])
        let reads = try await ledger.diff(
            DiffQuery(from: .position(from), memory: "same", includesStatistics: true))
        #expect(brief(reads) == ["changed same: access_count"])
        #expect(try await ledger.diff(DiffQuery(from: .position(head))).differences.isEmpty)
        #expect(try await ledger.diff(DiffQuery(from: .position(from), namespace: "n")).differences.isEmpty)
        await ledger.close()
    }

    @Test func beforeTheFirstEventTheStoreIsEmpty() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        let start = test.clock.now()
        test.clock.advance(5_000)
        try await ledger.add("a", MemoryContent(summary: "s"))
        try await ledger.update("a", MemoryChange(summary: "t"))
        for from in [Moment.position(0), .time(start)] {
            let page = try await ledger.diff(DiffQuery(from: from))
            #expect(brief(page) == ["added a: summary,status,created_at"] && page.from.position == 0)
            #expect(
                try await ledger.diff(DiffQuery(from: .position(2), to: from)).differences.map(\.kind) == [.deleted])
            let whole = try await ledger.diff(DiffQuery(from: from, to: .occurred(test.clock.now())))
            #expect(brief(whole) == brief(page))
            let plan = try await ledger.planUndo(.matching(UndoFilter(since: from)))
            #expect(plan.events == 2 && plan.changes.map(\.kind) == [.deleted])
        }
        await ledger.close()
    }

    @Test func thePresentIsNowAndNotTheLastEvent() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent())
        test.clock.advance(5_000)
        let now = test.clock.now()
        let page = try await ledger.diff(DiffQuery(from: .time(now)))
        #expect(page.from == LogMoment(position: 1, time: now) && page.to == page.from)
        await ledger.close()
    }

    @Test func aKeyThatHeldNoMemoryIsNamed() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent())
        #expect(try await ledger.diff(DiffQuery(from: .position(1), memory: "a")).differences.isEmpty)
        await expectError(.notFound) { _ = try await ledger.diff(DiffQuery(from: .position(1), memory: "never")) }
        await ledger.close()
    }

    @Test(arguments: 1...6)
    func differencesLeadFromOneMomentToTheOther(seed: UInt64) async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        var random = RandomHistory(seed: seed, test)
        try await random.run(60)
        try await ledger.flushReads()
        let head = try await ledger.log.head()
        for _ in 0..<4 {
            let from = Position.random(in: 1...head, using: &random.random)
            let to = Position.random(in: 1...head, using: &random.random)
            let statistics = Bool.random(using: &random.random)
            var query = DiffQuery(
                from: .position(from), to: .position(to), includesStatistics: statistics,
                limit: Int.random(in: 1...5, using: &random.random))
            var differences: [MemoryDifference] = []
            repeat {
                let page = try await ledger.diff(query)
                differences += page.differences
                query.after = page.next
            } while query.after != nil
            let (old, new) = try await (ledger.asOf(.position(from)), ledger.asOf(.position(to)))
            let start = try await Store(old.everything(), statistics: statistics)
            let end = try await Store(new.everything(), statistics: statistics)
            #expect(start.applying(differences) == end, "seed \(seed), from \(from) to \(to)")
            let whole = DiffComparison(
                parts: ledger.parts,
                query: DiffQuery(from: .position(from), includesStatistics: statistics, limit: 1_000),
                from: old.moment, to: new.moment, after: nil)
            #expect(try await WholeDiff(comparison: whole).page().differences == differences, "seed \(seed)")
        }
        await ledger.close()
    }

    @Test func wrongQueriesSayWhy() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent())
        await expectLogError(.unknownMoment) { _ = try await ledger.diff(DiffQuery(from: .position(2))) }
        await expectError(.invalidArgument) { _ = try await ledger.diff(DiffQuery(from: .position(1), limit: 0)) }
        await expectError(.invalidArgument) { _ = try await ledger.diff(DiffQuery(from: .position(1), after: "x")) }
        await expectError(.invalidArgument) {
            _ = try await ledger.diff(DiffQuery(from: .position(1), memory: "a", namespace: "n"))
        }
        await ledger.close()
    }
}

/// A store as plain values, to which differences can be applied.
private struct Store: Equatable {
    var fields: [MemoryKey: [String: JSONValue]] = [:]
    var links: [MemoryKey: [JSONValue: Int]] = [:]

    init(_ memories: [Memory], statistics: Bool) {
        for memory in memories {
            fields[memory.id] = [:]
            links[memory.id] = [:]
            for member in MemoryFields(memory, statistics: statistics).members {
                fields[memory.id]?[member.name] = member.value
            }
            for link in memory.content.links { links[memory.id]?[link.json, default: 0] += 1 }
        }
    }

    func applying(_ differences: [MemoryDifference]) -> Store {
        var result = self
        for difference in differences {
            let former = MemoryKey(
                namespace: difference.memory.namespace, key: difference.formerKey ?? difference.memory.key)
            if difference.kind != .added {
                result.fields[former] = nil
                result.links[former] = nil
            }
        }
        for difference in differences where difference.kind != .deleted {
            let former = MemoryKey(
                namespace: difference.memory.namespace, key: difference.formerKey ?? difference.memory.key)
            let isNew = difference.kind == .added
            var fields = isNew ? [:] : self.fields[former] ?? [:]
            if isNew { for name in ["domain", "summary", "text", "type"] { fields[name] = "" } }
            if isNew { fields["keywords"] = [] }
            for change in difference.delta.fields { fields[change.field] = change.after }
            var links = isNew ? [:] : self.links[former] ?? [:]
            for link in difference.delta.linksLost {
                links[link.json, default: 0] -= 1
                if links[link.json] == 0 { links[link.json] = nil }
            }
            for link in difference.delta.linksGained { links[link.json, default: 0] += 1 }
            result.fields[difference.memory] = fields
            result.links[difference.memory] = links
        }
        return result
    }
}
