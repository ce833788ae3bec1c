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
    private var seen = Seen()
    /// From the last to the first.
    private var extra: [JSONObject.Member] = []

    init(_ object: JSONObject, key: String, escapes: KeyvEscapes) {
        self.escapes = escapes
        self.key = key
        for member in object.members.reversed() { read(member) }
        content.extra = JSONObject(extra.reversed())
    }

    /// The names that were read already, by their places in a switch; cheaper than a set of strings.
    private struct Seen {
        private var bits: UInt32 = 0

        /// True the first time that it is asked about a place.
        mutating func isFirst(_ place: Int) -> Bool {
            let bit: UInt32 = 1 << UInt32(place)
            defer { bits |= bit }
            return bits & bit == 0
        }
    }

    private mutating func read(_ member: JSONObject.Member) {
        let isTaken: Bool
        switch member.name {
        case "domain": isTaken = seen.isFirst(0) && Self.take(member.value, escapes, &content.domain)
        case "summary": isTaken = seen.isFirst(1) && Self.take(member.value, escapes, &content.summary)
        case "text": isTaken = seen.isFirst(2) && Self.take(member.value, escapes, &content.text)
        case "type": isTaken = seen.isFirst(3) && Self.take(member.value, escapes, &content.type)
        case "keywords": isTaken = seen.isFirst(4) && keywords(member.value)
        case "links": isTaken = seen.isFirst(5) && links(member.value)
        case "meta": isTaken = seen.isFirst(6) && meta(member.value)
        default: isTaken = false
        }
        if member.name != "meta" { hasContent = true }
        if !isTaken { keep(member.name, escapes.unescaped(member.value)) }
    }

    private mutating func keep(_ name: String, _ value: JSONValue) {
        extra.append(JSONObject.Member(name: name, value: value))
    }

    private static func take(_ value: JSONValue, _ escapes: KeyvEscapes, _ field: inout String) -> Bool {
        if value.isNull { return true }
        guard case .string(let escaped) = value, case .string(let text) = escapes.unescaped(escaped) else {
            return false
        }
        field = text
        return true
    }

    private mutating func keywords(_ value: JSONValue) -> Bool {
        if value.isNull { return true }
        guard case .array(let elements) = value else { return false }
        var others: [JSONValue] = []
        content.keywords.reserveCapacity(elements.count)
        for element in elements {
            let value = escapes.unescaped(element)
            if case .string(let keyword) = value { content.keywords.append(keyword) } else { others.append(value) }
        }
        if !others.isEmpty { keep("keywords", .array(others)) }
        return true
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
        var seen = Seen()
        var extra: [JSONObject.Member] = []
        for member in object.members.reversed() {
            let value = escapes.unescaped(member.value)
            let isTaken: Bool
            switch member.name {
            case "type": isTaken = seen.isFirst(0) && take(value, .none, &link.type)
            case "key": isTaken = seen.isFirst(1) && take(value, &link.key)
            case "term": isTaken = seen.isFirst(2) && take(value, .none, &link.term)
            case "weight": isTaken = seen.isFirst(3) && take(value, &link.weight)
            default:
                extra.append(JSONObject.Member(name: member.name, value: value))
                continue
            }
            if !isTaken { extra.append(JSONObject.Member(name: member.name + "_raw", value: value)) }
        }
        for member in extra.reversed() { link.extra.appendUnderFreeName(member.name, member.value) }
        return link
    }

    private static func take(_ value: JSONValue, _ key: inout String?) -> Bool {
        if case .string(let text) = value { key = text } else { return value.isNull }
        return true
    }

    private static func take(_ value: JSONValue, _ weight: inout Double) -> Bool {
        guard case .number(let number) = value, number.double.isFinite else { return value.isNull }
        weight = number.double
        return true
    }

    // MARK: Statistics

    private mutating func meta(_ value: JSONValue) -> Bool {
        if value.isNull { return true }
        guard case .object(let object) = value else { return false }
        var seen = Seen()
        var others: [JSONObject.Member] = []
        for member in object.members.reversed() {
            let value = escapes.unescaped(member.value)
            if !takeStatistic(member.name, value, &seen) {
                others.append(JSONObject.Member(name: member.name, value: value))
            }
        }
        if !others.isEmpty { keep("meta", .object(JSONObject(others.reversed()))) }
        return true
    }

    private mutating func takeStatistic(_ name: String, _ value: JSONValue, _ seen: inout Seen) -> Bool {
        switch name {
        case "id": return seen.isFirst(0) && value.string?.hasSameBytes(as: key) == true
        case "status":
            guard seen.isFirst(1), let status = value.string.flatMap(MemoryStatus.init(rawValue:)) else { return false }
            meta.status = status
            return true
        default:
            guard let whole = value.number?.int64 else { return false }
            return takeStatistic(name, whole, &seen)
        }
    }

    private mutating func takeStatistic(_ name: String, _ value: Int64, _ seen: inout Seen) -> Bool {
        switch name {
        case "created_at" where seen.isFirst(2): meta.createdAt = Timestamp(milliseconds: value)
        case "last_accessed_at" where seen.isFirst(3): meta.lastAccessedAt = Timestamp(milliseconds: value)
        case "last_linked_at" where seen.isFirst(4): meta.lastLinkedAt = Timestamp(milliseconds: value)
        case "access_count" where value >= 0 && seen.isFirst(5): meta.accessCount = Int(value)
        case "traverse_count" where value >= 0 && seen.isFirst(6): meta.traverseCount = Int(value)
        case "in_degree" where seen.isFirst(7), "out_degree" where seen.isFirst(8): break
        default: return false
        }
        return true
    }
}
