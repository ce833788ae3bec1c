public import EventLog
public import LedgerStorage
public import Projections

/// A concept of the ledger: its events, the tables that are built from them, and what these events mean to what works
/// on all events: undo, erasure, import, display, statistics. Memories are one module, quarantine another; one of your
/// own goes into `MemoryLedgerOptions.modules`. *Writing a module* is a page of this library's documentation.
///
///     var options = MemoryLedgerOptions()
///     options.modules = [TasksModule()]
///     let ledger = try await MemoryLedger.inMemory(options: options)
///
/// Nothing here has a default, so that the compiler asks for each. Operations are added by `OperationModule` of
/// `LedgerOperations`; commands and queries are the module's own functions, which append through
/// `MemoryLedger.commit` and read through `MemoryLedger.readTables`.
public protocol LedgerModule: Sendable {
    associatedtype Event: ModuleEvent

    /// A word of `a`–`z`, `0`–`9` and `_`. The module's streams are called `$<name>:<namespace>/<id>`.
    var name: String { get }

    /// Every type of event that the module writes or ever wrote.
    var events: [EventDefinition] { get }

    /// What builds the module's tables.
    var projectors: [any Projector] { get }

    /// What takes the module's events back, for one plan.
    ///
    /// - Parameter head: of the log; the plan is about the events up to it.
    func makeUndo(in ledger: MemoryLedger, at head: Position) -> any ModuleUndo

    /// What an event of a type means if its payload is gone, because it was erased or redacted; nil: nothing. What it
    /// held is nowhere any more, so a projector, an undo and the past get this instead.
    func remains(of type: EventType) -> Event?

    /// The stream that a subject came from or goes to, of an event with the step `arrives` or `leaves`.
    func counterpart(of event: Event, in stream: StreamName) -> StreamName?

    /// What the tables have of a stream's subject.
    ///
    /// - Parameter now: a subject that has expired by then is gone.
    func standing(of stream: StreamName, at now: Timestamp, in tables: SQLiteConnection) throws -> SubjectStanding

    /// The subjects that come from a source, those that have gone too: an erasure of what comes from a user takes them.
    ///
    /// - Returns: the positions of the events that made them, in order.
    func subjects(from source: Provenance.Source, in tables: SQLiteConnection) throws -> [Position]

    /// The subjects that were made from others, and from these, over any number of steps within the module.
    ///
    /// - Parameter positions: of the events of the others' streams.
    func subjects(madeFrom positions: [Position], in tables: SQLiteConnection) throws -> [Position]

    /// Whether an event of an export is taken whose definition leaves that to the module. All events before it have
    /// been appended.
    ///
    /// - Throws: `ImportRefusal`, or what reading the ledger throws.
    func decideImport(_ event: Event, in stream: StreamName, _ ledger: MemoryLedger) async throws -> ImportDecision

    /// What `stats` shows of the module, by names in snake_case; empty: nothing.
    func statistics(_ tables: SQLiteConnection) throws -> JSONObject
}

/// What the tables have of the subject of a stream.
public enum SubjectStanding: Hashable, Sendable {
    /// There is none, or it has ended.
    case gone
    /// What remains of one that was erased: `LedgerModule.remains`.
    case erased
    case readable
}

/// What an import does with an event.
public enum ImportDecision: Hashable, Sendable {
    case taken
    /// Taken, wherever its stream stands.
    case takenAnywhere
    /// It is here already.
    case duplicate
    case leftOut
}

/// Why an import cannot go on; a sentence.
public struct ImportRefusal: Error, Hashable, Sendable {
    public var reason: String

    public init(_ reason: String) { self.reason = reason }
}
