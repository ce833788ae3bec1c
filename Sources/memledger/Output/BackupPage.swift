import EmbeddedLedger
import EventLog
import MemoryLedger
import MerkleLog
import SQLiteEventLog

/// Bars, one for each thing that takes long.
struct BackupBars {
    private let copying: ProgressBar
    private let verifying = ProgressBar("Verifying", unit: "events")
    private let comparing = ProgressBar("Comparing", unit: "events")

    init(_ copying: String) { self.copying = ProgressBar(copying, unit: "bytes") }

    func update(_ progress: BackupProgress) {
        switch progress.phase {
        case .copying: copying.update(progress.done, of: progress.total)
        case .verifying:
            copying.finish()
            verifying.update(progress.done, of: progress.total)
        case .comparing:
            copying.finish()
            verifying.finish()
            comparing.update(progress.done, of: progress.total)
        }
    }

    func finish() {
        copying.finish()
        verifying.finish()
        comparing.finish()
    }
}

extension Page {
    mutating func backup(_ report: BackupReport) {
        let info = report.info
        let events = Figures.count(info.position, "event", "events")
        let compared =
            report.areTablesCompared ? ", and its tables against them" : "; its tables are as the ledger had them"
        line("Backed up \(events) to \(report.file), and verified every event\(compared).", .green)
        fields([
            ("size", Figures.bytes(report.sizeBytes)), ("origin", info.origin), ("root", info.root.description),
            ("checkpoint", info.checkpoint.map { Figures.count($0.checkpoint.size, "event", "events") } ?? "none"),
        ])
    }

    mutating func restored(_ report: RestoreReport) {
        let size = Figures.count(report.restoredSize, "event", "events")
        line("Verified \(report.backup), and restored \(size) to \(report.ledger).", .green)
        if report.info == nil {
            line("It is a ledger and no backup: its tables had no digests, and were compared with its events.")
        }
        for name in report.projections.rebuilt {
            line(
                "The tables of \(name) were not what the events say, and were rebuilt: look who changed them.",
                .yellow)
        }
        for one in report.projections.notCompared {
            line("The tables of \(one.projection) could not be compared with the events: \(one.reason)", .yellow)
        }
        for name in report.projections.outdated {
            line(
                "This program does not know \(name); it is built when a program that does opens the ledger.", .dim)
        }
        if report.erasuresUndone > 0 {
            let subjects = Figures.count(report.erasuresUndone, "erased memory is", "erased memories are")
            line("\(subjects) back, because the backup is older than their erasure: erase them again.", .yellow)
        }
        if report.revocationsCarried > 0 {
            let tokens = Figures.count(report.revocationsCarried, "access token", "access tokens")
            line("Revoked \(tokens) again that the former ledger had revoked after the backup was made.")
        }
        if report.mayLackRevocations {
            line(
                "The former ledger cannot tell which access tokens it had revoked: look at `memledger token list`, and "
                    + "revoke those that are not to hold.", .yellow)
        }
        fields([
            ("backup of", report.info?.madeAt.rfc3339 ?? ""), ("epoch", String(report.origin.epoch)),
            ("origin", report.origin.text),
            ("continues", report.checkpoint.map { "checkpoint of \(Figures.count($0.size, "event", "events"))" } ?? ""),
            ("former ledger", report.formerLedger ?? ""),
        ])
    }

    mutating func backupSummary(_ summary: BackupSummary) {
        let events = summary.position.map { Figures.count($0, "event", "events") } ?? "unknown"
        fields([
            ("backup", summary.file), ("events", events),
            ("made at", summary.info?.madeAt.rfc3339 ?? "it is a ledger, and no backup"),
            ("origin", summary.info?.origin ?? ""),
        ])
    }
}
