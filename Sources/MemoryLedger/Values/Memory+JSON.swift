import EventLog

extension Memory {
    /// `{"namespace", "key", "domain", "summary", "text", "type", "keywords", "links", "meta"}`, and `"extra"` and
    /// `"provenance"` where there is some.
    public var json: JSONValue {
        var object: JSONObject = ["namespace": .string(namespace), "key": .string(key)]
        content.append(to: &object)
        object.append("meta", meta.json)
        if !content.extra.isEmpty { object.append("extra", .object(content.extra)) }
        if let provenance { object.append("provenance", provenance.json) }
        return .object(object)
    }
}

extension MemoryContent {
    /// `{"domain", "summary", "text", "type", "keywords", "links"}`, and `"extra"` where there is some.
    public var json: JSONValue {
        var object = JSONObject()
        append(to: &object)
        if !extra.isEmpty { object.append("extra", .object(extra)) }
        return .object(object)
    }

    fileprivate func append(to object: inout JSONObject) {
        object.append("domain", .string(domain))
        object.append("summary", .string(summary))
        object.append("text", .string(text))
        object.append("type", .string(type))
        object.append("keywords", .array(keywords.map { .string($0) }))
        object.append("links", .array(links.map(\.json)))
    }
}

extension MemoryLink {
    /// `{"type", "key", "term", "weight"}`, without `key` where there is none, then the extra members.
    public var json: JSONValue {
        var object: JSONObject = ["type": .string(type)]
        if let key { object.append("key", .string(key)) }
        object.append("term", .string(term))
        object.append("weight", JSONValue(weight))
        for member in extra.members { object.append(member.name, member.value) }
        return .object(object)
    }
}

extension MemoryMeta {
    /// The statistics under their names in snake_case, times in milliseconds since 1970.
    public var json: JSONValue {
        [
            "id": .string(id),
            "created_at": JSONValue(createdAt.milliseconds),
            "last_accessed_at": JSONValue(lastAccessedAt.milliseconds),
            "last_linked_at": JSONValue(lastLinkedAt.milliseconds),
            "in_degree": JSONValue(inDegree),
            "out_degree": JSONValue(outDegree),
            "access_count": JSONValue(accessCount),
            "traverse_count": JSONValue(traverseCount),
            "status": .string(status.rawValue),
        ]
    }
}
