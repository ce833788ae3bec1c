public import EventLog
import Foundation

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
    public func json() throws -> JSONValue { try json(sealed: false) }

    /// The same; of a payload that is not the event's body but what is stored in its place, such as a ciphertext,
    /// `data` is `{"$sealed": <its bytes in base64>}`.
    package func json(sealed isSealed: Bool) throws -> JSONValue {
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
                "actor": JSONValue(optional: context.actor),
                "correlation_id": JSONValue(optional: context.correlationID),
                "causation_id": JSONValue(optional: context.causationID),
                "data": isSealed ? ["$sealed": JSONValue(base64: payload)] : try data(),
            ]
        if protection.isErased { object.append("erased", true) }
        if protection.isLocked { object.append("locked", true) }
        return .object(object)
    }

    private func data() throws -> JSONValue {
        if protection.isErased || protection.isLocked { return .null }
        guard !isOfNewerSchema else { return ["$unknown": JSONValue(base64: payload)] }
        if let event = try MemoryEvent.decode(self) { return event.json }
        return try LedgerEvent.decode(self)?.json ?? ["$unknown": JSONValue(base64: payload)]
    }
}

extension MemoryEvent {
    /// The event's body: the fields of its message in `Schemas/proto`.
    package var json: JSONValue {
        switch self {
        case .added(let content, let provenance), .replaced(let content, let provenance):
            Self.with(provenance, content.json)
        case .updated(let change, let provenance): Self.with(provenance, change.json)
        case .renamed(let key): ["new_key": .string(key)]
        case .nameTaken(let key): ["old_key": .string(key)]
        case .metaSet(let values): values.json
        case .restored(let restoration): restoration.json
        case .linked(let link): link.json
        case .unlinked(let key, let type, let term): Self.unlinked(key, type, term)
        case .legacyRowImported(let row): row.json
        case .legacyImportStarted(let start): start.json
        case .oversight(let event): event.json
        case .deleted, .accessed, .traversed: [:]
        }
    }

    private static func with(_ provenance: Provenance?, _ body: JSONValue) -> JSONValue {
        guard let provenance, var object = body.object else { return body }
        object.append("provenance", provenance.json)
        return .object(object)
    }

    private static func unlinked(_ key: String, _ type: String?, _ term: String?) -> JSONValue {
        var object: JSONObject = ["key": .string(key)]
        if let type { object.append("type", .string(type)) }
        if let term { object.append("term", .string(term)) }
        return .object(object)
    }
}

extension MemoryChange {
    /// Only the fields that change.
    package var json: JSONValue {
        var object = JSONObject()
        if let domain { object.append("domain", .string(domain)) }
        if let summary { object.append("summary", .string(summary)) }
        if let text { object.append("text", .string(text)) }
        if let type { object.append("type", .string(type)) }
        if let keywords { object.append("keywords", .array(keywords.map { .string($0) })) }
        if let links { object.append("links", .array(links.map(\.json))) }
        return .object(object)
    }
}

extension MemoryMetaValues {
    package var json: JSONValue {
        [
            "created_at": JSONValue(createdAt.milliseconds),
            "last_accessed_at": JSONValue(lastAccessedAt.milliseconds),
            "last_linked_at": JSONValue(lastLinkedAt.milliseconds),
            "access_count": JSONValue(accessCount),
            "traverse_count": JSONValue(traverseCount),
            "status": .string(status.rawValue),
        ]
    }
}

extension JSONValue {
    /// The text, or `null`.
    package init(optional text: String?) {
        self = text.map { .string($0) } ?? .null
    }

    init(base64 bytes: [UInt8]) {
        self = .string(Data(bytes).base64EncodedString())
    }

    /// Two lower-case digits a byte.
    init(hexadecimal bytes: [UInt8]) {
        self = .string(bytes.hexadecimal)
    }
}
