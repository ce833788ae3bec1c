import EventLog

extension MemoryEvent {
    /// The event's body: the fields of its message in `Schemas/proto`.
    public var json: JSONValue {
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

    /// The names of those.
    var fields: [String] { json.object?.members.map(\.name) ?? [] }
}

extension MemoryMetaValues {
    static let fields = [
        "created_at", "last_accessed_at", "last_linked_at", "access_count", "traverse_count", "status",
    ]

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
