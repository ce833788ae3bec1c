import EventLog

/// One field's values on both sides; nil where the memory is not there, or has no such field.
public struct FieldChange: Hashable, Sendable {
    /// As it is called in JSON: `summary`, `status`, `extra.colour`.
    public var field: String
    public var before: JSONValue?
    public var after: JSONValue?

    /// `{"field", "before", "after"}`, with `null` for what is not there.
    public var json: JSONValue {
        ["field": .string(field), "before": before ?? .null, "after": after ?? .null]
    }
}

/// What differs between two states of a memory.
public struct MemoryDelta: Hashable, Sendable {
    /// In the order of a memory's JSON.
    public var fields: [FieldChange] = []
    /// Links that only the later state has. One whose term, weight or target changed is lost and gained.
    public var linksGained: [MemoryLink] = []
    public var linksLost: [MemoryLink] = []

    public var isEmpty: Bool { fields.isEmpty && linksGained.isEmpty && linksLost.isEmpty }

    /// About how much memory its texts take.
    var textBytes: Int {
        fields.reduce(0) { $0 + ($1.before?.string?.utf8.count ?? 0) + ($1.after?.string?.utf8.count ?? 0) }
    }

    init() {}

    /// - Parameter statistics: counts, times of reading and degrees too.
    init(from old: Memory?, to new: Memory?, statistics: Bool = false) {
        let before = old.map { MemoryFields($0, statistics: statistics) } ?? MemoryFields()
        let after = new.map { MemoryFields($0, statistics: statistics) } ?? MemoryFields()
        var seen = Set<ByteText>()
        for member in before.members + after.members where seen.insert(ByteText(member.name)).inserted {
            let (left, right) = (before[member.name], after[member.name])
            guard left != right else { continue }
            // What a new memory does not say is not a change, nor what a deleted one did not.
            if old == nil || new == nil, left ?? right == "" || left ?? right == [] { continue }
            fields.append(FieldChange(field: member.name, before: left, after: right))
        }
        let (oldLinks, newLinks) = (old?.content.links ?? [], new?.content.links ?? [])
        linksLost = Self.links(oldLinks, without: newLinks)
        linksGained = Self.links(newLinks, without: oldLinks)
    }

    /// The links that the other list does not have, each as often as it has it less.
    static func links(_ links: [MemoryLink], without others: [MemoryLink]) -> [MemoryLink] {
        // By their JSON, because Swift compares texts by what they look like.
        var remaining: [JSONValue: Int] = [:]
        for other in others { remaining[other.json, default: 0] += 1 }
        return links.filter { link in
            guard let count = remaining[link.json], count > 0 else { return true }
            remaining[link.json] = count - 1
            return false
        }
    }

    package var members: [JSONObject.Member] {
        [
            .init(name: "fields", value: .array(fields.map(\.json))),
            .init(name: "links_gained", value: .array(linksGained.map(\.json))),
            .init(name: "links_lost", value: .array(linksLost.map(\.json))),
        ]
    }
}

/// A memory's fields but its links, by name.
struct MemoryFields {
    private(set) var members: [JSONObject.Member] = []
    private var values: [ByteText: JSONValue] = [:]

    init() {}

    init(_ memory: Memory, statistics: Bool) {
        let (content, meta) = (memory.content, memory.meta)
        add("domain", .string(content.domain))
        add("summary", .string(content.summary))
        add("text", .string(content.text))
        add("type", .string(content.type))
        add("keywords", .array(content.keywords.map { .string($0) }))
        for member in content.extra.members { add(Self.extraPrefix + member.name, member.value) }
        if let provenance = memory.provenance { add("provenance", provenance.json) }
        add("status", .string(meta.status.rawValue))
        add("created_at", JSONValue(meta.createdAt.milliseconds))
        guard statistics else { return }
        for name in Self.statistics { add(name, meta.json[name] ?? .null) }
    }

    static let extraPrefix = "extra."
    static let degrees: Set<String> = ["in_degree", "out_degree"]
    /// In the order of a memory's JSON.
    static let statistics = [
        "last_accessed_at", "last_linked_at", "in_degree", "out_degree", "access_count", "traverse_count",
    ]

    private mutating func add(_ name: String, _ value: JSONValue) {
        members.append(.init(name: name, value: value))
        values[ByteText(name)] = value
    }

    subscript(name: String) -> JSONValue? { values[ByteText(name)] }
}
