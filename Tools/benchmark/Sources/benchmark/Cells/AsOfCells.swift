import EventLog
import LedgerCapabilities
import MemoryLedger
import Projections
import SQLiteEventLog

extension Cell {
    static let asOfOne = Cell(
        name: "as-of-one", title: "one memory as of a random position of 1,000,000 mixed events",
        target: .millisecondsAtMost(1)
    ) { bench in
        var measurement = Measurement(unit: "ms", floorName: "")
        let path = try await AsOfCells.ledger(bench)
        let ledger = try await AsOfCells.open(path, bench)
        let reads = bench.size(500, quick: 50)
        var slow: [Double] = []
        for run in 0..<bench.runs {
            var times: [Double] = []
            for (position, key) in try await AsOfCells.questions(ledger, count: reads, seed: UInt64(run)) {
                let cost = try await cost { _ = try await ledger.asOf(.position(position)).get(key) }
                times.append(cost.seconds * 1_000)
            }
            measurement.ours.append(median(times))
            slow.append(percentile(99, of: times))
        }
        await ledger.close()
        measurement.alsoReached = median(slow) <= 5
        measurement.notes.append("the 99th percentile, at most 5 ms: \(short(median(slow))) ms")
        return measurement
    }

    static let asOfStore = Cell(
        name: "as-of-store", title: "first answer from the whole store as of a random position, nothing open before",
        target: .millisecondsAtMost(2_000)
    ) { bench in
        var measurement = Measurement(
            unit: "ms", floorName: "", notes: ["1,000,000 mixed events; snapshots by the rule"])
        let path = try await AsOfCells.ledger(bench)
        var all: [Double] = []
        for run in 0..<bench.runs {
            var times: [Double] = []
            for position in try await AsOfCells.positions(path, bench, seed: UInt64(run)) {
                let ledger = try await AsOfCells.open(path, bench)
                let cost = try await cost { try await AsOfCells.ask(ledger, position) }
                await ledger.close()
                times.append(cost.seconds * 1_000)
            }
            measurement.ours.append(median(times))
            all += times
        }
        let worst = all.max() ?? 0
        measurement.alsoReached = worst <= 2_000
        measurement.notes.append("the slowest of \(all.count): \(short(worst)) ms")
        let ledger = try await AsOfCells.open(path, bench)
        let snapshots = try ledger.snapshots()
        let bytes = snapshots.reduce(0) { $0 + $1.bytes }
        let tables = Double(snapshots.last?.databaseBytes ?? 0) / 1e6
        measurement.notes.append(
            "\(snapshots.count) snapshots, \(short(Double(bytes) / 1e6)) MB; the last one's tables \(short(tables)) MB")
        await ledger.close()
        return measurement
    }

    static let asOfAgain = Cell(
        name: "as-of-again", title: "an answer from a moment that was opened before", target: .millisecondsAtMost(20)
    ) { bench in
        var measurement = Measurement(unit: "ms", floorName: "")
        let path = try await AsOfCells.ledger(bench)
        let ledger = try await AsOfCells.open(path, bench)
        for run in 0..<bench.runs {
            let position = try await AsOfCells.positions(path, bench, seed: UInt64(run))[0]
            try await AsOfCells.ask(ledger, position)
            let cost = try await cost {
                for _ in 0..<100 { try await AsOfCells.ask(ledger, position) }
            }
            measurement.ours.append(cost.seconds * 10)
        }
        await ledger.close()
        return measurement
    }

    static let diff = Cell(
        name: "diff", title: "the difference of two moments 1,000 events apart in 1,000,000 mixed events",
        target: .millisecondsAtMost(200)
    ) { bench in
        var measurement = Measurement(unit: "ms", floorName: "")
        let path = try await AsOfCells.ledger(bench)
        let ledger = try await AsOfCells.open(path, bench)
        var found: [Double] = []
        for run in 0..<bench.runs {
            var times: [Double] = []
            for position in try await AsOfCells.positions(path, bench, seed: UInt64(run)) where position > 1_000 {
                let query = DiffQuery(
                    from: .position(position - 1_000), to: .position(position), limit: DiffQuery.maximumLimit)
                let cost = try await cost { found.append(Double(try await ledger.diff(query).differences.count)) }
                times.append(cost.seconds * 1_000)
            }
            measurement.ours.append(median(times))
        }
        await ledger.close()
        measurement.notes.append("memories that differ: \(short(median(found)))")
        return measurement
    }

    static let snapshotOverhead = Cell(
        name: "snapshot-overhead", title: "addAll while snapshots are taken, 1,000 memories per call",
        target: .ratioAtLeast(0.95)
    ) { bench in
        var measurement = Measurement(unit: "memories/s", floorName: "the same without snapshots")
        let batches = bench.size(400, quick: 150)
        let memories = MemoryCells.memories(batches: batches, seed: 1)
        for run in 0..<bench.runs {
            // Who comes first has the emptier disk.
            let rules: [SnapshotRule] = run.isMultiple(of: 2) ? [.automatic, .off] : [.off, .automatic]
            var costs: [SnapshotRule: Cost] = [:]
            for rule in rules {
                var options = MemoryLedgerOptions(file: bench.settings)
                options.snapshots = rule
                let ledger = try await MemoryLedger.open(at: bench.folder.fresh("ours"), options: options)
                costs[rule] = try await cost { for batch in memories { try await ledger.addAll(batch) } }
                if rule != .off { measurement.notes = ["\(try ledger.snapshots().count) snapshots taken meanwhile"] }
                await ledger.close()
            }
            if let ours = costs[.automatic], let floor = costs[.off] {
                measurement.addRates(ours, of: batches * 1_000, floor: floor)
            }
        }
        return measurement
    }
}

private enum AsOfCells {
    static func ledger(_ bench: Bench) async throws -> String {
        try await MixedLedger.make(
            bench, operations: bench.size(1_000_000, quick: 200_000), snapshots: .automatic)
    }

    static func open(_ path: String, _ bench: Bench) async throws -> MemoryLedger {
        var options = MemoryLedgerOptions(file: bench.settings)
        options.file.access = .readOnly
        return try await MemoryLedger.open(at: path, options: options)
    }

    /// A question that needs the whole store.
    static func ask(_ ledger: MemoryLedger, _ position: Position) async throws {
        let page = try await ledger.asOf(.position(position)).list(MemoryQuery(limit: 10))
        guard !page.memories.isEmpty else { throw BenchmarkError("There is nothing at position \(position).") }
    }

    static func positions(_ path: String, _ bench: Bench, seed: UInt64) async throws -> [Position] {
        let ledger = try await open(path, bench)
        let head = try await ledger.log.head()
        await ledger.close()
        var random = SeededRandom(seed: seed)
        return (0..<8).map { _ in Position(random.below(Int(head))) + 1 }
    }

    /// Positions, each with a key that had been used by then.
    static func questions(
        _ ledger: MemoryLedger, count: Int, seed: UInt64
    ) async throws -> [(Position, MemoryKey)] {
        let head = try await ledger.log.head()
        var random = SeededRandom(seed: seed)
        var questions: [(Position, MemoryKey)] = []
        while questions.count < count {
            let position = Position(random.below(Int(head))) + 1
            let event = try await ledger.log.event(at: Position(random.below(Int(position))) + 1)
            guard let stream = event?.stream.rawValue, let slash = stream.firstIndex(of: "/") else { continue }
            let key = MemoryKey(namespace: String(stream[..<slash]), key: String(stream[stream.index(after: slash)...]))
            questions.append((position, key))
        }
        return questions
    }
}
