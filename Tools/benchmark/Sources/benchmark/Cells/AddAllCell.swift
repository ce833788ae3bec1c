import EmbeddedLedger
import EventLog
import MemoryLedger
import SQLiteEventLog

extension Cell {
    static let addAll = Cell(
        name: "add-all", title: "addAll of 650-byte memories with two links, 1,000 per call, all projections",
        target: .ratioAtLeast(0.6)
    ) { bench in
        try await AddAllCell.measure(bench, .neighbours)
    }

    static let addAllApart = Cell(
        name: "add-all-apart", title: "the same, but each second link points at any older memory",
        target: .ratioAtLeast(0.5)
    ) { bench in
        var measurement = try await AddAllCell.measure(bench, .anyOlder)
        measurement.notes.append("the row of the memory that is pointed at changes; the floor only inserts")
        return measurement
    }
}

private enum AddAllCell {
    static func measure(_ bench: Bench, _ links: MemoryCells.Links) async throws -> Measurement {
        var measurement = Measurement(
            unit: "memories/s", floorName: "C: the same rows of events, memories and memory_links, with their indexes")
        let batches = bench.size(50, quick: 10)
        for run in 0..<bench.runs {
            let memories = MemoryCells.memories(batches: batches, seed: UInt64(run), links)
            let ledger = try await bench.openLedger("ours")
            let ours = try await cost {
                for batch in memories { try await ledger.addAll(batch) }
            }
            await ledger.close()
            let path = try ledger.log.inFile.path
            let rows = try FloorRows(of: path, [("events", 1_000), ("memories", 1_000), ("memory_links", 2_000)])
            let floor = try Floor(
                at: bench.folder.fresh("floor"), like: path, tables: ["events", "memories", "memory_links"],
                bench.settings)
            let theirs = try rows.insert(into: floor, transactions: 0..<rows.transactions, bench.settings)
            measurement.addRates(ours, of: batches * 1_000, floor: theirs)
        }
        return measurement
    }
}

enum MemoryCells {
    /// Where a memory's two links point.
    enum Links {
        /// At the two memories before it.
        case neighbours
        /// At the memory before it, and at any older one.
        case anyOlder
    }

    static func memories(
        batches: Int, seed: UInt64, _ links: Links = .anyOlder
    ) -> [[(MemoryKey, MemoryContent)]] {
        var corpus = Corpus(seed: seed)
        return (0..<batches).map { batch in
            (0..<1_000).map { index in
                let number = batch * 1_000 + index
                let second = links == .neighbours ? number - 2 : corpus.below(max(1, number))
                let targets = [max(0, number - 1), max(0, second)]
                return (
                    MemoryKey(key: Corpus.key(number)), corpus.memory(linkingTo: targets.map(Corpus.key))
                )
            }
        }
    }

    /// A ledger with so many memories, opened again, so that no snapshot of them is under way.
    static func ledger(_ bench: Bench, thousands: Int) async throws -> MemoryLedger {
        let ledger = try await bench.openLedger("ours")
        for batch in memories(batches: thousands, seed: 1) { try await ledger.addAll(batch) }
        let path = try ledger.log.inFile.path
        await ledger.close()
        return try await MemoryLedger.open(at: path, options: MemoryLedgerOptions(file: bench.settings))
    }
}
