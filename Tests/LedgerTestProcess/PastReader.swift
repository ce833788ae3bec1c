import EventLog
import LedgerCapabilities
import MemoryLedger
import Projections
import SQLiteEventLog

/// Looks at the past again and again until it is killed, and reports each time that it has begun.
struct PastReader {
    private let arguments: Arguments
    private let report: Report

    init(_ arguments: Arguments) throws {
        self.arguments = arguments
        report = try Report(path: arguments.text("report"))
    }

    /// Opens every position in turn.
    func view() async throws {
        let ledger = try await arguments.openLedger(.readOnly)
        let head = try await ledger.log.head()
        while true {
            for position in stride(from: head, to: 0, by: -1) {
                let view = try await ledger.asOf(.position(position))
                guard try await view.statistics().position == position else { throw Usage(problem: "wrong position") }
                report.line("opened \(position)")
            }
        }
    }

    /// Takes all snapshots and drops them.
    func snapshots() async throws {
        let events = try arguments.number("events")
        let ledger = try await arguments.openLedger(.readWrite, snapshots: .growing(events: events, divisor: 1_000))
        while true {
            report.line("taking")
            _ = try await ledger.takeDueSnapshots()
            report.line("taken")
            _ = try await ledger.dropSnapshots()
        }
    }

    /// Checks the present out to `--output`.
    func checkout() async throws {
        let ledger = try await arguments.openLedger(.readOnly)
        let head = try await ledger.log.head()
        while true {
            report.line("writing")
            try await ledger.checkout(at: .position(head), to: arguments.text("output"), replacing: true)
        }
    }
}
