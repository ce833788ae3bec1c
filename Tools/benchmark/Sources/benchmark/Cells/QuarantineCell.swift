import EventLog
import MemoryLedger

extension Cell {
    static let quarantine = Cell(
        name: "quarantine", title: "100,000 of 200,000 memories quarantined, and released again, the slower of both",
        target: .millisecondsAtMost(10_000)
    ) { bench in
        var measurement = Measurement(unit: "ms", floorName: "")
        let thousands = bench.size(200, quick: 20)
        let ledger = try await QuarantineCell.ledger(bench, thousands: thousands)
        let expected = thousands * 1_000 / 2
        var taken: [Double] = []
        var released: [Double] = []
        for _ in 0..<bench.runs {
            var count = 0
            let taking = try await cost { count = try await ledger.quarantine(QuarantineCell.contributor).memories }
            let releasing = try await cost { count -= try await ledger.release(QuarantineCell.contributor).memories }
            guard count == 0 else { throw BenchmarkError("\(count) memories were not released.") }
            taken.append(taking.seconds * 1_000)
            released.append(releasing.seconds * 1_000)
            measurement.ours.append(max(taking.seconds, releasing.seconds) * 1_000)
        }
        let hidden = try await ledger.previewQuarantine(QuarantineCell.contributor)
        await ledger.close()
        measurement.alsoReached = hidden.memories == expected
        measurement.notes = [
            "\(hidden.direct) from the source, \(hidden.memories - hidden.direct) derived from these",
            "to quarantine \(short(median(taken))) ms, to release \(short(median(released))) ms",
        ]
        return measurement
    }
}

private enum QuarantineCell {
    static let contributor = Contributor.source(.init(.tool, "web"))

    /// A half of the memories is from the source: of these four fifths directly, the others derived from one of them.
    static func ledger(_ bench: Bench, thousands: Int) async throws -> MemoryLedger {
        let ledger = try await bench.openLedger("ours")
        let web = Provenance(source: .init(.tool, "web"), trust: 40)
        var poisoned: MemoryKey?
        for (index, batch) in MemoryCells.memories(batches: thousands, seed: 1).enumerated() {
            let derived = poisoned.map { Provenance(derivedFrom: [$0]) }
            let provenance = index % 2 == 0 ? nil : index % 10 == 9 ? derived : web
            let actor = Attribution(actor: "agent \(index % 7)")
            try await ledger.addAll(batch, from: provenance, by: actor)
            if index % 10 == 1 { poisoned = batch[0].0 }
        }
        return ledger
    }
}
