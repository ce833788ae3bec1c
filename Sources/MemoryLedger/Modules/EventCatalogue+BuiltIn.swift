public import EventLog

extension EventCatalogue {
    /// The modules of this library.
    public static let builtIn = EventCatalogue(checked: [
        MemoriesModule(), QuarantineModule(), AuditModule(), AccessModule(), LogModule(),
    ])
}

extension RecordedEvent {
    /// The event for a reader: `{"position", "stream", "version", "type", "schema_version", "event_id", "recorded_at",
    /// "occurred_at", "actor", "correlation_id", "causation_id", "data"}`.
    ///
    /// Times are RFC 3339 in UTC with milliseconds; what is not known is `null`. `data` is the event's body in
    /// snake_case, its own times in milliseconds since 1970 as in a memory's `meta`. Of a type or a schema version that
    /// this program does not know, `data` is `{"$unknown": <the payload in base64>}`.
    ///
    /// Of an event whose payload cannot be read `data` is `null`, and there is `"erased": true`, or `"locked": true`
    /// where the master key would open it.
    ///
    /// - Throws: `EventLogError.damagedPayload` with the position where the body is not what the type says.
    public func json() throws -> JSONValue { try EventCatalogue.builtIn.json(of: self) }
}
