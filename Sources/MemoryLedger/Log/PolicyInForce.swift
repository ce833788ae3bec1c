import EventLog
import LedgerCapabilities
import LedgerStorage

/// What is demanded of a ledger's users: by the ledger itself, as its tables say, and by the options that it was opened
/// with.
struct PolicyInForce {
    // It is made for each read, and the options are a lot to copy.
    private let parts: LedgerParts

    init(_ parts: LedgerParts) { self.parts = parts }

    func policy() throws -> LedgerPolicy { demanded(by: try parts.tables.read { try LedgerPolicy.load($0) }) }

    private func demanded(by stored: LedgerPolicy) -> LedgerPolicy {
        LedgerPolicy(
            requiresActor: stored.requiresActor || parts.options.requireActor || parts.options.file.requireActor,
            auditsReads: stored.auditsReads || parts.options.auditReads)
    }

    /// Whether a read must be written down.
    ///
    /// - Parameter stored: What the ledger's tables say; nil to look it up.
    /// - Throws: `EventLogError` with `actorRequired` or `readOnly`.
    func mustAudit(_ attribution: Attribution, stored: LedgerPolicy? = nil) throws -> Bool {
        let policy = try stored.map { demanded(by: $0) } ?? policy()
        guard policy.auditsReads else { return false }
        guard parts.options.file.access != .readOnly else { throw ReadJournal.readOnly }
        if policy.requiresActor, !attribution.hasActor { throw EventLogError.actorRequired }
        return true
    }

    /// - Parameter stored: What the ledger's tables say.
    /// - Throws: `EventLogError.actorRequired` where a counted read without an actor would be refused.
    func checkActor(_ attribution: Attribution, stored: LedgerPolicy) throws {
        guard !attribution.hasActor, demanded(by: stored).requiresActor else { return }
        throw EventLogError.actorRequired
    }
}

extension LedgerParts {
    var policy: PolicyInForce { PolicyInForce(self) }
}
