public import EventLog
import LedgerStorage

/// What a ledger demands of everybody who has it open, whatever their options say.
///
///     let policy = try ledger.policy()
///     print(policy.requiresActor, policy.auditsReads)
public struct LedgerPolicy: Hashable, Sendable {
    /// Every event needs an actor.
    public var requiresActor: Bool
    /// Reads are events.
    public var auditsReads: Bool

    public init(requiresActor: Bool = false, auditsReads: Bool = false) {
        self.requiresActor = requiresActor
        self.auditsReads = auditsReads
    }

    /// `{"require_actor", "audit_reads"}`.
    public var json: JSONValue { ["require_actor": .bool(requiresActor), "audit_reads": .bool(auditsReads)] }

    static let requireActorName = "require_actor"
    static let auditReadsName = "audit_reads"

    /// What the projection says.
    static func load(_ sqlite: SQLiteConnection) throws -> LedgerPolicy { try ServingFacts.load(sqlite).policy }
}

extension LedgerPolicyChange {
    func applied(to policy: LedgerPolicy) -> LedgerPolicy {
        LedgerPolicy(
            requiresActor: requiresActor ?? policy.requiresActor, auditsReads: auditsReads ?? policy.auditsReads)
    }

    /// Only what changes.
    public var json: JSONValue {
        var object = JSONObject()
        if let requiresActor { object.append(LedgerPolicy.requireActorName, .bool(requiresActor)) }
        if let auditsReads { object.append(LedgerPolicy.auditReadsName, .bool(auditsReads)) }
        return .object(object)
    }
}
