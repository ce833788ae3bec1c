public import EventLog

extension EventCatalogue {
    /// The event for a reader, as `RecordedEvent.json()` shows those of this library's modules.
    ///
    /// - Throws: `EventLogError.damagedPayload` with the position if the body is not what the type says.
    public func json(of event: RecordedEvent) throws -> JSONValue { try event.json { try data(of: event) } }

    /// The same; of a payload that is not the event's body but what is stored in its place, such as a ciphertext,
    /// `data` is `{"$sealed": <its bytes in base64>}`.
    package func json(of event: RecordedEvent, sealed isSealed: Bool) throws -> JSONValue {
        isSealed ? try event.json { ["$sealed": JSONValue(base64: event.payload)] } : try json(of: event)
    }

    private func data(of event: RecordedEvent) throws -> JSONValue {
        if event.protection.isErased || event.protection.isLocked { return .null }
        guard !isOfNewerSchema(event), let body = try body(of: event) else {
            return ["$unknown": JSONValue(base64: event.payload)]
        }
        return body.json
    }
}

extension RecordedEvent {
    /// The event for a reader; `data` is what the closure answers.
    fileprivate func json(_ data: () throws -> JSONValue) throws -> JSONValue {
        var object: JSONObject =
            [
                "position": JSONValue(position),
                "stream": .string(stream.rawValue),
                "version": JSONValue(version),
                "type": .string(type.rawValue),
                "schema_version": JSONValue(schemaVersion),
                "event_id": .string(id.description),
                "recorded_at": .string(recordedAt.rfc3339),
                "occurred_at": .string(occurredAt.rfc3339),
                "actor": JSONValue(optional: attribution.actor),
                "correlation_id": JSONValue(optional: attribution.correlationID),
                "causation_id": JSONValue(optional: attribution.causationID),
                "data": try data(),
            ]
        if !protectedFor.isEmpty { object.append("protected_for", .array(protectedFor.map { .string($0) })) }
        if protection.isErased { object.append("erased", true) }
        if protection.isLocked { object.append("locked", true) }
        return .object(object)
    }
}
