public import EventLog

/// What an event of a module says: the typed body of a `RecordedEvent`.
///
///     enum TaskEvent: ModuleEvent {
///         case added(title: String)
///         case done
///         …
///     }
public protocol ModuleEvent: Sendable {
    /// The body of a payload in the newest schema version; nil if the type is none of these.
    ///
    /// - Throws: anything, if the payload is not what the type says; the caller names the event.
    static func read(_ type: EventType, _ payload: [UInt8]) throws -> Self?

    /// The body that `json` shows; nil if the type is none of these, or its JSON does not say all that it holds. What
    /// is not read is found by showing the result again.
    ///
    /// - Throws: `EventDataError`.
    static func read(_ type: EventType, _ data: EventData) throws -> Self?

    var type: EventType { get }

    /// The same body in the same bytes, always: ids, digests and proofs hang on them.
    func payload() throws -> [UInt8]

    /// The body for a reader, in snake_case, times in milliseconds since 1970: what `log` shows as `data`.
    var json: JSONValue { get }

    /// What it says, for a line of a table; empty if the type says all of it.
    var words: String { get }
}
