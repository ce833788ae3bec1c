public import EventLog
public import LedgerStorage

/// A deterministic function from events to rows.
///
///     struct TaskProjector: Projector {
///         let name = "tasks"
///         let version = 1
///         …
///     }
///
/// Invariant 4 of the architecture: it sees events and its own tables; no clock, no randomness, no environment, no
/// dictionary order. A change of what it makes of the same events is a new version, which rebuilds its tables.
///
/// A ledger runs projectors of your own beside its own ones, in the transaction that appends: see
/// `MemoryLedgerOptions.projectors`. The events' bodies are JSON in `RecordedEvent.json()`.
///
/// Most projectors build one projection, which has the projector's name, version and schema. One whose tables depend on
/// each other, but are of several concerns, builds several in one run: see `projections`.
public protocol Projector: Sendable {
    /// What `projections` and error messages call it; no other projector of the ledger has it.
    var name: String { get }
    /// 1 and up. Opening a ledger whose rows an older version built rebuilds them.
    var version: Int { get }
    /// Its tables, which no other projector writes. Keep it: each one runs its script once.
    var schema: ProjectionSchema { get }
    /// What it builds, if that is more than one projection: each table of `schema` in one of them. They take events
    /// together, and each is versioned, digested, rebuilt and gone back to by itself. Keep them, as `schema`.
    var projections: [ProjectionDefinition] { get }
    /// The events that it wants; nil for all.
    var eventTypes: Set<EventType>? { get }
    /// Whether its tables can be asked about a moment of the past. If not, they are of the present only: views,
    /// checkouts, snapshots and the ledger's digest leave them out, and a ledger that is only read may lack them as
    /// long as its log has no event that the projector wants. True unless it says otherwise.
    var hasPast: Bool { get }
    /// Whether a ledger that cannot be written may be read although the tables do not have every event, or are not
    /// there: then what reads them has to look. Otherwise such a ledger is written first, and if it cannot be, not
    /// opened. False unless it says otherwise.
    var mayLag: Bool { get }
    /// Whether it reads what events of a type say. Those that it does not read it takes also if they cannot be read
    /// here for want of the master key: without a payload. True unless it says otherwise.
    func needsPayload(of type: EventType) -> Bool

    /// What applies events, on one connection.
    ///
    /// - Parameters:
    ///   - sqlite: The connection that has the projector's tables; statements prepared on it stay with it.
    ///   - isBeingBuilt: The tables are empty, only the writer writes them, and their indexes are made afterwards.
    func makeWriter(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) -> any ProjectionWriter
}

extension Projector {
    /// One projection, which is the projector's name, version and schema.
    public var projections: [ProjectionDefinition] {
        [ProjectionDefinition(name: name, version: version, schema: schema)]
    }

    public var hasPast: Bool { true }
    public var mayLag: Bool { false }
    public func needsPayload(of type: EventType) -> Bool { true }
}
