import CFloor
import EmbeddedLedger
import EventLog
import MemoryLedger
import SQLiteEventLog

extension Cell {
    static let replayAccesses = Cell(
        name: "replay-accesses", title: "replay access events of 50,000 streams, decoded",
        target: .ratioAtLeast(0.7)
    ) { bench in
        let (log, events) = try await ReplayCells.accesses(bench)
        defer { Task { await log.close() } }
        return try await ReplayCells.measure(bench, log, events: events)
    }

    static let replayMemories = Cell(
        name: "replay-memories", title: "replay 650-byte memories, decoded", target: .ratioAtLeast(0.5)
    ) { bench in
        let thousands = bench.size(200, quick: 20)
        let ledger = try await MemoryCells.ledger(bench, thousands: thousands)
        let measurement = try await ReplayCells.measure(bench, ledger.log.inFile, events: thousands * 1_000)
        await ledger.close()
        return measurement
    }
}

enum ReplayCells {
    /// 1,000,000 access events of 50,000 streams.
    static func accesses(_ bench: Bench) async throws -> (log: SQLiteEventLog, events: Int) {
        let batches = bench.size(1_000, quick: 100)
        let log = try bench.openLog("ours")
        var corpus = Corpus(seed: 1)
        for _ in 0..<batches {
            let batch = (0..<1_000).map { _ in
                var event = corpus.event(payload: [])
                event.type = "MemoryAccessed"
                event.attribution.actor = "agent"
                return StreamAppend(StreamName("mem/\(Corpus.key(corpus.below(50_000)))"), events: [event])
            }
            _ = try await log.append(batch)
        }
        return (log, batches * 1_000)
    }

    fileprivate static func measure(
        _ bench: Bench, _ log: SQLiteEventLog, events: Int
    ) async throws -> Measurement {
        var measurement = Measurement(unit: "events/s", floorName: "C: a scan that fetches every column")
        let floor = try Floor(reading: log.path, bench.settings)
        let query = try floor.prepare("SELECT * FROM events ORDER BY position")
        for _ in 0..<bench.runs {
            var found = 0
            let ours = try await cost { found = try await replay(log) }
            guard found == events else { throw BenchmarkError("\(found) of \(events) events were read.") }
            let theirs = try cost { try floor.check(floor_scan(query.handle) - 1) }
            measurement.addRates(ours, of: events, floor: theirs)
        }
        return measurement
    }

    private static func replay(_ log: SQLiteEventLog) async throws -> Int {
        var count = 0
        var from: Position? = 0
        while let after = from {
            // What fits into a processor's cache: memory that has left it takes longer to be written and freed.
            let page = try await log.read(EventQuery(from: after, limit: 1_000))
            for _ in page.events { count += 1 }
            from = page.next
        }
        return count
    }
}
