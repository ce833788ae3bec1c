import EventLog
import MerkleLog
import SQLiteEventLog

extension Cell {
    static let append = Cell(
        name: "append", title: "append 200-byte events to 50,000 streams, 1,000 per transaction",
        target: .ratioAtLeast(0.7)
    ) { bench in
        var measurement = Measurement(
            unit: "events/s", floorName: "C: the same rows, no index but the position",
            notes: ["payloads: 100 random bytes and 100 of text; ids of version 7"])
        let batches = bench.size(200, quick: 50)
        for run in 0..<bench.runs {
            let appends = AppendCells.appends(batches: batches, perBatch: 1_000, streams: 50_000, seed: UInt64(run))
            let log = try bench.openLog("ours")
            let ours = try await cost {
                for batch in appends { _ = try await log.append(batch) }
            }
            await log.close()
            let rows = try FloorRows(of: log.path, [("events", 1_000)])
            let floor = try Floor(at: bench.folder.fresh("floor"), like: log.path, tables: ["events"], bench.settings)
            let theirs = try rows.insert(into: floor, transactions: 0..<rows.transactions, bench.settings)
            measurement.addRates(ours, of: batches * 1_000, floor: theirs)
        }
        return measurement
    }

    static let appendHashed = Cell(
        name: "append-hashed", title: "the same, beside what hashes and stores each event's leaf, too",
        target: .ratioAtLeast(0.8)
    ) { bench in
        var measurement = Measurement(
            unit: "events/s", floorName: "C: the rows of events and of the tree; SHA-256 by the same library, before")
        let batches = bench.size(200, quick: 50)
        for run in 0..<bench.runs {
            let appends = AppendCells.appends(batches: batches, perBatch: 1_000, streams: 50_000, seed: UInt64(run))
            let log = try bench.openLog("ours")
            let ours = try await cost {
                for batch in appends { _ = try await log.append(batch) }
            }
            let entries = try await AppendCells.entries(of: log)
            await log.close()
            let tables = ["events", "tree_tiles"]
            let rows = try FloorRows(of: log.path, [("events", 1_000), ("tree_tiles", 4)])
            let floor = try Floor(at: bench.folder.fresh("floor"), like: log.path, tables: tables, bench.settings)
            var theirs = AppendCells.hash(entries)
            theirs += try rows.insert(into: floor, transactions: 0..<rows.transactions, bench.settings)
            measurement.addRates(ours, of: batches * 1_000, floor: theirs)
        }
        return measurement
    }

    static let appendOne = Cell(
        name: "append-one", title: "append one 200-byte event after the other, each synced", target: .ratioAtLeast(0.9)
    ) { bench in
        var measurement = Measurement(unit: "events/s", floorName: "C: one insert per transaction")
        let rounds = bench.size(10, quick: 4)
        let perRound = 200
        let source = try await AppendCells.source(bench, events: rounds * perRound)
        let rows = try FloorRows(of: source, [("events", 1)])
        for run in 0..<bench.runs {
            let appends = AppendCells.appends(
                batches: rounds * perRound, perBatch: 1, streams: 50_000, seed: UInt64(run))
            let log = try bench.openLog("ours")
            let floor = try Floor(at: bench.folder.fresh("floor"), like: source, tables: ["events"], bench.settings)
            var ours = Cost()
            var theirs = Cost()
            // Short turns: a disk is slower in one second than in the next.
            for round in 0..<rounds {
                let part = round * perRound..<(round + 1) * perRound
                ours += try await cost { for append in appends[part] { _ = try await log.append(append) } }
                theirs += try rows.insert(into: floor, transactions: part, bench.settings)
            }
            await log.close()
            measurement.addRates(ours, of: rounds * perRound, floor: theirs)
        }
        return measurement
    }

    static let appendTogether = Cell(
        name: "append-together", title: "64 concurrent callers append one event each, again and again, synced",
        target: .ratioAtLeast(20)
    ) { bench in
        var measurement = Measurement(unit: "events/s", floorName: "ours: one caller")
        let perCaller = bench.size(300, quick: 100)
        let callers = 64
        for run in 0..<bench.runs {
            let log = try bench.openLog("ours")
            let all = AppendCells.appends(
                batches: callers * perCaller + 1_000, perBatch: 1, streams: 50_000, seed: UInt64(run))
            var one = try await cost { for append in all.prefix(500) { _ = try await log.append(append) } }
            let together = try await cost {
                try await withThrowingTaskGroup { group in
                    for caller in 0..<callers {
                        let mine = all[(500 + caller * perCaller)...].prefix(perCaller)
                        group.addTask { for append in mine { _ = try await log.append(append) } }
                    }
                    try await group.waitForAll()
                }
            }
            one += try await cost { for append in all.suffix(500) { _ = try await log.append(append) } }
            await log.close()
            measurement.addRates(together, of: callers * perCaller, floor: one, of: 1_000)
        }
        return measurement
    }

    static let growth = Cell(
        name: "growth", title: "append 1,000 events at 10,000,000 in the log and at 100,000", target: .ratioAtMost(1.2)
    ) { bench in
        let total = bench.size(10_000, quick: 1_000)
        var measurement = Measurement(
            unit: "ms", floorName: "ours at 100,000 events",
            notes: ["one run; \(grouped(Double(total * 1_000))) events; the median of 100 appends around each place"])
        let log = try bench.openLog("ours")
        var corpus = Corpus(seed: 1)
        let payloads = (0..<5_000).map { _ in corpus.payload() }
        var times: [Double] = []
        for _ in 0..<total {
            let batch = (0..<1_000).map { _ in
                var event = corpus.event(payload: payloads[corpus.below(payloads.count)])
                event.attribution.actor = "benchmark"
                return StreamAppend(StreamName("thing/\(corpus.below(50_000))"), events: [event])
            }
            times.append(try await cost { _ = try await log.append(batch) }.seconds)
        }
        await log.close()
        let early = Array(times[50..<150])
        let late = Array(times.suffix(100))
        measurement.add(ours: median(late) * 1_000, floor: median(early) * 1_000)
        let means = [late, early].map { short($0.reduce(0, +) / Double($0.count) * 1_000) }
        measurement.notes.append("means, with the index's segments and checkpoints: \(means[0]) ms and \(means[1]) ms")
        return measurement
    }
}

enum AppendCells {
    /// What the leaves of the tree are hashes of.
    static func entries(of log: SQLiteEventLog) async throws -> [[UInt8]] {
        let ledger = try log.ledgerID
        var entries: [[UInt8]] = []
        var from: Position? = 0
        while let after = from {
            let page = try await log.read(EventQuery(from: after, limit: 1_000))
            entries += page.events.map { CanonicalEvent($0, in: ledger).bytes }
            from = page.next
        }
        return entries
    }

    /// What it takes to hash entries and the tree over them.
    static func hash(_ entries: [[UInt8]]) -> Cost {
        var root: MerkleHash?
        let cost = cost {
            var level = entries.map { MerkleHash.leaf($0) }
            while level.count > 1 {
                level = stride(from: 0, to: level.count, by: 2).map { first in
                    first + 1 < level.count ? MerkleHash.node(level[first], level[first + 1]) : level[first]
                }
            }
            root = level.first
        }
        precondition(root != nil || entries.isEmpty, "a tree of leaves has a root")
        return cost
    }

    /// Appends of one event to one stream each, in batches.
    static func appends(batches: Int, perBatch: Int, streams: Int, seed: UInt64) -> [[StreamAppend]] {
        var corpus = Corpus(seed: seed)
        return (0..<batches).map { _ in
            (0..<perBatch).map { _ in
                StreamAppend(StreamName("thing/\(corpus.below(streams))"), events: [corpus.event()])
            }
        }
    }

    /// A closed log with so many events, whose rows the floor takes.
    static func source(_ bench: Bench, events: Int) async throws -> String {
        let log = try bench.openLog("source")
        for batch in appends(batches: 1, perBatch: events, streams: 50_000, seed: 0) { _ = try await log.append(batch) }
        await log.close()
        return log.path
    }
}
