import CFloor
import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import MemoryLedger
import SQLiteEventLog

extension Cell {
    static let search = Cell(
        name: "search", title: "search 1,000,000 memories of 60 words for two words, each drawn as in a text",
        target: .millisecondsAtMost(5)
    ) { bench in
        try await SearchCells.queries(bench, slowest: 50) { ledger, words, corpus in
            try await ledger.search(MemorySearch(words))
        }
    }

    static let searchNamespace = Cell(
        name: "search-namespace", title: "the same in one namespace, which has all of them: what a token of it may ask",
        target: .none
    ) { bench in
        try await SearchCells.queries(bench, slowest: nil) { ledger, words, corpus in
            try await ledger.search(MemorySearch(words, MemoryFilter(namespace: MemoryKey.defaultNamespace)))
        }
    }

    static let searchPast = Cell(
        name: "search-past", title: "the same as of random positions, a tenth of the texts having changed since",
        target: .millisecondsAtMost(100)
    ) { bench in
        let changes = bench.size(100_000, quick: 5_000)
        return try await SearchCells.queries(bench, changes: changes, slowest: nil) { ledger, words, corpus in
            let head = try await ledger.log.head()
            let position = head - Position(corpus.below(Int(head) / 2))
            return try await ledger.asOf(.position(position)).search(MemorySearch(words))
        }
    }

    static let searchDeep = Cell(
        name: "search-deep", title: "the hundredth page of 100 of a search's results, and the first",
        target: .ratioAtMost(2)
    ) { bench in
        var measurement = Measurement(unit: "ms", floorName: "ours: the first page")
        let ledger = try await SearchCells.ledger(bench)
        for run in 0..<bench.runs {
            var corpus = SearchCorpus(seed: UInt64(100 + run))
            var first: [Double] = []
            var deep: [Double] = []
            while first.count < 20 {
                var search = MemorySearch(corpus.text(2), limit: 100)
                var times: [Double] = []
                for _ in 0..<100 {
                    var next: String?
                    let cost = try await cost { next = try await ledger.search(search).next }
                    times.append(cost.seconds * 1_000)
                    guard next != nil else { break }
                    search.after = next
                }
                guard times.count == 100 else { continue }
                first.append(times[0])
                deep.append(times[99])
            }
            measurement.add(ours: median(deep), floor: median(first))
        }
        await ledger.close()
        return measurement
    }

    static let indexAppend = Cell(
        name: "index-append", title: "addAll, 1,000 per call, while the text index follows, and without one",
        target: .ratioAtLeast(0.5)
    ) { bench in
        var measurement = Measurement(unit: "memories/s", floorName: "ours: no index")
        let batches = bench.size(200, quick: 20)
        var waits: [Double] = []
        for run in 0..<bench.runs {
            var costs: [Cost] = []
            for isIndexed in [true, false] {
                let ledger = try await bench.openLedger("ours")
                var corpus = SearchCorpus(seed: UInt64(run))
                let memories = (0..<batches).map { batch in SearchCells.batch(batch, &corpus) }
                try await ledger.add(MemoryKey(key: "first"), corpus.memory())
                if isIndexed { _ = try await ledger.search(MemorySearch("first")) }
                costs.append(
                    try await cost {
                        for batch in memories { try await ledger.addAll(batch) }
                    })
                if isIndexed {
                    var search = MemorySearch("first")
                    search.waitsForIndex = true
                    let wait = try await cost { _ = try await ledger.search(search) }
                    waits.append(wait.seconds)
                }
                await ledger.close()
            }
            measurement.addRates(costs[0], of: batches * 1_000, floor: costs[1])
        }
        measurement.notes.append("then the index has all after another \(short(median(waits))) s")
        return measurement
    }

    static let indexRebuild = Cell(
        name: "index-rebuild", title: "make the text index of 1,000,000 memories of 60 words",
        target: .ratioAtLeast(0.6)
    ) { bench in
        var measurement = Measurement(
            unit: "memories/s",
            floorName: "FTS5's own with unicode61, without content, from the same columns, 8,192 rows a transaction")
        let count = SearchCells.memories(bench)
        let ledger = try await SearchCells.ledger(bench, isIndexed: false)
        let path = try ledger.log.inFile.path
        for _ in 0..<bench.runs {
            SearchCells.removeIndex(path)
            let ours = try await cost { try await SearchCells.index(ledger) }
            let floor = try Floor(at: bench.folder.fresh("floor"), bench.settings)
            try floor.execute("ATTACH '\(path)' AS ledger")
            try floor.execute(
                """
                CREATE VIRTUAL TABLE texts USING fts5 (key, summary, text, keywords, content = '', tokenize = 'unicode61')
                """)
            let last = floor.integer("SELECT max(id) FROM ledger.memories")
            let theirs = try cost {
                for start in stride(from: 0, through: last, by: 8_192) {
                    try floor.execute(
                        """
                        INSERT INTO texts (rowid, key, summary, text, keywords)
                        SELECT id, key, summary, text, keywords FROM ledger.memories
                        WHERE id > \(start) AND id <= \(start + 8_192)
                        """)
                }
            }
            measurement.addRates(ours, of: count, floor: theirs)
        }
        await ledger.close()
        return measurement
    }
}

private enum SearchCells {
    static func memories(_ bench: Bench) -> Int { bench.size(1_000_000, quick: 50_000) }

    static func batch(_ batch: Int, _ corpus: inout SearchCorpus) -> [(MemoryKey, MemoryContent)] {
        (0..<1_000).map { (MemoryKey(key: Corpus.key(batch * 1_000 + $0)), corpus.memory()) }
    }

    /// - Parameter changes: so many texts are written again, after all were added.
    static func ledger(_ bench: Bench, changes: Int = 0, isIndexed: Bool = true) async throws -> MemoryLedger {
        var options = MemoryLedgerOptions(file: bench.settings)
        options.file.durability = .normal
        let ledger = try await MemoryLedger.open(at: bench.folder.fresh("ours"), options: options)
        var corpus = SearchCorpus(seed: 1)
        for number in 0..<memories(bench) / 1_000 { try await ledger.addAll(batch(number, &corpus)) }
        for _ in 0..<changes {
            let key = MemoryKey(key: Corpus.key(corpus.below(memories(bench))))
            try await ledger.update(key, MemoryChange(summary: corpus.text(8), text: corpus.text(60)))
        }
        if isIndexed { try await index(ledger) }
        return ledger
    }

    static func index(_ ledger: MemoryLedger) async throws {
        var search = MemorySearch("everything")
        search.waitsForIndex = true
        let page = try await ledger.search(search)
        guard page.indexedTo == page.position else { throw BenchmarkError("The index is behind.") }
    }

    static func removeIndex(_ path: String) {
        for suffix in ["-search", "-search-wal", "-search-shm", "-search-lock"] {
            try? FileManager.default.removeItem(atPath: path + suffix)
        }
    }

    /// - Parameter slowest: what the 99th percentile may take, in milliseconds.
    static func queries(
        _ bench: Bench, changes: Int = 0, slowest: Double?,
        _ ask: (MemoryLedger, String, inout SearchCorpus) async throws -> MemorySearchPage
    ) async throws -> Measurement {
        var measurement = Measurement(unit: "ms", floorName: "")
        let ledger = try await ledger(bench, changes: changes)
        var slow: [Double] = []
        var most = 0
        for run in 0..<bench.runs {
            var corpus = SearchCorpus(seed: UInt64(100 + run))
            var times: [Double] = []
            for _ in 0..<1_000 {
                let words = corpus.text(2)
                var page: MemorySearchPage?
                let cost = try await cost { page = try await ask(ledger, words, &corpus) }
                most = max(most, page?.total ?? 0)
                times.append(cost.seconds * 1_000)
            }
            measurement.ours.append(median(times))
            slow.append(percentile(99, of: times))
        }
        await ledger.close()
        if let slowest {
            measurement.alsoReached = median(slow) <= slowest
            measurement.notes.append("the 99th percentile, at most \(short(slowest)) ms: \(short(median(slow))) ms")
        } else {
            measurement.notes.append("the 99th percentile: \(short(median(slow))) ms")
        }
        measurement.notes.append("1,000 searches a run; up to \(grouped(Double(most))) memories match")
        return measurement
    }
}
