import EventLog
import LedgerStorage
import Projections

/// Puts the quarantine of one contributor, or ends it.
struct QuarantineChange {
    private let parts: LedgerParts
    private let contributor: Contributor
    private let reason: String?

    /// - Throws: `MemoryLedgerError.invalidArgument`, or what the log says of an actor's name.
    init(_ parts: LedgerParts, _ contributor: Contributor, _ reason: String? = nil) throws {
        (self.parts, self.contributor, self.reason) = (parts, contributor, reason)
        switch contributor {
        case .actor(let name): try parts.log.limits.check(Attribution(actor: name))
        case .source(let source): try source.check()
        }
        guard reason?.utf8.count ?? 0 <= Quarantine.maximumReasonBytes else {
            throw MemoryLedgerError(
                .invalidArgument,
                "The reason is longer than \(Quarantine.maximumReasonBytes) bytes (Quarantine.maximumReasonBytes); "
                    + "shorten it.")
        }
    }

    /// - Throws: `alreadyQuarantined`.
    func put(by attribution: Attribution) async throws -> QuarantineReport {
        try await commit(.quarantined(contributor, reason: reason), hasEnded: false, by: attribution) { isInForce in
            guard isInForce else { return }
            throw MemoryLedgerError(
                .alreadyQuarantined, "There is a quarantine of \(contributor) already; `quarantine list` shows it.")
        }
    }

    /// - Throws: `notQuarantined`.
    func end(by attribution: Attribution) async throws -> QuarantineReport {
        try await commit(.released(contributor, reason: reason), hasEnded: true, by: attribution) { isInForce in
            guard !isInForce else { return }
            throw MemoryLedgerError(
                .notQuarantined,
                "There is no quarantine of \(contributor); `quarantine list` shows those that there are.")
        }
    }

    private func commit(
        _ event: QuarantineEvent, hasEnded: Bool, by attribution: Attribution, check: (_ isInForce: Bool) throws -> Void
    ) async throws -> QuarantineReport {
        let position = try await CommandRunner(parts).commit(to: QuarantineEvent.stream, by: attribution) { sqlite in
            try check(QuarantineRows.isInForce(contributor, sqlite))
            return [event]
        }[0]
        return try parts.tables.readSnapshot {
            try QuarantineRows.report(contributor, at: position, hasEnded: hasEnded, $0)
        }
    }

    func preview(_ change: QuarantineRows.Change) throws -> QuarantineReport {
        try parts.tables.readSnapshot { try QuarantineRows.preview(change, $0) }
    }
}
