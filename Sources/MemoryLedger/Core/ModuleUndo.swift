public import EventLog

/// Takes events of one module back, for one plan. It is asked for each event, the newest first, and keeps what the
/// plan has taken back by then in mind.
///
/// A module whose subjects have a stream each gets all of it from `StreamUndo`.
public protocol ModuleUndo {
    /// What stands for an event whose definition says `byAnother`; nil: it stands for itself.
    func standIn(for event: RecordedEvent) async throws -> RecordedEvent?

    /// Takes an event back.
    ///
    /// - Parameter isNamed: it was asked for by its id, not found by a filter.
    mutating func undo(_ event: RecordedEvent, isNamed: Bool) async throws -> UndoOutcome

    /// Where the streams stood that were looked at, before that; 0: it did not exist. The plan is carried out only if
    /// they still stand there.
    var versions: [StreamName: StreamVersion] { get }

    /// What will differ, in an order that stays the same.
    var changes: [any SubjectChange] { get }

    /// All of the plan together leaves everything as it is.
    var changesNothing: Bool { get }

    /// - Throws: `MemoryLedgerError.cannotUndo` if what would be appended must not be.
    func check(_ steps: [UndoStep]) throws
}

/// What became of an event that was to be taken back.
public enum UndoOutcome: Sendable {
    /// It is, by these; empty only with conflicts, because of which the rest of it is not.
    case undone([UndoStep], conflicts: [UndoConflict])
    /// It changed nothing, or what it set has been set back since.
    case withoutEffect
    /// What it held is nowhere any more.
    case erased
    /// Another event did so, and stands.
    case alreadyUndone(by: EventReference)
}

/// The compensation of one event: one event, or several that stay in one append.
public struct UndoStep: Sendable {
    public var events: [(stream: StreamName, event: any ModuleEvent)]
    /// The event that is taken back.
    public var cause: EventID

    /// Of the payloads of all that one plan appends.
    public static let maximumBytes = 1 << 30

    public init(_ events: [(stream: StreamName, event: any ModuleEvent)], cause: EventID) {
        self.events = events
        self.cause = cause
    }

    func isSame(as other: UndoStep) throws -> Bool {
        guard cause == other.cause, events.count == other.events.count else { return false }
        return try zip(events, other.events).allSatisfy { own, other in
            // Encoded, because Swift compares texts by what they look like.
            try own.stream == other.stream && own.event.type == other.event.type
                && own.event.payload() == other.event.payload()
        }
    }
}

/// How a subject will differ: `MemoryDifference` of a memory, `SubjectDifference` of another one.
public protocol SubjectChange: Sendable {
    var json: JSONValue { get }
}

/// How a subject differs that is no memory.
public struct SubjectDifference: SubjectChange, Hashable {
    public var stream: StreamName
    /// Its fields; nil: it is not there.
    public var before: JSONObject?
    public var after: JSONObject?

    public init(_ stream: StreamName, before: JSONObject?, after: JSONObject?) {
        self.stream = stream
        self.before = before
        self.after = after
    }

    /// `{"stream", "before", "after"}`, null if it is not there.
    public var json: JSONValue {
        [
            "stream": .string(stream.rawValue), "before": before.map { .object($0) } ?? .null,
            "after": after.map { .object($0) } ?? .null,
        ]
    }
}

/// Of modules whose events are never taken back.
public struct NoUndo: ModuleUndo {
    public let versions: [StreamName: StreamVersion] = [:]
    public let changes: [any SubjectChange] = []
    public let changesNothing = true

    public init() {}

    public func standIn(for event: RecordedEvent) async throws -> RecordedEvent? { nil }
    public func undo(_ event: RecordedEvent, isNamed: Bool) async throws -> UndoOutcome { .withoutEffect }
    public func check(_ steps: [UndoStep]) throws {}
}
