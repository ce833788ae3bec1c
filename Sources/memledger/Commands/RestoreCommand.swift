import ArgumentParser
import EmbeddedLedger
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import SQLiteEventLog

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Verify a backup, and put it in the ledger's place; or accept what a ledger has lost.",
        discussion: """
            The backup is verified first: every event against the Merkle tree, every table against its digest. If it \
            does not hold, nothing is changed. Tables that are not what the events say, although the backup says so, are \
            rebuilt. A backup of another ledger than is there is refused, unless --other-ledger is given. Asks \
            before it replaces a ledger; --yes does not ask. The former ledger \
            stays as LEDGER.before-restore-TIME, with its snapshots. No process may have the ledger open for \
            writing; programs that read it see the former one until they open it again. Access tokens that it had \
            revoked after the backup was made are revoked again; to another path there is nothing to carry over, and \
            what was revoked since the backup holds there: look at `token list`.

            A new epoch begins: later checkpoints bear another origin, so that they never contradict what was signed \
            before; its first event, in the stream $ledger/epochs, names the backup's last checkpoint and root, and \
            those of the ledger that was replaced. \
            --expect-checkpoint refuses a backup that does not continue a checkpoint that was held outside.

            A ledger that lacks events which were acknowledged, because its write-ahead log was damaged for instance, is \
            read with a warning and not written. Restore a backup then, or let the ledger go on without them with \
            --accept-loss: a new epoch begins in it, whose first event names what was lost. The write-ahead log is kept as \
            LEDGER-wal-lost-….

            JSON: {"ledger", "backup", "is_backup", "made_at", "restored_size", "restored_root", "restored_origin", \
            "epoch", "origin", "position", "checkpoint": {"origin", "size", "root"}, "erasures_undone", \
            "revocations_carried", "may_lack_revocations", "former_ledger", "projections_rebuilt": [NAME], \
            "projections_outdated": [NAME], "projections_not_compared": [{"name", "reason"}]}; made_at, checkpoint and former_ledger are null if there is none; outdated are those \
            that this program does not know, and are built when one that does opens the ledger. Exit status 3 if \
            memories are back that were erased after the backup was made, if the former ledger cannot tell which tokens \
            it had revoked, and if tables were not what the events say or could not be compared. With --accept-loss: {"ledger", "acknowledged": {"origin", "position", "root"}, \
            "size", "root", "epoch", "origin", "position", "checkpoint", "write_ahead_log_copy"}.

              memledger restore /mnt/elsewhere/monday.sqlite
              memledger restore monday.sqlite --to elsewhere.sqlite --expect-checkpoint monday.checkpoint
              memledger restore --accept-loss
              memledger log --stream '$ledger/epochs'
            """)

    @Argument(help: ArgumentHelp("The backup.", valueName: "file"), completion: .file()) var file: String?
    @Flag(help: "Restore nothing: go on without the acknowledged events that are missing.") var acceptLoss = false
    @Option(
        help: ArgumentHelp("Where to. (default: the ledger's file)", valueName: "ledger"), completion: .file())
    var to: String?
    @Flag(help: "Do not ask before a ledger is replaced.") var yes = false
    @Flag(help: "Do not keep the ledger that is replaced.") var discard = false
    @Flag(help: "Replace even another ledger than the backup is of.") var otherLedger = false
    @Option(
        help: ArgumentHelp("Refuse a backup that does not continue this checkpoint.", valueName: "checkpoint"),
        completion: .file())
    var expectCheckpoint: String?
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    private var target: String { to ?? global.path }

    func validate() throws {
        if acceptLoss {
            guard file == nil, to == nil, expectCheckpoint == nil, !discard, !otherLedger else {
                throw ValidationError("--accept-loss restores no backup; give it alone, or with --yes.")
            }
            guard yes || isAnybodyThere else {
                throw ValidationError("Cannot ask: there is no terminal; give --yes to go on without what is missing.")
            }
            return
        }
        guard let file else {
            throw ValidationError("Missing expected argument '<file>': name the backup, or give --accept-loss.")
        }
        if file.isEmpty { throw ValidationError("Name the backup.") }
        if to?.isEmpty == true { throw ValidationError("--to names no file.") }
        if expectCheckpoint?.isEmpty == true { throw ValidationError("--expect-checkpoint names no file.") }
    }

    private var isAnybodyThere: Bool { !global.json && System.isTerminal(0) && System.isTerminal(1) }

    func run() async throws {
        guard let file else { return try await goOn() }
        try await restore(file)
    }

    /// Accepts the loss.
    private func goOn() async throws {
        if !yes {
            let lost = try await global.withLedgerAsItIs(.readOnly) { $0.lostHead }
            guard try lost == nil || isConfirmed("Go on without these events?") else {
                try global.show(.null) { $0.line("Nothing was changed.") }
                throw ExitCode(ExitStatus.failed)
            }
        }
        let opening = MemoryLedgerOptions.ofCommand(global.masterKey.file(.readWrite))
        let report = try await global.appending(to: global.path) {
            try await MemoryLedger.acceptLoss(of: global.path, by: actor.attribution, options: opening)
        }
        try global.show(report.document()) { $0.accepted(report) }
    }

    private func restore(_ file: String) async throws {
        // Another ledger than the usual one, which is to stay as it is.
        if let to, !ProtectedFiles.areSame(to, global.path) { try global.protectedFiles().check(to) }
        let isReplacing = try SQLiteEventLog.isReplacedByRestore(target)
        guard yes || !isReplacing || isAnybodyThere else {
            throw ValidationError(
                "Cannot ask: there is no terminal, and there is a ledger at \(target); give --yes to replace it.")
        }
        var options = RestoreOptions()
        options.isDiscarding = discard
        options.allowsOtherLedger = otherLedger
        options.attribution = actor.attribution
        if let expectCheckpoint { options.expectedCheckpoint = try await ProofFiles.checkpoint(expectCheckpoint) }
        let summary = try SQLiteEventLog.summary(ofBackup: file)
        if isReplacing {
            guard try yes || isConfirmed(summary) else {
                try global.show(.null) { $0.line("Nothing was restored.") }
                throw ExitCode(ExitStatus.failed)
            }
            options.isReplacing = true
        }
        let opening = MemoryLedgerOptions.ofCommand(global.masterKey.file(.readWrite))
        let bars = BackupBars("Copying")
        defer { bars.finish() }
        let report = try await global.appending(to: target) { [options] in
            let report = try await interruptible("nothing was changed") { [options] in
                try await MemoryLedger.restore(file, to: target, options, options: opening) { bars.update($0) }
            }
            bars.finish()
            return report
        }
        try global.show(report.document()) { $0.restored(report) }
        if report.erasuresUndone > 0 || report.mayLackRevocations || !report.projections.areAsTheLogSays {
            throw ExitCode(ExitStatus.lookAt)
        }
    }

    private func isConfirmed(_ summary: BackupSummary) throws -> Bool {
        try global.show(.null) { $0.backupSummary(summary) }
        let fate = discard ? "will be deleted" : "stays as \(target).before-restore-…"
        return try isConfirmed("Replace the ledger \(target), which \(fate)?")
    }

    private func isConfirmed(_ question: String) throws -> Bool {
        let output = FileWriter.standardOutput()
        try output.write(Line.sanitised("\(question) [y/N]") + " ")
        try output.flush()
        let answer = try System.readAnswer()?.lowercased()
        return answer == "y" || answer == "yes"
    }
}
