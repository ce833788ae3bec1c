import EventLog
import LedgerStorage

/// Goes back through a memory's life until every field and link has the event that set it.
///
/// A memory's list of links keeps its length and order between two events of the memory that touch it: renames of
/// targets change keys only. So a link is followed by its place in the list, whatever its target was called.
struct BlameSearch {
    private let past: PastMemories
    private let streams: StreamReader
    /// They tell where links went up to the moment.
    private let tables: any TableReading
    private let values: MemoryFields
    private var fields: [ByteText: MemoryBlame.Field] = [:]
    private var links: [LinkInSearch]
    private var isMade = false
    /// What has not been found yet: by name.
    private var open: Set<ByteText>

    /// A link that is being followed back.
    private struct LinkInSearch {
        var link: MemoryLink
        /// Its place in the list after the event that is looked at; nil once what made it is found.
        var place: Int?
        /// Its target after the last event that was looked at.
        var target: String?
        var madeBy: EventReference?
        var setBy: EventReference?
        var movedBy: [EventReference] = []
    }

    init(_ memory: Memory, _ past: PastMemories, _ streams: StreamReader, _ tables: any TableReading) {
        self.past = past
        self.streams = streams
        self.tables = tables
        values = MemoryFields(memory, statistics: false)
        open = Set(values.members.map { ByteText($0.name) })
        links = memory.content.links.enumerated().map {
            LinkInSearch(link: $0.element, place: $0.offset, target: $0.element.key)
        }
    }

    // MARK: The way back

    mutating func run(_ memory: MemoryKey) async throws -> MemoryBlame {
        var search = self
        var lastRename: MemoryRename?
        try await streams.goBack(from: memory, moved: { lastRename = lastRename ?? $0 }) { event, key in
            if MemoryEvent.Name.reads.contains(event.type) { return true }
            try await search.look(at: event, of: key)
            return !search.isMade
        }
        self = search
        if let rename = lastRename {
            fields["key"] = MemoryBlame.Field(
                field: "key", value: .string(rename.new.key), setBy: EventReference(rename.event))
        }
        return result(memory)
    }

    private mutating func look(at event: RecordedEvent, of key: MemoryKey) async throws {
        switch try MemoryEvent.decode(event) {
        case .added?, .replaced?: try await made(by: event, key, expiry: nil)
        case .restored(let restoration)?: try await made(by: event, key, expiry: restoration.expiresAt)
        case .legacyRowImported(let row)?:
            // A row that was quarantined, or was there already, set nothing.
            let (before, after) = try await sides(event, key)
            guard let after, before?.version != after.version, case .memory(let legacy) = row.interpretation() else {
                return
            }
            if before != nil, let checkedOut = row.checkedOut {
                return try await takenOver(checkedOut, by: event, key)
            }
            try await made(by: event, key, expiry: row.keepExpired ? nil : legacy.expiresAt)
        case .updated(let change, let provenance)?:
            if provenance != nil { set("provenance", by: event) }
            for name in change.fields { set(name, by: event) }
            if change.links != nil { try await madeLinks(by: event, key) }
        case .metaSet?: for name in MemoryMetaValues.fields { set(name, by: event) }
        case .linked(let link)?: try await linked(link, by: event, key)
        case .unlinked(let target, let type, let term)?:
            try await unlinked(by: event, key) { $0.disconnect(from: target, type: type, term: term) }
        default: break
        }
    }

    /// What was changed in a checkout that came back; the rest is as it was before.
    private mutating func takenOver(
        _ row: LegacyCheckedOut, by event: RecordedEvent, _ key: MemoryKey
    ) async throws {
        for name in open {
            let isExtra = name.text.utf8.starts(with: MemoryFields.extraPrefix.utf8)
            let part = isExtra ? .extra : LegacyCheckedOut.Part(rawValue: name.text)
            if part.map({ !row.kept.contains($0) }) ?? true { set(name.text, by: event) }
        }
        if !row.kept.contains(.links) { try await madeLinks(by: event, key) }
    }

    private mutating func made(by event: RecordedEvent, _ key: MemoryKey, expiry: Timestamp?) async throws {
        for name in open { set(name.text, by: event) }
        if let expiry {
            fields["expires_at"] = MemoryBlame.Field(
                field: "expires_at", value: JSONValue(expiry.milliseconds), setBy: EventReference(event))
        }
        try await madeLinks(by: event, key)
        isMade = true
    }

    private mutating func set(_ name: String, by event: RecordedEvent) {
        guard open.remove(ByteText(name)) != nil, let value = values[name] else { return }
        fields[ByteText(name)] = MemoryBlame.Field(field: name, value: value, setBy: EventReference(event))
    }

    // MARK: Links

    private var hasOpenLinks: Bool { links.contains { $0.place != nil } }

    private func sides(_ event: RecordedEvent, _ key: MemoryKey) async throws -> (before: Memory?, after: Memory?) {
        (try await past.memory(key, before: event), try await past.memory(key, after: event))
    }

    private mutating func madeLinks(by event: RecordedEvent, _ key: MemoryKey) async throws {
        guard hasOpenLinks else { return }
        let after = try await past.memory(key, after: event)?.content.links ?? []
        try await follow(after, key, event)
        for index in links.indices where links[index].place != nil { make(index, by: event) }
    }

    private mutating func make(_ index: Int, by event: RecordedEvent) {
        links[index].madeBy = EventReference(event)
        links[index].place = nil
    }

    private mutating func linked(_ link: MemoryLink, by event: RecordedEvent, _ key: MemoryKey) async throws {
        guard hasOpenLinks else { return }
        let (before, after) = try await sides(event, key)
        let (old, new) = (before?.content.links ?? [], after?.content.links ?? [])
        try await follow(new, key, event)
        guard let place = new.place(ofOneLike: link),
            let index = links.firstIndex(where: { $0.place == place })
        else { return }
        if old.count < new.count {
            make(index, by: event)
        } else if links[index].setBy == nil {
            links[index].setBy = EventReference(event)
        }
    }

    /// The links that it took away stood between those that it left.
    private mutating func unlinked(
        by event: RecordedEvent, _ key: MemoryKey, _ unlink: (inout [MemoryLink]) -> [Int]
    ) async throws {
        guard hasOpenLinks else { return }
        let (before, after) = try await sides(event, key)
        try await follow(after?.content.links ?? [], key, event)
        let old = before?.content.links ?? []
        var left = old
        let removed = Set(unlink(&left))
        let kept = old.indices.filter { !removed.contains($0) }
        for index in links.indices {
            guard let place = links[index].place else { continue }
            links[index].place = kept.indices.contains(place) ? kept[place] : nil
            links[index].target = kept.indices.contains(place) ? old[kept[place]].key : links[index].target
        }
    }

    /// Notes which links moved between an event and the one that was looked at before.
    private mutating func follow(_ after: [MemoryLink], _ key: MemoryKey, _ event: RecordedEvent) async throws {
        for index in links.indices {
            guard let place = links[index].place, after.indices.contains(place) else { continue }
            let then = after[place].key
            if let target = links[index].target, let then, !target.hasSameBytes(as: then) {
                let renames = try await renames(from: then, to: target, in: key.namespace, after: event.position)
                links[index].movedBy += renames.reversed()
            }
            links[index].target = then
        }
    }

    /// The renames that led a link from one key to another, the first first.
    private func renames(
        from key: String, to target: String, in namespace: String, after position: Position
    ) async throws -> [EventReference] {
        let way = try tables.readSnapshot { sqlite in
            try LinkTargets(namespace, sqlite)
                .way(from: key, to: target, after: position, through: streams.moment?.position ?? .max)
        }
        var found: [EventReference] = []
        for rename in way {
            if let event = try await streams.log.event(at: rename.position) { found.append(EventReference(event)) }
        }
        return found
    }

    // MARK: The answer

    private func result(_ memory: MemoryKey) -> MemoryBlame {
        let names = ["key"] + values.members.map(\.name) + ["expires_at"]
        var seen = Set<ByteText>()
        return MemoryBlame(
            memory: memory,
            fields: names.filter { seen.insert(ByteText($0)).inserted }.compactMap { fields[ByteText($0)] },
            links: links.compactMap { link in
                link.madeBy.map {
                    MemoryBlame.Link(link: link.link, madeBy: $0, setBy: link.setBy, movedBy: link.movedBy)
                }
            })
    }
}

extension ByteText: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self.init(value) }
}

extension MemoryReading {
    /// For each field and each link of a memory, the event that set it.
    ///
    /// A memory that was restored owes all that it held to the event that restored it. A link whose target was renamed
    /// owes itself to what made it; the renames are noted.
    ///
    /// - Throws: `MemoryLedgerError.notFound` where the key holds no memory.
    public func blame(_ memory: MemoryKey) async throws -> MemoryBlame {
        try await audited(.blame, memory.namespace) {
            try await source.counter?.flush()
            let memory = try await resolve(memory)
            guard let found = try await includingQuarantined.find(memory) else {
                throw MemoryLedgerError.notFound(memory)
            }
            var search = BlameSearch(found, past, streams, try await tablesOfRenames(memory.namespace))
            return try await search.run(memory)
        } describe: { _ in
            (["key": .string(memory.key)], [memory.key])
        }
    }

    /// The serving tables if they tell the renames up to the moment, else the moment's own: what had occurred by a time
    /// is not the log up to a position.
    private func tablesOfRenames(_ namespace: String) async throws -> any TableReading {
        let serving = source.parts.tables
        guard let moment = source.moment, moment.occurredThrough == nil,
            try serving.readSnapshot({ try PastFacts(namespace, $0).areServed(through: moment.position) })
        else { return try await source.readableTables() }
        return serving
    }
}
