import ArgumentParser
import EmbeddedLedger
import EventLog
import LedgerCapabilities
import MemoryLedger
import Projections
import SQLiteEventLog

/// What every command takes, before its name or after it.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: .customLong("ledger"),
        help: ArgumentHelp(
            "The ledger's file. (default: MEMLEDGER_FILE, else \(GlobalOptions.defaultFile))", valueName: "file"),
        completion: .file())
    var ledger: String?

    @Flag(help: "Print one JSON document.")
    var json = false

    @OptionGroup var masterKey: MasterKeyOption

    static let defaultFile = "memory-ledger.sqlite"

    var path: String { System.expandingHome(ledger ?? System.environment("MEMLEDGER_FILE") ?? Self.defaultFile) }

    func validate() throws {
        if ledger?.isEmpty == true { throw ValidationError("--ledger names no file.") }
    }

    /// Opens the ledger for the body and closes it whatever happens.
    ///
    /// - Parameters:
    ///   - access: `readOnly` fails where there is no ledger; `create` makes it.
    ///   - takesSnapshots: take one that has come due by what was written.
    ///   - adjust: sets what else is to be set.
    func withLedger<Result>(
        _ access: LedgerFileOptions.Access, takesSnapshots: Bool = true,
        progress: @escaping RebuildProgress = { _ in },
        adjusting adjust: (inout MemoryLedgerOptions) -> Void = { _ in },
        _ body: (MemoryLedger) async throws -> Result
    ) async throws -> Result {
        var options = MemoryLedgerOptions.ofCommand(masterKey.file(access))
        adjust(&options)
        let ledger = try await MemoryLedger.open(at: path, options: options, progress: progress)
        return try await use(ledger, access) { ledger in
            let result = try await body(ledger)
            guard access != .readOnly else { return result }
            // What was counted must be appended before the command says so.
            try await ledger.flushReads()
            // One a command, so that none takes long; and what was asked for is done, whatever becomes of it.
            if takesSnapshots { _ = try? await ledger.takeDueSnapshots(atMost: 1) }
            await SigningKeyOption.signIfDue(ledger)
            return result
        }
    }

    /// Runs the body, closes the ledger whatever happens, and says what the person who has read or written it must
    /// know. Every command that has a ledger open goes through here.
    func use<Result>(
        _ ledger: MemoryLedger, _ access: LedgerFileOptions.Access, _ body: (MemoryLedger) async throws -> Result
    ) async throws -> Result {
        if access == .readOnly { LossWarning.give(ledger.lostHead) }
        let head = access == .readOnly ? nil : try? await ledger.log.head()
        do {
            let result = try await body(ledger)
            if access != .readOnly { try ledger.log.inFile.file.checkIsThere() }
            if let head { await Notices.ofAppends(to: ledger, since: head) }
            await ledger.close()
            LossWarning.give(ledger.lostHead)
            return result
        } catch {
            // Some of it may be written.
            if let head { await Notices.ofAppends(to: ledger, since: head) }
            await ledger.close()
            LossWarning.give(ledger.lostHead, beside: error)
            throw Interrupted.describing(error, access)
        }
    }

    /// For commands that append to the ledger at a path without having it open.
    func appending<Result>(to path: String, _ body: () async throws -> Result) async throws -> Result {
        let jump = SQLiteEventLog.clockJump(beside: path, SystemTimeSource())
        let result = try await body()
        await Notices.ofAppends(toLedgerAt: path, jump)
        return result
    }
}

/// What a command that writes says about itself in the log.
struct WritingOptions: ParsableArguments {
    @Option(
        name: .customLong("request"),
        help: ArgumentHelp("The request that it belongs to, for the log.", valueName: "id"))
    var correlation: String?

    @Option(help: ArgumentHelp("The event that caused it, for the log.", valueName: "id"))
    var causation: String?

    /// As `--actor`, it filters in the commands that have a filter, and once said what is written.
    @Option(name: .customLong("correlation"), help: .private)
    var refused: String?

    func validate() throws {
        guard refused != nil else { return }
        throw ValidationError(
            "This command takes no --correlation: the request that it belongs to is --request ID; --correlation ID "
                + "goes with the commands that filter by it, such as log and undo.")
    }

    func attribution(_ acting: ActingOption) -> Attribution {
        Attribution(actor: acting.name, correlationID: correlation, causationID: causation)
    }

    func attribution(_ actor: ActorOption) -> Attribution { attribution(actor.acting) }
}

/// Which namespace a key is in.
struct NamespaceOption: ParsableArguments {
    @Option(help: "The namespace.")
    var namespace = MemoryKey.defaultNamespace

    func key(_ key: String) -> MemoryKey { MemoryKey(namespace: namespace, key: key) }
}
