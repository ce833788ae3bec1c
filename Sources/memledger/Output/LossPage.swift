import EmbeddedLedger
import EventLog
import LedgerCapabilities
import MemoryLedger
import MerkleLog
import SQLiteEventLog
import Synchronization

/// Says once a command that the ledger has lost events, however often the command opens it.
enum LossWarning {
    private static let isGiven = Atomic<Bool>(false)

    /// - Parameter error: What the command failed with; that nothing is written because of the loss says enough.
    static func give(_ lost: LostHead?, beside error: (any Error)? = nil) {
        if let error = error as? EventLogError, error.code == .lostHead { return }
        guard let lost, !isGiven.exchange(true, ordering: .relaxed) else { return }
        StandardError.say(lost.warning)
    }
}

extension Page {
    mutating func accepted(_ report: LossReport) {
        line("The ledger goes on with \(Figures.count(report.size, "event", "events")), in a new epoch.", .green)
        fields([
            ("lost", report.lost.what), ("epoch", "\(report.origin.epoch)"), ("origin", report.origin.text),
            ("position", Figures.grouped(report.position)),
            ("write-ahead log", report.lost.writeAheadLogCopy ?? "there was none"),
        ])
    }
}
