import EventLog
import LedgerCapabilities
import LedgerStorage

/// What is demanded of a ledger's users: by the ledger itself, as its tables say, and by the options that it was opened
/// with.
struct PolicyInForce {
    private let tables: any TableReading
    private let asked: LedgerPolicy
    private let isReadOnly: Bool

    init(_ tables: any TableReading, _ options: MemoryLedgerOptions) {
        self.tables = tables
        asked = LedgerPolicy(
            requiresActor: options.requireActor || options.file.requireActor, auditsReads: options.auditReads)
        isReadOnly = options.file.access == .readOnly
    }

    func policy() throws -> LedgerPolicy { demanded(by: try tables.read { try LedgerPolicy.load($0) }) }

    private func demanded(by stored: LedgerPolicy) -> LedgerPolicy {
        LedgerPolicy(
            requiresActor: stored.requiresActor || asked.requiresActor,
            auditsReads: stored.auditsReads || asked.auditsReads)
    }

    /// Whether a read must be written down.
    ///
    /// - Parameter stored: What the ledger's tables say; nil to look it up.
    /// - Throws: `EventLogError` with `actorRequired` or `readOnly`.
    func mustAudit(_ attribution: Attribution, stored: LedgerPolicy? = nil) throws -> Bool {
        let policy = try stored.map { demanded(by: $0) } ?? policy()
        guard policy.auditsReads else { return false }
        guard !isReadOnly else { throw ReadJournal.readOnly }
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
    var policy: PolicyInForce { PolicyInForce(tables, options) }
}
