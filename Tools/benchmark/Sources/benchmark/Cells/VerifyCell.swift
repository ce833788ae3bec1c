import CFloor
import EmbeddedLedger
import EventLog
import MemoryLedger
import SQLiteEventLog

extension Cell {
    static let verify = Cell(
        name: "verify", title: "verify access events of 50,000 streams: every leaf, the tree, the streams",
        target: .ratioAtLeast(0.5)
    ) { bench in
        let (log, events) = try await ReplayCells.accesses(bench)
        let measurement = try await VerifyCells.measure(bench, log, events: events)
        await log.close()
        return measurement
    }

    static let verifyMemories = Cell(
        name: "verify-memories", title: "verify 650-byte memories", target: .ratioAtLeast(0.4)
    ) { bench in
        let thousands = bench.size(200, quick: 20)
        let ledger = try await MemoryCells.ledger(bench, thousands: thousands)
        let measurement = try await VerifyCells.measure(bench, ledger.log.inFile, events: thousands * 1_000)
        await ledger.close()
        return measurement
    }
}

private enum VerifyCells {
    static func measure(_ bench: Bench, _ log: SQLiteEventLog, events: Int) async throws -> Measurement {
        var measurement = Measurement(
            unit: "events/s", floorName: "C: a scan that fetches every column", notes: ["two chunks at a time"])
        let floor = try Floor(reading: log.path, bench.settings)
        let query = try floor.prepare("SELECT * FROM events ORDER BY position")
        for _ in 0..<bench.runs {
            var report: LogVerification?
            let ours = try await cost { report = try await log.verify() }
            guard report?.isClean == true, report?.events == Int64(events) else {
                throw BenchmarkError("The log is not clean.")
            }
            let theirs = try cost { try floor.check(floor_scan(query.handle) - 1) }
            measurement.addRates(ours, of: events, floor: theirs)
        }
        return measurement
    }
}
