import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import MemoryLedger
import MerkleLog
import Projections
import SQLiteEventLog

/// Backs a ledger up, restores one, or signs it. `--kill-at STEP` kills it there; the report's lines say that it has
/// begun and how it ended.
struct BackupKeeper {
    private let arguments: Arguments
    private let report: Report
    private let step: String?

    init(_ arguments: Arguments) throws {
        self.arguments = arguments
        report = try Report(path: arguments.text("report"))
        step = try? arguments.text("kill-at")
    }

    private var kill: @Sendable (String) -> Void {
        { [step] reached in
            guard reached == step else { return }
            _ = Foundation.kill(getpid(), SIGKILL)
        }
    }

    /// Writes `--output`, `--times` over, each in the place of the one before.
    func backUp() async throws {
        let ledger = try await arguments.openLedger(.readOnly)
        for _ in 0..<(try arguments.number("times", default: 1)) {
            report.line("writing")
            let made = try await ledger.backUp(to: arguments.text("output"), replacing: true, atStep: kill)
            report.line("written \(made.info.position)")
        }
        await ledger.close()
    }

    /// Restores `--from` in the ledger's place.
    func restore() async throws {
        var options = RestoreOptions()
        options.isReplacing = true
        report.line("restoring")
        let done = try await MemoryLedger.restore(
            arguments.text("from"), to: arguments.file, options, atStep: kill)
        report.line("restored \(done.origin)")
    }

    /// Signs with the key beside the ledger. A report line is the note in base64.
    func sign() async throws {
        let ledger = try await arguments.openLedger(.readWrite, snapshots: .off)
        let stored = try await ledger.log.inFile.signCheckpoint(with: .beside(arguments.file), atStep: kill)
        report.line(Data(stored.signed.bytes).base64EncodedString())
        await ledger.close()
    }
}
