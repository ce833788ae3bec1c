import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import MerkleLog
import SQLiteEventLog

struct CheckpointCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "Sign what the ledger holds now: so many events, and this root.",
        discussion: """
            A checkpoint (C2SP tlog-checkpoint, Ed25519) proves nothing by itself: give it to a person who keeps it. \
            Who has one can tell later whether anything before it was changed or cut off. If the ledger's file \
            was rolled back, or the file beside the key is missing that says what was signed, signing is refused; the \
            newest copies in the folder must be continued, too.

            If there is a signing key, commands that write sign one by themselves when it is due: after 65,536 \
            events, or an hour after the last one, unless --every-events, --every-seconds or --never say otherwise. \
            Each is kept in the ledger and, with --folder, written there as <events in 20 digits>.checkpoint and \
            latest.checkpoint. These options only set that, and sign nothing.

            JSON: {"number", "origin", "size", "root", "made_at", "signers": [{"name", "id"}], "note", "file"}; with \
            list {"checkpoints": [the same without "file"]}, the newest first; where options are set {"automatic", \
            "every_events", "every_seconds", "folder"}.

              memledger checkpoint --output monday.checkpoint
              memledger checkpoint --every-events 1000 --every-seconds 60 --folder /mnt/elsewhere
              memledger checkpoint list
            """)

    @Argument(help: "Show those that the ledger keeps, the newest first.") var list: ListWord?
    @Option(
        help: ArgumentHelp(
            "Write the checkpoint into this file, in the place of none or of one that it continues.", valueName: "file"),
        completion: .file())
    var output: String?
    @Flag(help: "Replace whatever file --output names, but no key and no database.") var force = false
    @Option(help: "At most so many in the list.") var limit = 100
    @Option(help: ArgumentHelp("From now on sign one after so many events.", valueName: "events"))
    var everyEvents: Int64?
    @Option(help: ArgumentHelp("From now on sign one after so many seconds.", valueName: "seconds"))
    var everySeconds: Int64?
    @Flag(help: "From now on sign none by itself.") var never = false
    @Option(help: ArgumentHelp("From now on write each into this folder.", valueName: "folder"), completion: .directory)
    var folder: String?
    @Flag(help: "From now on write none into a folder.") var noFolder = false
    @OptionGroup var signing: SigningKeyOption
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    private var isSetting: Bool {
        everyEvents != nil || everySeconds != nil || never || folder != nil || noFolder
    }

    func validate() throws {
        if force, output == nil { throw ValidationError("--force goes with --output.") }
        if output?.isEmpty == true { throw ValidationError("--output names no file.") }
        if folder?.isEmpty == true { throw ValidationError("--folder names no folder.") }
        if list != nil, isSetting || output != nil { throw ValidationError("list goes with no other option.") }
        if isSetting, output != nil { throw ValidationError("--output goes with no option that sets something.") }
        if never, everyEvents != nil || everySeconds != nil { throw ValidationError("--never excludes --every-….") }
        if folder != nil, noFolder { throw ValidationError("--folder excludes --no-folder.") }
        if let everyEvents, everyEvents < 1 {
            throw ValidationError("--every-events is 1 or more, not \(everyEvents).")
        }
        if let everySeconds, !(1...SetCheckpoints.maximumSeconds).contains(everySeconds) {
            throw ValidationError("--every-seconds is 1 to \(SetCheckpoints.maximumSeconds), not \(everySeconds).")
        }
        guard (1...SQLiteEventLog.maximumCheckpoints).contains(limit) else {
            throw ValidationError("--limit is 1 to \(SQLiteEventLog.maximumCheckpoints), not \(limit).")
        }
    }

    func run() async throws {
        if list != nil { return try await show() }
        if isSetting { return try await set() }
        let target = try output.map { try OutputPath($0, replacing: true, global, signing, isPublic: true) }
        let former = try output.flatMap { try CheckpointOutput.former($0, force: force) }
        let stored = try await global.withLedger(.readWrite) { ledger in
            let stored = try await ledger.run(SignCheckpoint(with: signing.given), by: actor.attribution)
            if let former, let output {
                try CheckpointOutput.check(former, output, isContinuedBy: stored.signed, ledger)
            }
            return stored
        }
        try target?.replacing(force || former != nil).write(stored.signed.bytes)
        try global.show(stored.document().naming(file: output)) { page in
            if let output {
                page.line(
                    "Signed \(Figures.count(stored.checkpoint.size, "event", "events")); wrote \(output).", .green)
            } else {
                page.block(String(decoding: stored.signed.bytes, as: UTF8.self))
            }
        }
    }

    private func show() async throws {
        let operation = ListCheckpoints(limit: limit)
        let listed = try await global.withLedger(.readOnly) { try await $0.run(operation, by: actor.attribution) }
        try global.show(listed.document()) { page in
            page.checkpoints(listed.checkpoints)
            if listed.checkpoints.isEmpty { page.line("No checkpoints.", .dim) }
        }
    }

    private func set() async throws {
        if let folder { try global.protectedFiles(signing).check(folder) }
        var operation = SetCheckpoints()
        (operation.everyEvents, operation.everySeconds, operation.isOff) = (everyEvents, everySeconds, never)
        (operation.folder, operation.withoutFolder) = (folder.map { System.absolutePath($0) }, noFolder)
        operation.keyFile = signing.given
        let settings = try await global.withLedger(.readWrite) { [operation] in
            try await $0.run(operation, by: actor.attribution)
        }
        var words = "Signs none by itself"
        if case .every(let events, let milliseconds) = settings.rule ?? .standard {
            words =
                "Signs one after \(Figures.count(events, "event", "events")) or "
                + Figures.count(milliseconds / 1_000, "second", "seconds")
        }
        try global.show(settings.document()) { page in
            page.line(words + (settings.folder.map { ", and writes it into \($0)." } ?? "."), .green)
        }
    }
}
