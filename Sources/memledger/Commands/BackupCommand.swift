import ArgumentParser
import EmbeddedLedger
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import SQLiteEventLog

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the whole ledger into a file, while others write, and verify the copy.",
        discussion: """
            Everything in it is of one moment; writers and readers do not wait. Every event is recomputed against the \
            Merkle tree before the file gets its name: under it there is the whole verified backup or nothing. Its table \
            backup_info says position, root and digests. The tables are copied as they are; --deep builds them again \
            from the events and makes no backup if they differ. If there is a signing key, a checkpoint is signed first, so \
            that the backup has one that covers it; with --checkpoint it is an error if none can be signed. Keys are \
            never copied: keep those elsewhere. Do not copy a ledger with cp.

            JSON: {"file", "size_bytes", "ledger_id", "origin", "position", "root", "made_at", "made_by", "checkpoint": \
            {"origin", "size", "root"}, "tables": {TABLE: SHA256}, "tables_compared"}; checkpoint is null if the ledger \
            has none.

              memledger backup /mnt/elsewhere/monday.sqlite
              memledger backup /mnt/elsewhere/latest.sqlite --force --checkpoint
            """)

    @Argument(help: ArgumentHelp("The file to make.", valueName: "file"), completion: .file()) var file: String
    @Flag(help: "Fail if no checkpoint can be signed first.") var checkpoint = false
    @Flag(help: "Replace the file if it is a backup, or empty; nothing else is replaced.") var force = false
    @Flag(help: "Compare the tables with the events, too.") var deep = false
    @OptionGroup var signing: SigningKeyOption
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if file.isEmpty { throw ValidationError("Name the file to make.") }
    }

    func run() async throws {
        try global.protectedFiles(signing).check(file)
        try await sign()
        let bars = BackupBars("Copying")
        defer { bars.finish() }
        let report = try await global.withLedger(.readOnly) { ledger in
            try await interruptible("\(file) was not written") {
                try await ledger.backUp(to: file, replacing: force, deep: deep) { bars.update($0) }
            }
        }
        bars.finish()
        await remember(report)
        try global.show(report.document()) { $0.backup(report) }
    }

    /// For `memledger status`. The backup is there all the same where the ledger cannot be written; a backup that is
    /// backed up stays one.
    private func remember(_ report: BackupReport) async {
        guard System.mayWrite(global.path), let source = try? SQLiteEventLog.summary(ofBackup: global.path),
            source.info == nil
        else { return }
        _ = try? await global.withLedgerAsItIs(.readWrite) { try await $0.remember(report) }
    }

    /// A backup is made all the same where a checkpoint is not insisted on.
    private func sign() async throws {
        // One that has lost events is not signed; it has been said why.
        let hasKey = try await global.withLedger(.readOnly) { ledger in
            try ledger.lostHead == nil && signing.keyFile(of: ledger).exists
        }
        guard checkpoint || hasKey else { return }
        do {
            _ = try await global.withLedger(.readWrite, takesSnapshots: false) { ledger in
                try await ledger.signCheckpoint(with: signing.given)
            }
        } catch  where !checkpoint && !Task.isCancelled {
            StandardError.say("No checkpoint was signed: \(error)")
        }
    }
}
