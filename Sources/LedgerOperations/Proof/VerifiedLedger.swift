public import EventLog
public import MemoryLedger
import MerkleLog
public import Projections
public import SQLiteEventLog

/// What `VerifyLedger` found.
public struct VerifiedLedger: Sendable, DescribedResult {
    package static let members: [DocumentMember] = [
        .init("clean", .boolean), .init("origin", .string), .init("events", .integer), .init("checkpoints", .integer),
        .init("signers", .strings), .init("deep", .boolean), .init("seconds", .number), .init("damage_count", .integer),
        .init("damages", .objects), .init("unknown_events", .objects), .init("newer_events", .objects),
        .init("dead_letters", .integers),
    ]

    /// What came of looking at the projections.
    public enum Projections: Sendable {
        case compared(VerificationReport)
        /// Why they could not be built.
        case failed(String)
        /// That cannot be told without the master key.
        case unseen(String)
    }

    public var log: LogVerification
    /// Nil: they were not looked at.
    public var projections: Projections?
    /// Events of the log that this program does not read; nil if damage kept it from reading, which `log` names.
    public var unreadEvents: UnreadEvents?
    /// Events that were set aside.
    public var waitingLetters: [DeadLetter]
    public var seconds: Double

    /// What is wrong with the projections.
    private var projectionDamages: [LogDamage] {
        switch projections {
        case nil, .unseen?: []
        case .failed(let reason)?: [LogDamage(.projectionDiffers, "the projections cannot be rebuilt: \(reason)")]
        case .compared(let report)?:
            report.comparisons.filter { $0.outcome != .equal }.map {
                LogDamage(.projectionDiffers, "the projection \($0.projection) is not what the log says")
            }
        }
    }

    /// Which rows of the projections differ.
    public var difference: GenerationDifference? {
        if case .compared(let report)? = projections { report.difference } else { nil }
    }

    /// Why the projections could not be looked at.
    public var unseen: String? {
        if case .unseen(let reason)? = projections { reason } else { nil }
    }

    public var areProjectionsDamaged: Bool { !projectionDamages.isEmpty }
    /// Those of the projections first.
    public var damages: [LogDamage] { projectionDamages + log.damages }
    /// More than `damages` lists, if there are very many.
    public var damageCount: Int64 { log.damageCount + Int64(projectionDamages.count) }
    public var isClean: Bool { damageCount == 0 }

    /// The log has something that no command shows, and that needs a look.
    public var needsALook: Bool { !(unreadEvents?.newer.isEmpty ?? true) || !waitingLetters.isEmpty }

    /// `{"clean", "ledger_id", "origin", "events", "root", "checkpoints", "signers", "deep", "seconds", "damage_count",
    /// "damages": [{"kind", "position", "last_position", "what"}], "difference", "unknown_events", "newer_events",
    /// "dead_letters": [POSITION]}`.
    public func document() -> JSONValue {
        [
            "clean": .bool(isClean), "ledger_id": JSONValue(optional: log.ledgerID?.description),
            "origin": .string(log.origin),
            "events": JSONValue(log.events), "root": JSONValue(optional: log.root?.description),
            "checkpoints": JSONValue(log.checkpoints),
            "signers": .array(log.signers.map { .string($0.description) }),
            "deep": .bool(projections != nil && unseen == nil),
            "seconds": JSONValue(roundedSeconds: seconds),
            "damage_count": JSONValue(damageCount),
            "damages": .array(damages.map(\.json)),
            "difference": difference?.json ?? .null,
            "unknown_events": .array(unreadEvents?.unknown.map(\.json) ?? []),
            "newer_events": .array(unreadEvents?.newer.map(\.json) ?? []),
            "dead_letters": .array(waitingLetters.positions.map { JSONValue($0) }),
        ]
    }
}

extension LogDamage {
    fileprivate var json: JSONValue {
        [
            "kind": .string(kind.description),
            "position": position.map { JSONValue($0) } ?? .null,
            "last_position": lastPosition.map { JSONValue($0) } ?? .null,
            "what": .string(what),
        ]
    }
}
