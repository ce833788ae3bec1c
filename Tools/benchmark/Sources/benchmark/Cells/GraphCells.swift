import EventLog
import LedgerOperations
import MemoryLedger

extension Cell {
    static let graphHub = Cell(
        name: "graph-hub", title: "a page of 100 of the 10,000 links to one of 1,000,000 memories, any page",
        target: .millisecondsAtMost(20)
    ) { bench in
        var measurement = Measurement(unit: "ms", floorName: "")
        let ledger = try await GraphCells.ledger(bench)
        let hub = MemoryKey(key: GraphCells.hub)
        var slowest = 0.0
        for _ in 0..<bench.runs {
            var times: [Double] = []
            var found = 0
            var query = NeighbourQuery(LinkFilter(direction: .incoming), limit: 100)
            repeat {
                var page: NeighbourPage?
                let cost = try await cost { page = try await ledger.neighbours(of: hub, query) }
                guard let page, page.total == GraphCells.links else { throw BenchmarkError("The hub lost links.") }
                found += page.neighbours.count
                query.after = page.next
                times.append(cost.seconds * 1_000)
            } while query.after != nil
            guard found == GraphCells.links else { throw BenchmarkError("\(found) links were shown.") }
            measurement.ours.append(median(times))
            slowest = max(slowest, times.max() ?? 0)
        }
        await ledger.close()
        measurement.notes.append("the slowest page \(short(slowest)) ms")
        return measurement
    }

    static let components = Cell(
        name: "components", title: "a page of the components of 1,000,000 memories with 2,000,000 links",
        target: .none
    ) { bench in
        var measurement = Measurement(unit: "ms", floorName: "")
        let ledger = try await GraphCells.ledger(bench)
        for _ in 0..<bench.runs {
            var page: ComponentPage?
            let cost = try await cost { page = try await ledger.components() }
            guard page?.total == 1 else { throw BenchmarkError("\(page?.total ?? 0) components were found.") }
            measurement.ours.append(cost.seconds * 1_000)
        }
        await ledger.close()
        return measurement
    }

    static let bulk = Cell(
        name: "bulk", title: "a bulk read of 50 of 1,000,000 memories, from a random one",
        target: .millisecondsAtMost(5)
    ) { bench in
        var measurement = Measurement(unit: "ms", floorName: "")
        let ledger = try await GraphCells.ledger(bench)
        let request = OperationRequest(ledger)
        for run in 0..<bench.runs {
            var corpus = Corpus(seed: UInt64(run))
            let memories = bench.size(1_000, quick: 50) * 1_000
            var times: [Double] = []
            for _ in 0..<200 {
                // Links lead to older ones, of which the first have too few.
                let key = MemoryKey(key: Corpus.key(memories - 1 - corpus.below(memories / 2)))
                let operation = BulkReadMemory(key, depth: 6, breadth: 20, total: 50)
                var read: BulkReadMemory.Result?
                let cost = try await cost { read = try await operation.run(in: request) }
                let count = read?.document()["metadata"]?["totalRetrieved"]?.number?.int64
                guard count == 50 else { throw BenchmarkError("\(count ?? 0) memories were read.") }
                times.append(cost.seconds * 1_000)
            }
            measurement.ours.append(median(times))
        }
        await ledger.close()
        return measurement
    }
}

private enum GraphCells {
    static let hub = "hub"
    static let links = 10_000

    /// Memories with two links each; 10,000 of them, in even steps, have one more, to the hub.
    static func ledger(_ bench: Bench) async throws -> MemoryLedger {
        let ledger = try await bench.openLedger("ours")
        try await ledger.add(MemoryKey(key: hub), MemoryContent(summary: "hub"))
        let thousands = bench.size(1_000, quick: 50)
        let step = thousands * 1_000 / links
        var corpus = Corpus(seed: 1)
        for batch in 0..<thousands {
            let memories = (0..<1_000).map { index in
                let number = batch * 1_000 + index
                var targets = [Corpus.key(max(0, number - 1)), Corpus.key(corpus.below(max(1, number)))]
                if number % step == 0 { targets.append(hub) }
                return (MemoryKey(key: Corpus.key(number)), corpus.memory(linkingTo: targets))
            }
            try await ledger.addAll(memories)
        }
        return ledger
    }
}
