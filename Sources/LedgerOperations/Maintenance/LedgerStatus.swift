public import EmbeddedLedger
public import EventLog
public import LedgerCapabilities
public import MemoryLedger
import MerkleLog
public import Projections

/// How a ledger does.
public struct LedgerStatus: Sendable, DescribedResult {
    package static let members: [DocumentMember] = [
        .init("events", .integer), .init("size_bytes", .integer), .init("snapshots", .object),
        .init("projections", .integer), .init("dead_letters", .object), .init("unknown_events", .objects),
        .init("needs_care", .strings),
    ]

    /// The snapshots that there are.
    public struct Snapshots: Hashable, Sendable {
        public var count = 0
        public var sizeBytes: Int64 = 0
    }

    /// The last event's position, which is the number of events.
    public var position: Position
    /// Nil: the log is empty.
    public var lastEvent: RecordedEvent?
    /// Of the database with its write-ahead log; 0 for a log that is kept in no file.
    public var sizeBytes: Int64 = 0
    /// Nil in a ledger of format 1, and for a log that is kept in no file; so are `epoch` and `origin`.
    public var ledgerID: LedgerID?
    /// 1 in a ledger that no backup was restored into.
    public var epoch: Int64?
    public var origin: String?
    public var lastCheckpoint: StoredCheckpoint?
    public var lastBackup: BackupRecord?
    public var snapshots = Snapshots()
    public var projections: [ProjectionStatus] = []
    /// Events that a projector refused, and that wait to be tried again.
    public var waitingEvents = 0
    /// Events that a projection does without for good.
    public var skippedEvents = 0
    /// How far the log's time is ahead of the clock, if that is long.
    public var clockLead: ClockLead?
    /// That the clock jumped ahead since the last append, or at it.
    public var clockJump: ClockJump?
    /// Of types that this program does not know, which is no fault of theirs.
    public var unknownEvents: [UnreadEvents.Kind] = []
    /// Those in force; nil if the table of them is not up to date.
    public var quarantines: Int?
    /// What was acknowledged and is not in the ledger any more.
    public var lost: LostHead?

    init(position: Position) { self.position = position }

    /// What needs a look by a person.
    public enum Care: Hashable, Sendable {
        /// Acknowledged events are not there any more.
        case lostEvents(LostHead)
        /// The tables of these projections are not up to date, or are missing.
        case projections([String], ProjectionHealth)
        /// So many events are in the log, and not in the tables.
        case deadLetters(Int)
        case clockAhead(ClockLead)
        case clockJumped(ClockJump)

        public var code: String {
            switch self {
            case .lostEvents: "lost_events"
            case .projections: "projections"
            case .deadLetters: "dead_letters"
            case .clockAhead: "clock_ahead"
            case .clockJumped: "clock_jump"
            }
        }
    }

    /// Empty if all is well.
    public var cares: [Care] {
        var cares: [Care] = []
        if let lost { cares.append(.lostEvents(lost)) }
        for health in [ProjectionHealth.behind, .outdated, .newer, .missingTables, .notBuilt] {
            let names = projections.filter { $0.health == health }.map(\.name)
            if !names.isEmpty { cares.append(.projections(names, health)) }
        }
        if waitingEvents > 0 { cares.append(.deadLetters(waitingEvents)) }
        if let clockLead {
            cares.append(.clockAhead(clockLead))
        } else if let clockJump {
            cares.append(.clockJumped(clockJump))
        }
        return cares
    }

    var canShowQuarantines: Bool {
        projections.contains { $0.name == "memory_quarantine" && $0.isCurrent }
    }

    /// `{"file", "ledger_id", "epoch", "origin", "size_bytes", "events", "last_event": {"position", "type",
    /// "recorded_at", "actor"}, "last_checkpoint": {"events", "made_at", "signers"}, "last_backup": {"events",
    /// "made_at", "file"}, "snapshots": {"count", "size_bytes"}, "projections", "dead_letters": {"waiting", "skipped"},
    /// "clock", "clock_jump", "unknown_events", "quarantines", "needs_care": [CODE]}`; what there is not is null.
    public func document() -> JSONValue {
        var codes: [String] = []
        for care in cares where !codes.contains(care.code) { codes.append(care.code) }
        return [
            "file": .null, "ledger_id": JSONValue(optional: ledgerID?.description),
            "epoch": epoch.map { JSONValue($0) } ?? .null, "origin": JSONValue(optional: origin),
            "size_bytes": JSONValue(sizeBytes), "events": JSONValue(position), "last_event": lastEvent?.head ?? .null,
            "last_checkpoint": lastCheckpoint?.short ?? .null, "last_backup": lastBackup?.json ?? .null,
            "snapshots": ["count": JSONValue(snapshots.count), "size_bytes": JSONValue(snapshots.sizeBytes)],
            "projections": JSONValue(projections.count),
            "dead_letters": ["waiting": JSONValue(waitingEvents), "skipped": JSONValue(skippedEvents)],
            "clock": clockLead?.json ?? .null, "clock_jump": clockJump?.json ?? .null,
            "unknown_events": .array(unknownEvents.map(\.json)),
            "quarantines": quarantines.map { JSONValue($0) } ?? .null,
            "needs_care": .array(codes.map { .string($0) }),
        ]
    }
}

extension ProjectionStatus {
    fileprivate var isCurrent: Bool {
        switch health {
        case .ok, .deadLetters: true
        default: false
        }
    }
}

extension RecordedEvent {
    fileprivate var head: JSONValue {
        [
            "position": JSONValue(position), "type": .string(type.rawValue), "recorded_at": .string(recordedAt.rfc3339),
            "actor": JSONValue(optional: attribution.actor),
        ]
    }
}

extension StoredCheckpoint {
    fileprivate var short: JSONValue {
        [
            "events": JSONValue(checkpoint.size), "made_at": .string(madeAt.rfc3339),
            "signers": signed.note.signersJSON,
        ]
    }
}

extension BackupRecord {
    fileprivate var json: JSONValue {
        ["events": JSONValue(position), "made_at": .string(madeAt.rfc3339), "file": .string(file)]
    }
}
