import EventLog

/// Takes a memory out of the members of a legacy value. Members are read from the last to the first, so that of a
/// repeated name the last one counts; what has no place is gathered in `extra`.
struct LegacyContentReader {
    let escapes: KeyvEscapes
    let key: String
    private(set) var content = MemoryContent()
    private(set) var meta = LegacyMeta()
    /// True where the value has a field that says something, statistics aside.
    private(set) var hasContent = false
    private var seen: Set<String> = []
    /// From the last to the first.
    private var extra: [JSONObject.Member] = []

    init(_ object: JSONObject, key: String, escapes: KeyvEscapes) {
        self.escapes = escapes
        self.key = key
        for member in object.members.reversed() { read(member) }
        content.extra = JSONObject(extra.reversed())
    }

    private mutating func read(_ member: JSONObject.Member) {
        let isTaken: Bool
        switch member.name {
        case "domain": isTaken = text(member, \.domain)
        case "summary": isTaken = text(member, \.summary)
        case "text": isTaken = text(member, \.text)
        case "type": isTaken = text(member, \.type)
        case "keywords": isTaken = isLast("keywords") && keywords(member.value)
        case "links": isTaken = isLast("links") && links(member.value)
        case "meta": isTaken = isLast("meta") && meta(member.value)
        default: isTaken = false
        }
        if member.name != "meta" { hasContent = true }
        if !isTaken { keep(member.name, escapes.unescaped(member.value)) }
    }

    private mutating func keep(_ name: String, _ value: JSONValue) {
        extra.append(JSONObject.Member(name: name, value: value))
    }

    private mutating func isLast(_ name: String) -> Bool { seen.insert(name).inserted }

    private mutating func text(
        _ member: JSONObject.Member, _ field: WritableKeyPath<MemoryContent, String>
    ) -> Bool {
        guard isLast(member.name) else { return false }
        if member.value.isNull { return true }
        guard case .string(let escaped) = member.value, case .string(let text) = escapes.unescaped(escaped) else {
            return false
        }
        content[keyPath: field] = text
        return true
    }

    private mutating func keywords(_ value: JSONValue) -> Bool {
        if value.isNull { return true }
        guard case .array(let elements) = value else { return false }
        content.keywords = elements.compactMap { escapes.unescaped($0).string }
        return content.keywords.count == elements.count
    }

    private mutating func links(_ value: JSONValue) -> Bool {
        if value.isNull { return true }
        guard case .array(let elements) = value else { return false }
        var others: [JSONValue] = []
        content.links.reserveCapacity(elements.count)
        for element in elements {
            if case .object(let object) = element {
                content.links.append(Self.link(object, escapes))
            } else {
                others.append(escapes.unescaped(element))
            }
        }
        if !others.isEmpty { keep("links", .array(others)) }
        return true
    }

    // MARK: Links

    static func link(_ object: JSONObject, _ escapes: KeyvEscapes) -> MemoryLink {
        var link = MemoryLink(type: "", term: "")
        var seen: Set<String> = []
        var extra: [JSONObject.Member] = []
        for member in object.members.reversed() {
            let value = escapes.unescaped(member.value)
            let isKnown = ["type", "key", "term", "weight"].contains(member.name)
            if isKnown, seen.insert(member.name).inserted, take(member.name, value, &link) { continue }
            extra.append(JSONObject.Member(name: isKnown ? member.name + "_raw" : member.name, value: value))
        }
        for member in extra.reversed() { link.extra.appendUnderFreeName(member.name, member.value) }
        return link
    }

    private static func take(_ name: String, _ value: JSONValue, _ link: inout MemoryLink) -> Bool {
        switch (name, value) {
        case (_, .null): return true
        case ("type", .string(let text)): link.type = text
        case ("key", .string(let text)): link.key = text
        case ("term", .string(let text)): link.term = text
        case ("weight", .number(let number)) where number.double.isFinite: link.weight = number.double
        default: return false
        }
        return true
    }

    // MARK: Statistics

    private mutating func meta(_ value: JSONValue) -> Bool {
        if value.isNull { return true }
        guard case .object(let object) = value else { return false }
        var seen: Set<String> = []
        var others: [JSONObject.Member] = []
        for member in object.members.reversed() {
            let value = escapes.unescaped(member.value)
            if seen.insert(member.name).inserted, take(member.name, value) { continue }
            others.append(JSONObject.Member(name: member.name, value: value))
        }
        if !others.isEmpty { keep("meta", .object(JSONObject(others.reversed()))) }
        return true
    }

    private mutating func take(_ name: String, _ value: JSONValue) -> Bool {
        switch (name, value) {
        case ("id", .string(let id)): return id.hasSameBytes(as: key)
        case ("status", .string(let text)):
            meta.status = MemoryStatus(rawValue: text)
            return meta.status != nil
        case (_, .number(let number)):
            guard let whole = number.int64 else { return false }
            return take(name, whole)
        default: return false
        }
    }

    private mutating func take(_ name: String, _ value: Int64) -> Bool {
        switch name {
        case "created_at": meta.createdAt = Timestamp(milliseconds: value)
        case "last_accessed_at": meta.lastAccessedAt = Timestamp(milliseconds: value)
        case "last_linked_at": meta.lastLinkedAt = Timestamp(milliseconds: value)
        case "access_count" where value >= 0: meta.accessCount = Int(value)
        case "traverse_count" where value >= 0: meta.traverseCount = Int(value)
        case "in_degree", "out_degree": break
        default: return false
        }
        return true
    }
}
