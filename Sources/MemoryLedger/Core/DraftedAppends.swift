package import EventLog
import Synchronization

/// What a command would have appended, had it not been drafted only.
final class DraftedAppends: Sendable {
    private let taken = Mutex<[StreamAppend]>([])

    /// - Throws: always, because the command has nothing to tell that would be so: `Taken`, or
    ///   `MemoryLedgerError.invalidArgument` for a second command.
    func take(_ appends: [StreamAppend]) throws -> Never {
        let isFirst = taken.withLock { taken in
            guard taken.isEmpty else { return false }
            taken = appends
            return true
        }
        guard isFirst else {
            throw MemoryLedgerError(
                .invalidArgument,
                "Two commands were drafted as one, and each is decided on without the other; draft one.")
        }
        throw Taken()
    }

    var appends: [StreamAppend] { taken.withLock { $0 } }

    struct Taken: Error {}
}

extension MemoryLedger {
    /// Finds out what a command would append now. It decides as ever, on the present state, and ends there.
    ///
    ///     let drafted = try await ledger.drafting { _ = try await $0.delete(MemoryKey(key: "tea")) }
    ///
    /// - Parameter command: one command on the ledger that it is given.
    /// - Returns: as the log would get it; empty if the command leaves everything as it is.
    /// - Throws: what the command throws before it has decided.
    package func drafting(_ command: (MemoryLedger) async throws -> Void) async throws -> [StreamAppend] {
        let drafts = DraftedAppends()
        do {
            try await command(MemoryLedger(drafting: self, drafts))
        } catch  where !drafts.appends.isEmpty {
            // However the command tells what happened.
        }
        return drafts.appends
    }
}
