import CFloor
import EventLog
import MemoryLedger

extension Cell {
    static let migrate = Cell(
        name: "migrate", title: "migrate a legacy Keyv table of 650-byte memories, second reading included",
        target: .rateAtLeast(18_000)
    ) { bench in
        var measurement = Measurement(
            unit: "rows/s", floorName: "", notes: ["without a copy of the source beforehand"])
        let thousands = bench.size(100, quick: 10)
        let source = try KeyvTable(bench, "legacy", thousands: thousands).floor.path
        for _ in 0..<bench.runs {
            let ledger = try await bench.openLedger("ours")
            var report: MigrationReport?
            let cost = try await cost { report = try await ledger.migrate(from: source) }
            await ledger.close()
            guard let report, report.imported == thousands * 1_000 else {
                throw BenchmarkError("\(report?.imported ?? 0) of \(thousands * 1_000) rows were imported.")
            }
            measurement.ours.append(Double(thousands * 1_000) / cost.seconds)
            measurement.notes.append("processor time for one: \(short(cost.cpuSeconds / Double(thousands) * 1e3)) µs")
        }
        measurement.notes = Array(measurement.notes.prefix(2))
        return measurement
    }
}
