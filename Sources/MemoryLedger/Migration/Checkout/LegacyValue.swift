import EventLog

/// A memory as the old program's JSON: the reverse of `LegacyContentReader`.
///
/// What the reader kept in `extra` goes back to where it came from, so that it is read as the same `extra` again. Where
/// that is a name which the value has anyway it stands in front, as a repeated member: of those the last one counts,
/// here and in JavaScript. Otherwise the order is the old program's.
struct LegacyValue {
    let content: MemoryContent
    let meta: MemoryMeta
    /// The key that the value is stored under, within its namespace.
    let key: String
    let escapes: KeyvEscapes

    private enum Field: String, CaseIterable {
        case domain, summary, text, type, links, keywords, meta
    }

    /// - Parameter extra: `content.extra` without what has another place.
    package func object(with extra: JSONObject) -> JSONObject {
        // The fields that take an extra member in, by its place; and those of whose names there are others.
        var taken: [Int: Field] = [:]
        var repeated: Set<Field> = []
        for (index, member) in extra.members.enumerated().reversed() {
            guard let field = Field(rawValue: member.name), !taken.values.contains(field), !repeated.contains(field)
            else { continue }
            if value(of: field, with: member.value) == nil { repeated.insert(field) } else { taken[index] = field }
        }
        var object = JSONObject()
        object.reserveCapacity(Field.allCases.count + extra.count)
        let own = Field.allCases.filter { !taken.values.contains($0) && !repeated.contains($0) }
        for field in own where field != .meta { object.append(field.rawValue, value(of: field)) }
        for (index, member) in extra.members.enumerated() {
            let together = taken[index].flatMap { value(of: $0, with: member.value) }
            object.append(member.name, together ?? escapes.escaped(member.value))
        }
        for field in Field.allCases where repeated.contains(field) || field == .meta && own.contains(.meta) {
            object.append(field.rawValue, value(of: field))
        }
        return object
    }

    private func value(of field: Field) -> JSONValue {
        switch field {
        case .domain: .string(escapes.escaped(content.domain))
        case .summary: .string(escapes.escaped(content.summary))
        case .text: .string(escapes.escaped(content.text))
        case .type: .string(escapes.escaped(content.type))
        case .links: .array(content.links.map { .object(LegacyLink($0, escapes).object) })
        case .keywords: .array(content.keywords.map { .string(escapes.escaped($0)) })
        case .meta: .object(statistics())
        }
    }

    /// What is read as the field and the extra member of its name; nil where it takes two members.
    private func value(of field: Field, with extra: JSONValue) -> JSONValue? {
        switch field {
        case .domain: text(content.domain, extra)
        case .summary: text(content.summary, extra)
        case .text: text(content.text, extra)
        case .type: text(content.type, extra)
        case .links: links(extra)
        case .keywords: keywords(extra)
        case .meta: extra.object.map { .object(statistics(with: $0)) }
        }
    }

    /// What is no text stands alone: the field is read as empty.
    private func text(_ text: String, _ extra: JSONValue) -> JSONValue? {
        // In a conditional expression `nil` would be JSON's null.
        guard text.isEmpty, extra.string == nil, !extra.isNull else { return nil }
        return escapes.escaped(extra)
    }

    /// What is no link stands behind the links.
    private func links(_ extra: JSONValue) -> JSONValue? {
        guard case .array(let others) = extra, !others.isEmpty else { return nil }
        let escaped = others.map { escapes.escaped($0) }
        guard escaped.allSatisfy({ $0.object == nil }) else { return nil }
        return .array(content.links.map { .object(LegacyLink($0, escapes).object) } + escaped)
    }

    /// A list with other than strings in it is kept whole, and its strings are the keywords.
    private func keywords(_ extra: JSONValue) -> JSONValue? {
        let strings = extra.array?.compactMap(\.string) ?? []
        guard !extra.isNull, strings.count == content.keywords.count,
            zip(strings, content.keywords).allSatisfy({ $0.hasSameBytes(as: $1) }),
            extra.array.map({ $0.count > strings.count }) ?? true
        else { return nil }
        return escapes.escaped(extra)
    }

    // MARK: Statistics

    /// - Parameter extra: Statistics that the ledger does not have.
    func statistics(with extra: JSONObject = [:]) -> JSONObject {
        let own: [JSONObject.Member] = [
            .init(name: "id", value: .string(escapes.escaped(key))),
            .init(name: "created_at", value: JSONValue(meta.createdAt.milliseconds)),
            .init(name: "last_accessed_at", value: JSONValue(meta.lastAccessedAt.milliseconds)),
            .init(name: "last_linked_at", value: JSONValue(meta.lastLinkedAt.milliseconds)),
            .init(name: "in_degree", value: JSONValue(meta.inDegree)),
            .init(name: "out_degree", value: JSONValue(meta.outDegree)),
            .init(name: "access_count", value: JSONValue(meta.accessCount)),
            .init(name: "traverse_count", value: JSONValue(meta.traverseCount)),
            .init(name: "status", value: .string(meta.status.rawValue)),
        ]
        guard !extra.isEmpty else { return JSONObject(own) }
        var object = JSONObject(own.filter { extra[$0.name] == nil })
        for member in extra.members { object.append(member.name, escapes.escaped(member.value)) }
        for member in own where extra[member.name] != nil {
            // An id of another key is read as an extra member, and is what the old program shall find.
            if member.name == "id", extra["id"]?.string?.hasSameBytes(as: key) != true { continue }
            object.append(member.name, member.value)
        }
        return object
    }
}

/// A link as the old program's JSON, by the same rules: a known member of the wrong type, which is kept as
/// `<name>_raw`, goes back under its name.
struct LegacyLink {
    private let link: MemoryLink
    private let escapes: KeyvEscapes

    enum Field: String, CaseIterable {
        case type, key, term, weight
    }

    init(_ link: MemoryLink, _ escapes: KeyvEscapes) {
        self.link = link
        self.escapes = escapes
    }

    package var object: JSONObject {
        var object = JSONObject()
        guard !link.extra.isEmpty else {
            for field in Field.allCases { append(field, to: &object) }
            return object
        }
        let raw = raw
        let repeated = Set(link.extra.members.compactMap { Field(rawValue: $0.name) })
        for field in Field.allCases where !repeated.contains(field) && !raw.values.contains(field) {
            append(field, to: &object)
        }
        for (index, member) in link.extra.members.enumerated() {
            object.append(raw[index]?.rawValue ?? member.name, escapes.escaped(member.value))
        }
        for field in Field.allCases where repeated.contains(field) { append(field, to: &object) }
        return object
    }

    /// The fields whose values of the wrong type are among the extra members, by their places there.
    var raw: [Int: Field] {
        var raw: [Int: Field] = [:]
        for field in Field.allCases where isDefault(field) && link.extra[field.rawValue] == nil {
            let name = field.rawValue + "_raw"
            let index = link.extra.members.firstIndex { $0.name.hasSameBytes(as: name) }
            if let index, Self.isOfWrongType(link.extra.members[index].value, field) { raw[index] = field }
        }
        return raw
    }

    private func append(_ field: Field, to object: inout JSONObject) {
        switch field {
        case .type: object.append("type", .string(escapes.escaped(link.type)))
        case .key: if let key = link.key { object.append("key", .string(escapes.escaped(key))) }
        case .term: object.append("term", .string(escapes.escaped(link.term)))
        case .weight:
            object.append("weight", JSONNumber(javaScript: link.weight).map { .number($0) } ?? .null)
        }
    }

    private func isDefault(_ field: Field) -> Bool {
        switch field {
        case .type: link.type.isEmpty
        case .key: link.key == nil
        case .term: link.term.isEmpty
        case .weight: link.weight == MemoryLink.defaultWeight
        }
    }

    private static func isOfWrongType(_ value: JSONValue, _ field: Field) -> Bool {
        switch value {
        case .null: false
        case .string: field == .weight
        case .number(let number): field != .weight || !number.double.isFinite
        case .bool, .array, .object: true
        }
    }
}
