import EventLog

/// What a migration would make of a memory's row, compared with the memory: what differs, the layout cannot hold.
struct LegacyCheckoutComparison {
    typealias Field = LegacyCheckoutReport.Field

    private let standing: StandingMemory
    private let layout: LegacyLayout

    init(_ standing: StandingMemory, layout: LegacyLayout) {
        self.standing = standing
        self.layout = layout
    }

    /// - Parameters:
    ///   - read: What the row means.
    ///   - links: Those of the memory's links that are in the file, and what became of the others.
    func differences(
        from read: LegacyInterpretation, links kept: LegacyKeptLinks? = nil
    ) -> [LegacyCheckoutReport.Field] {
        var fields: [Field] = []
        switch read {
        case .quarantined(let reason):
            fields.append(Field(name: "memory", reason: "Migrated again it is set aside: \(reason)"))
        case .memory(let legacy):
            fields += place(legacy.id)
            fields += content(legacy.content, kept)
            fields += statistics(legacy.meta)
            if legacy.expiresAt != standing.expiresAt { fields.append(expiry(legacy.expiresAt)) }
        }
        return fields + provenance
    }

    private func place(_ read: MemoryKey) -> [Field] {
        let id = standing.memory.id
        var fields: [Field] = []
        if !read.namespace.hasSameBytes(as: id.namespace) {
            fields.append(
                Field(
                    name: "namespace",
                    reason: "Its row is read as the key \(read.key) in namespace \(read.namespace)."))
        }
        if !read.key.hasSameBytes(as: id.key) {
            fields.append(
                Field(name: "key", reason: "Its row is read as the key \(read.key) in namespace \(read.namespace)."))
        }
        return fields
    }

    private func content(_ read: MemoryContent, _ kept: LegacyKeptLinks?) -> [Field] {
        let own = standing.memory.content
        var fields: [Field] = []
        let texts = [
            ("domain", own.domain, read.domain), ("summary", own.summary, read.summary), ("text", own.text, read.text),
            ("type", own.type, read.type),
        ]
        for (name, own, read) in texts where !own.hasSameBytes(as: read) { fields.append(lost(name)) }
        let isSame =
            own.keywords.count == read.keywords.count
            && zip(own.keywords, read.keywords).allSatisfy { $0.hasSameBytes(as: $1) }
        if !isSame { fields.append(lost("keywords")) }
        let links = (kept ?? LegacyKeptLinks(all: own.links)).losses(in: read.links)
        if !links.isEmpty { fields.append(Field(name: "links", reason: links)) }
        if own.extra != read.extra { fields.append(unknownMembers(own.extra, read.extra)) }
        return fields
    }

    private func unknownMembers(_ own: JSONObject, _ read: JSONObject) -> Field {
        let lost = own.members.filter { read[$0.name] != $0.value }.map(\.name)
        let reason =
            lost.isEmpty
            ? "Unknown members are read in another order or under other names."
            : "The layout has no place for the unknown members \(lost.joined(separator: ", "))."
        return Field(name: "extra", reason: reason)
    }

    private func statistics(_ read: LegacyMeta) -> [Field] {
        let own = standing.memory.meta
        let isSame = [
            ("created_at", read.createdAt == own.createdAt),
            ("last_accessed_at", read.lastAccessedAt == own.lastAccessedAt),
            ("last_linked_at", read.lastLinkedAt == own.lastLinkedAt),
            ("access_count", read.accessCount == own.accessCount),
            ("traverse_count", read.traverseCount == own.traverseCount),
            ("status", read.status == own.status),
        ]
        return isSame.filter { !$0.1 }.map { lost($0.0) }
    }

    private func expiry(_ read: Timestamp?) -> Field {
        guard read == nil, let expiresAt = standing.expiresAt else { return lost("expires") }
        return Field(
            name: "expires",
            reason: "It expires at \(expiresAt.rfc3339), which the layout cannot say; it stays there for ever.")
    }

    /// A migration says where memories come from by itself.
    private var provenance: [Field] {
        guard let provenance = standing.memory.provenance else { return [] }
        let isOwnWord = provenance.source.map { $0.kind != .import } ?? false
        guard isOwnWord || provenance.trust != nil || !provenance.derivedFrom.isEmpty else { return [] }
        return [
            Field(
                name: "provenance", reason: "The layout cannot say where a memory comes from, nor how far to trust it.")
        ]
    }

    private func lost(_ name: String) -> Field { Field(name: name, reason: "The layout has no place for it.") }
}

/// Which of a memory's links are in a file, and why others are not.
struct LegacyKeptLinks {
    private(set) var links: [MemoryLink] = []
    /// Members that the layout adds to every link, whatever it was.
    private let added: Set<String>
    private var withoutKey = 0
    private var withoutTarget = 0
    private var second = 0

    /// All of them, as they are.
    init(all links: [MemoryLink]) {
        self.links = links
        added = []
    }

    init(added: Set<String>) { self.added = added }

    mutating func keep(_ link: MemoryLink) { links.append(link) }
    mutating func dropWithoutKey() { withoutKey += 1 }
    mutating func dropWithoutTarget() { withoutTarget += 1 }
    mutating func dropSecond() { second += 1 }

    /// What became of them, in sentences; empty where they are all there as they were.
    func losses(in read: [MemoryLink]) -> String {
        var sentences: [String] = []
        func say(_ count: Int, _ one: String, _ many: String) {
            if count > 0 { sentences.append(count == 1 ? "1 link \(one)." : "\(count) links \(many).") }
        }
        say(withoutKey, "has no key and is left out", "have no key and are left out")
        say(
            withoutTarget, "leads to a key that is not in the file and is left out",
            "lead to keys that are not in the file and are left out")
        say(
            second, "is left out, because another of its type leads to the same key",
            "are left out, because others of their types lead to the same keys")
        let changed =
            read.count == links.count
            ? zip(links, read).count { !isSame($0, $1) } : abs(read.count - links.count)
        say(changed, "is read with another key or other members", "are read with other keys or other members")
        return sentences.joined(separator: " ")
    }

    private func isSame(_ own: MemoryLink, _ read: MemoryLink) -> Bool {
        var read = read
        for name in added where own.extra[name] == nil { read.extra.remove(name) }
        // Swift takes texts for equal that are written with other bytes.
        return own.type.hasSameBytes(as: read.type) && own.term.hasSameBytes(as: read.term)
            && (own.key == nil) == (read.key == nil) && (own.key ?? "").hasSameBytes(as: read.key ?? "")
            && own.weight.bitPattern == read.weight.bitPattern && own.extra == read.extra
    }
}
