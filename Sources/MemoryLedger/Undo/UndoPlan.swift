public import EventLog

/// What undoing would do: look at it, then pass it to `MemoryLedger.undo`.
///
///     let plan = try await ledger.planUndo(.matching(UndoFilter(actor: "importer", since: .position(0))))
///     for change in plan.changes { print(change.kind, change.memory) }
///     if plan.conflicts.isEmpty { try await ledger.undo(plan, by: Attribution(actor: "me")) }
public struct UndoPlan: Sendable {
    public let selection: UndoSelection
    /// The log's head when it was made; later events are never selected by it.
    public let position: Position
    /// What `json` says of it to one who may not know how far the log goes; nil: the truth.
    package var shownPosition: Position?
    /// Events that are undone, a rename being one.
    public internal(set) var events = 0
    /// Who did them.
    var eventsByActor: [ByteText?: Int] = [:]
    /// Counted reads that were selected and are left out: reading cannot be taken back.
    public internal(set) var reads = 0
    /// Selected events that are left out because they were erased, or would put back what was: it is nowhere any more.
    public internal(set) var erased = 0
    /// Selected events that changed nothing, or what others have set back since; all of them where undoing them would
    /// leave every memory as it is.
    public internal(set) var withoutEffect = 0
    /// Selected events whose undoing stands already.
    public internal(set) var alreadyUndone: [EventReference] = []
    /// What will differ, module by module.
    public internal(set) var allChanges: [any SubjectChange] = []
    /// What cannot be undone without losing later work.
    public internal(set) var conflicts: [UndoConflict] = []
    /// Compensating events, in the order in which they are appended.
    var steps: [UndoStep] = []
    /// Where each stream stood that the plan looked at; 0: it did not exist.
    var versions: [StreamName: StreamVersion] = [:]

    /// The most events that one plan undoes.
    public static let maximumEvents = 100_000
    /// The most bytes of payloads that its compensations have.
    public static let maximumBytes = UndoStep.maximumBytes

    /// How memories will differ, in the order of namespace and key. Counts and times of reading are named only where
    /// statistics that were set are undone, degrees never.
    public var changes: [MemoryDifference] { allChanges.compactMap { $0 as? MemoryDifference } }
    /// How the subjects of other modules will differ, in the order of their streams.
    public var otherChanges: [SubjectDifference] { allChanges.compactMap { $0 as? SubjectDifference } }

    /// Compensating events that will be appended.
    public var compensations: Int { steps.reduce(0) { $0 + $1.events.count } }

    init(selection: UndoSelection, position: Position) {
        self.selection = selection
        self.position = position
    }

    /// True where the same would be appended and the same conflicts named, whatever versions the streams have.
    func doesTheSame(as other: UndoPlan) throws -> Bool {
        guard steps.count == other.steps.count, conflicts == other.conflicts else { return false }
        return try zip(steps, other.steps).allSatisfy { try $0.isSame(as: $1) }
    }

    /// `{"position", "events", "reads_left_out", "erased", "without_effect", "already_undone": [event],
    /// "actors": [{"actor", "events"}], "is_broad", "compensations", "changes": [difference],
    /// "conflicts": [conflict]}`.
    public var json: JSONValue {
        [
            "position": JSONValue(shownPosition ?? position),
            "events": JSONValue(events),
            "reads_left_out": JSONValue(reads),
            "erased": JSONValue(erased),
            "without_effect": JSONValue(withoutEffect),
            "already_undone": .array(alreadyUndone.map(\.json)),
            "actors": .array(actors.map(\.json)),
            "is_broad": .bool(!breadth.isEmpty),
            "compensations": JSONValue(compensations),
            "changes": .array(allChanges.map(\.json)),
            "conflicts": .array(conflicts.map(\.json)),
        ]
    }
}

/// What undoing did.
public struct UndoReport: Hashable, Sendable {
    /// Events that were undone.
    public var events: Int
    /// The positions of the compensating events.
    public var positions: [Position]
    /// What was not undone.
    public var conflicts: [UndoConflict]
}
