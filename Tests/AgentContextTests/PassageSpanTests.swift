import AgentContext
import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import MemoryLedger
import Testing

/// Goal: what was put into an archive in a month is found without looking at other months, and in the order in which it
/// was put in, whatever the clock did. Method: passages by chance beside a plain filter; and two years of an archive,
/// of which the pages of the file are counted that a question touches.
@Suite struct PassageSpanTests {
    private struct Kept {
        var content: String
        var tags: [String]
        var at: Timestamp
        var id: String
    }

    @Test func spansAndTagsAreThoseOfAPlainFilter() async throws {
        let seed =
            ProcessInfo.processInfo.environment["MEMLEDGER_SEED"].flatMap { UInt64($0) } ?? .random(in: 100 ... .max)
        print("MEMLEDGER_SEED=\(seed)")
        var random = SeededRandom(seed)
        let folder = try ContextLedger()
        let ledger = try await folder.open { $0.file.durability = .normal }
        let context = folder.context(ledger)
        var kept: [Kept] = []
        for number in 0..<150 {
            // Now and then the clock is put back.
            folder.clock.advance(by: .seconds(Int64.random(in: -50_000...200_000, using: &random)))
            var passage = NewPassage("text \(number)")
            passage.tags = ["a", "b"].filter { _ in Bool.random(using: &random) }
            let inserted = try await context.insert(passage, into: "teas")
            _ = try await context.insert(passage, into: "others")
            kept.append(
                Kept(
                    content: passage.content, tags: passage.tags, at: folder.clock.now(), id: inserted.passage.id))
            if number % 7 == 0, let gone = kept.indices.randomElement(using: &random) {
                try await context.delete(passage: kept.remove(at: gone).id, from: "teas")
            }
        }
        for isRebuilt in [false, true] {
            if isRebuilt { try await ledger.rebuild() }
            for _ in 0..<60 {
                var query = PassageQuery("teas")
                let ends = (0..<2).map { _ in kept[Int.random(in: 0..<kept.count, using: &random)].at }.sorted()
                if Bool.random(using: &random) { query.from = ends[0] }
                if Bool.random(using: &random) { query.to = ends[1] }
                if Bool.random(using: &random) { query.anyTags = ["a", "b"] }
                if Bool.random(using: &random) { query.allTags = ["b"] }
                query.limit = Int.random(in: 1...60, using: &random)
                let asked = query
                let wanted = kept.filter { passage in
                    (asked.from.map { passage.at >= $0 } ?? true) && (asked.to.map { passage.at <= $0 } ?? true)
                        && (asked.anyTags.isEmpty || !passage.tags.isEmpty)
                        && (asked.allTags.isEmpty || passage.tags.contains("b"))
                }.map(\.content)
                var found: [String] = []
                repeat {
                    let page = try await ledger.passages(query)
                    #expect(page.total == wanted.count, "seed \(seed): \(asked)")
                    found += page.passages.map(\.passage.content)
                    query.after = page.next
                } while query.after != nil
                #expect(found == wanted.reversed(), "seed \(seed): \(asked)")
            }
        }
        await ledger.close()
    }

    private static let months = 24
    private static let perMonth = 200

    /// Pages of the file that a question looks at: those that were in a cache, and those that were not.
    private func pages(_ ledger: MemoryLedger, _ ask: () async throws -> Void) async throws -> Int {
        let log = try #require(ledger.log as? any MeasuredLog)
        while true {
            let before = log.figures
            try await ask()
            let after = log.figures
            // What works in the background may open or close a connection in between; its pages are not the question's.
            guard after.openReaders == before.openReaders else { continue }
            return Int(after.cacheHits + after.cacheMisses) - Int(before.cacheHits + before.cacheMisses)
        }
    }

    @Test func onlyItsMonthIsTouched() async throws {
        let folder = try ContextLedger()
        let ledger = try await folder.open { $0.file.durability = .normal }
        let text = String(repeating: "word ", count: 40)
        for month in 0..<Self.months {
            folder.clock.set(TimeBucket.month.start(Int64(month), after: FixedClock.start))
            for number in 0..<Self.perMonth {
                let stream = StreamFamily("passages").stream("mem", "teas/\(month)-\(number)")
                let passage = Passage("\(month) \(number) \(text)", archive: "teas", tokens: 40)
                try await ledger.commit(to: stream) { _ in [PassageEvent.inserted(passage)] }
            }
        }
        var query = PassageQuery("teas")
        _ = try await ledger.passages(query)
        let month = TimeBucket.month.start(11, after: FixedClock.start)
        (query.from, query.to) = (month, Timestamp(milliseconds: month.milliseconds + 1_000))
        let ofMonth = query
        let touched = try await pages(ledger) {
            let page = try await ledger.passages(ofMonth)
            #expect(page.total == Self.perMonth && page.passages.count == 20)
        }
        (query.from, query.to) = (FixedClock.start, nil)
        let all = query
        let touchedByAll = try await pages(ledger) {
            let total = try await ledger.passages(all).total
            #expect(total == Self.months * Self.perMonth)
        }
        // A scan of the archive looks at each of its 4,800 passages.
        #expect(touched < 200, "\(touched) pages")
        #expect(touchedByAll < 400, "\(touchedByAll) pages")
        await ledger.close()
    }
}
