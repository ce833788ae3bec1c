import EventLog
import LedgerCapabilities
import MemoryLedger
import Projections
import SQLiteEventLog

/// Rebuilds the projections and goes back to the former generation, again and again, and reports what serves after
/// each: `rebuilt 3`, `back 2`. Every round it reads a memory, which makes the generations stand at different
/// positions.
struct Rebuilder {
    private let ledger: MemoryLedger
    private let report: Report

    init(_ arguments: Arguments) async throws {
        report = try Report(path: arguments.text("report"))
        ledger = try await arguments.openLedger(.readWrite)
    }

    func run() async throws {
        while true {
            _ = try await ledger.access(MemoryKey(key: "k0"))
            try await ledger.flushReads()
            report.line("rebuilt \(try await ledger.rebuild().projections[0].generation)")
            report.line("back \(try await ledger.rollBack()[0].generation)")
        }
    }
}
