import LedgerStorage

/// What nearly every read asks of the serving tables besides its memory. A connection knows it as long as the file is
/// as it was.
final class ServingFacts {
    let policy: LedgerPolicy
    /// Some memory is held back.
    let hasQuarantined: Bool

    private init(_ sqlite: SQLiteConnection) throws {
        var policy = LedgerPolicy()
        var hasQuarantined = false
        let rows = try sqlite.statement(Self.sql)
        defer { rows.reset() }
        while try rows.step() {
            switch rows.optionalText(0) {
            case LedgerPolicy.requireActorName?: policy.requiresActor = rows.int(1) != 0
            case LedgerPolicy.auditReadsName?: policy.auditsReads = rows.int(1) != 0
            case nil: hasQuarantined = true
            default: break
            }
        }
        (self.policy, self.hasQuarantined) = (policy, hasQuarantined)
    }

    private static let sql = """
        SELECT name, value FROM ledger_policy
        UNION ALL SELECT NULL, 1 WHERE EXISTS (SELECT 1 FROM quarantined WHERE memory > 0)
        """

    /// As the snapshot has them.
    static func load(_ sqlite: SQLiteConnection) throws -> ServingFacts {
        try sqlite.known { try ServingFacts($0) } as? ServingFacts ?? ServingFacts(sqlite)
    }

    /// What was so when the connection was asked last; nil: it was not.
    static func last(_ sqlite: SQLiteConnection) -> ServingFacts? { sqlite.lastKnown as? ServingFacts }
}
