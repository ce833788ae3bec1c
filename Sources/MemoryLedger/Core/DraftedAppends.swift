package import EventLog
import Synchronization

/// What a command would have appended, had it not been drafted only.
final class DraftedAppends: Sendable {
    private struct State {
        var commands: [[StreamAppend]] = []
        var isRefused = false
    }

    private let state = Mutex(State())

    /// - Throws: `Taken`, always: the command has nothing to tell that would be so.
    func take(_ appends: [StreamAppend]) throws -> Never {
        state.withLock { $0.commands.append(appends) }
        throw Taken()
    }

    /// Those of each command.
    var commands: [[StreamAppend]] { state.withLock { $0.commands } }

    struct Taken: Error {}

    /// Notes that something else was to be appended, or done to the ledger's file.
    func refuse() -> MemoryLedgerError {
        state.withLock { $0.isRefused = true }
        return Self.refusal
    }

    /// - Throws: `notDraftable` if there was anything of that, whatever the caller made of the error.
    func check() throws {
        if state.withLock({ $0.isRefused }) { throw Self.refusal }
    }

    private static let refusal = MemoryLedgerError(
        .notDraftable,
        "While a command is drafted, only what it decides on is taken; what would be written otherwise is not. Do it on "
            + "the ledger itself.")
}

/// The log of a ledger whose commands are drafted: all can be read, and nothing is appended, whichever way it comes.
private struct DraftingEventLog: ForwardingEventLog {
    let forwarded: any EventLog
    let drafts: DraftedAppends

    func append(_ appends: [StreamAppend]) async throws -> AppendResult { throw drafts.refuse() }

    /// Others use it.
    func close() async {}
}

extension MemoryLedger {
    /// Finds out what a command would append now. It decides as ever, on the present state, and ends there.
    ///
    ///     let drafted = try await ledger.drafting { _ = try await $0.delete(MemoryKey(key: "tea")) }
    ///
    /// - Parameter command: one command on the ledger that it is given.
    /// - Returns: as the log would get it; empty if the command leaves everything as it is.
    /// - Throws: what the command throws before it has decided; `MemoryLedgerError` with `notDraftable` if it would
    ///   write otherwise than by deciding on events, and `invalidArgument` if there were two, since each was decided on
    ///   without the other.
    package func drafting(_ command: (MemoryLedger) async throws -> Void) async throws -> [StreamAppend] {
        let drafts = DraftedAppends()
        do {
            try await command(MemoryLedger(drafting: self, DraftingEventLog(forwarded: log, drafts: drafts), drafts))
        } catch {
            try drafts.check()
            // However a command tells what happened, it has decided.
            if drafts.commands.isEmpty { throw error }
        }
        try drafts.check()
        guard drafts.commands.count <= 1 else {
            throw MemoryLedgerError(
                .invalidArgument,
                "Two commands were drafted as one, and each is decided on without the other; draft one.")
        }
        return drafts.commands.first ?? []
    }
}
