package import EventLog
import Synchronization

/// What a command would have appended, had it not been drafted only.
final class DraftedAppends: Sendable {
    private let taken = Mutex<[[StreamAppend]]>([])

    /// - Throws: `Taken`, always: the command has nothing to tell that would be so.
    func take(_ appends: [StreamAppend]) throws -> Never {
        taken.withLock { $0.append(appends) }
        throw Taken()
    }

    /// Those of each command.
    var commands: [[StreamAppend]] { taken.withLock { $0 } }

    struct Taken: Error {}
}

extension MemoryLedger {
    /// Finds out what a command would append now. It decides as ever, on the present state, and ends there.
    ///
    ///     let drafted = try await ledger.drafting { _ = try await $0.delete(MemoryKey(key: "tea")) }
    ///
    /// - Parameter command: one command on the ledger that it is given.
    /// - Returns: as the log would get it; empty if the command leaves everything as it is.
    /// - Throws: what the command throws before it has decided; `MemoryLedgerError.invalidArgument` if there were two,
    ///   since each was decided on without the other.
    package func drafting(_ command: (MemoryLedger) async throws -> Void) async throws -> [StreamAppend] {
        let drafts = DraftedAppends()
        do {
            try await command(MemoryLedger(drafting: self, drafts))
        } catch {
            // However a command tells what happened, it has decided.
            if drafts.commands.isEmpty { throw error }
        }
        guard drafts.commands.count <= 1 else {
            throw MemoryLedgerError(
                .invalidArgument,
                "Two commands were drafted as one, and each is decided on without the other; draft one.")
        }
        return drafts.commands.first ?? []
    }
}
