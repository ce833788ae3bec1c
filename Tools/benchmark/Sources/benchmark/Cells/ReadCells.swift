import CFloor
import EmbeddedLedger
import EventLog
import MemoryLedger
import SQLiteEventLog

extension Cell {
    static let get = Cell(
        name: "get", title: "get a memory by key, not counted, random among 50,000", target: .ratioAtMost(1.4)
    ) { bench in
        var measurement = Measurement(unit: "µs", floorName: "C: all columns of the same row by key")
        let thousands = bench.size(50, quick: 5)
        let reads = bench.size(50_000, quick: 10_000)
        let ledger = try await MemoryCells.ledger(bench, thousands: thousands)
        let floor = try Floor(reading: ledger.log.inFile.path, bench.settings)
        let query = try floor.prepare(ReadCells.select)
        for run in 0..<bench.runs {
            var corpus = Corpus(seed: UInt64(run))
            let keys = (0..<reads).map { _ in Corpus.key(corpus.below(thousands * 1_000)) }
            let ours = try await cost {
                for key in keys {
                    guard try await ledger.get(MemoryKey(key: key)) != nil else { throw BenchmarkError("No \(key).") }
                }
            }
            let theirs = try cost {
                for key in keys { try floor.check(floor_fetch(query.handle, MemoryKey.defaultNamespace, key) - 1) }
            }
            measurement.addTimes(ours, floor: theirs, of: reads)
        }
        await ledger.close()
        return measurement
    }

    static let countedGet = Cell(
        name: "counted-get", title: "get a memory with its links' summaries and count the read, batched",
        target: .ratioAtLeast(8)
    ) { bench in
        var measurement = Measurement(
            unit: "reads/s", floorName: "C: a Keyv-shaped SELECT and UPDATE of the value, one transaction each",
            notes: ["keys by Zipf's law over 50,000, in random order: an agent reads some memories often"])
        let thousands = bench.size(50, quick: 5)
        let reads = bench.size(20_000, quick: 5_000)
        let keyvReads = bench.size(2_000, quick: 500)
        let ledger = try await MemoryCells.ledger(bench, thousands: thousands)
        let service = KVMemoryService(ledger)
        let keyv = try KeyvTable(bench, "keyv", thousands: thousands)
        for run in 0..<bench.runs {
            var corpus = Corpus(seed: UInt64(run))
            let keys = (0..<reads).map { _ in
                // Neighbouring ranks must not be neighbouring rows.
                Corpus.key(corpus.zipf(thousands * 1_000) &* 7_919 % (thousands * 1_000))
            }
            let ours = try await cost {
                for key in keys {
                    guard try await service.getMemory(MemoryKey.defaultNamespace, key) != nil else {
                        throw BenchmarkError("No \(key).")
                    }
                }
                try await ledger.flushReads()
            }
            let theirs = try cost { for key in keys.prefix(keyvReads) { try keyv.getAndSet(key) } }
            measurement.addRates(ours, of: reads, floor: theirs, of: keyvReads)
        }
        await ledger.close()
        return measurement
    }
}

private enum ReadCells {
    static let select = """
        SELECT namespace, key, domain, summary, text, type, keywords, links, extra, created_at, last_accessed_at,
        last_linked_at, in_degree, out_degree, access_count, traverse_count, status, content_version
        FROM memories WHERE namespace = ? AND key = ?
        """
}
