import EventLog

/// The projector at work: keeps the slots of keys in memory, writes rows back before each commit.
///
/// A slot's statistics change with nearly every event, its content seldom. So content is written when it comes, and
/// statistics when the transaction ends; a new memory's row waits for both.
final class MemorySession: ProjectionSession {
    let rows: MemoryTables
    private var slots: [StreamName: KeySlot] = [:]
    private var namespaces: [ByteText: NamespaceState] = [:]
    private var touched: [KeySlot] = []
    private var touchedNamespaces: [NamespaceState] = []
    /// Slots of new memories whose rows are not inserted yet.
    private var pending: [KeySlot] = []
    private var pendingBytes = 0
    /// Built from nothing and nothing forgotten yet: a key that has no slot has no row either.
    private var knowsEverything: Bool
    private let beginsEmpty: Bool
    /// The numbers of lineages by their hashes.
    var lineageNumbers: [[UInt8]: Int64] = [:]

    /// Slots kept in memory: some 300 bytes each.
    private static let maximumSlots = 250_000
    /// Content that waits to be inserted.
    private static let maximumPendingBytes = 4 << 20

    init(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) {
        rows = MemoryTables(sqlite)
        beginsEmpty = isBeingBuilt
        knowsEverything = isBeingBuilt
    }

    func apply(_ event: RecordedEvent) throws {
        guard let body = try MemoryEvent.decode(event) else { return }
        let isMemory = event.stream.rawValue.utf8.first != UInt8(ascii: "$")
        if case .legacyRowImported(let row) = body {
            let wasTaken = try importRow(row, event)
            if isMemory { try noteImport(event, wasTaken) }
        } else if case .legacyImportStarted(let start) = body {
            try addSource(start, event.position)
        } else if isMemory {
            let slot = try slot(event.stream)
            count(event, in: slot.namespace)
            try apply(body, event, slot)
        }
        if slots.count > Self.maximumSlots { try evict() }
    }

    private func apply(_ body: MemoryEvent, _ event: RecordedEvent, _ slot: KeySlot) throws {
        if let state = slot.state {
            touch(slot)
            state.isDirty = true
            state.version = event.version
            switch body {
            case .accessed:
                state.accessCount += 1
                state.lastAccessedAt = event.occurredAt.milliseconds
                return
            case .traversed:
                state.traverseCount += 1
                state.lastLinkedAt = event.occurredAt.milliseconds
                return
            default: state.contentVersion = event.version
            }
        }
        switch body {
        case .added(let content), .replaced(let content):
            if slot.state != nil { try remove(slot) }
            let state = MemoryState(id: event.position, at: event.occurredAt.milliseconds, version: event.version)
            try insert(content, state, slot)
        case .restored(let restoration):
            if slot.state != nil { try remove(slot) }
            let state = MemoryState(id: event.position, at: event.occurredAt.milliseconds, version: event.version)
            state.set(restoration.statistics)
            state.expiresAt = restoration.expiresAt?.milliseconds
            try insert(restoration.content, state, slot)
        case .deleted: try remove(slot)
        case .renamed(let newKey): try rename(slot, to: newKey)
        case .updated(let change): try update(slot, change)
        case .metaSet(let values): slot.state.map { $0.set(values) }
        case .linked(let link): try self.link(slot, link)
        case .unlinked(let key, let type, let term): try self.unlink(slot, key: key, type: type, term: term)
        case .accessed, .traversed, .nameTaken, .legacyRowImported, .legacyImportStarted: break
        }
    }

    /// The stream of an imported row goes on, whatever became of the row; a quarantined one is not its namespace's.
    private func noteImport(_ event: RecordedEvent, _ wasTaken: Bool) throws {
        let slot = try slot(event.stream)
        if wasTaken { count(event, in: slot.namespace) }
        guard let state = slot.state else { return }
        state.version = event.version
        state.isDirty = true
        touch(slot)
    }

    // MARK: Slots

    /// What is known of a memory's stream.
    func slot(_ stream: StreamName) throws -> KeySlot {
        if let known = slots[stream] { return known }
        let memory = MemoryStream.memory(stream) ?? MemoryKey(namespace: "", key: stream.rawValue)
        let slot = KeySlot(memory: memory, namespace: try namespace(memory.namespace))
        if !knowsEverything {
            slot.state = try loadState(memory)
            if slot.state == nil {
                let row = try rows(.findTarget)
                row.bind(1, memory.namespace)
                row.bind(2, memory.key)
                defer { row.reset() }
                if try row.step() { slot.dangling = row.int(0) }
                slot.storedDangling = slot.dangling
            }
        }
        slots[stream] = slot
        return slot
    }

    func slot(_ memory: MemoryKey) throws -> KeySlot { try slot(MemoryStream.name(memory)) }

    /// The slot will be written at the next flush.
    func touch(_ slot: KeySlot) {
        guard !slot.isTouched else { return }
        slot.isTouched = true
        touched.append(slot)
    }

    func touch(_ namespace: NamespaceState) {
        guard !namespace.isTouched else { return }
        namespace.isTouched = true
        touchedNamespaces.append(namespace)
    }

    private func count(_ event: RecordedEvent, in namespace: NamespaceState) {
        namespace.events[event.type, default: 0] += 1
        touch(namespace)
    }

    private func namespace(_ name: String) throws -> NamespaceState {
        if let known = namespaces[ByteText(name)] { return known }
        let state = NamespaceState(name: name)
        if !knowsEverything {
            let row = try rows(.findNamespace)
            row.bind(1, name)
            defer { row.reset() }
            if try row.step() {
                (state.memories, state.links, state.linksWithoutTarget) = (row.int(0), row.int(1), row.int(2))
            }
        }
        namespaces[ByteText(name)] = state
        return state
    }

    private func loadState(_ memory: MemoryKey) throws -> MemoryState? {
        let row = try rows(.findMemory)
        row.bind(1, memory.namespace)
        row.bind(2, memory.key)
        defer { row.reset() }
        guard try row.step() else { return nil }
        let state = MemoryState(id: row.int64(0), at: row.int64(1), version: row.int64(11))
        state.lastAccessedAt = row.int64(2)
        state.lastLinkedAt = row.int64(3)
        state.inDegree = row.int(4)
        state.outDegree = row.int(5)
        state.accessCount = row.int(6)
        state.traverseCount = row.int(7)
        state.status = row.text(8)
        state.expiresAt = row.optionalInt64(9)
        state.nextLink = row.int(10)
        state.contentVersion = row.int64(12)
        state.sourceRow = row.optionalInt64(13)
        return state
    }

    // MARK: Memories

    /// Puts a memory under a key that holds none.
    func insert(_ content: MemoryContent, _ state: MemoryState, _ slot: KeySlot) throws {
        slot.state = state
        state.inDegree = slot.dangling
        slot.namespace.linksWithoutTarget -= slot.dangling
        slot.dangling = 0
        slot.namespace.memories += 1
        let columns = ContentColumns(content)
        state.pending = columns
        pending.append(slot)
        pendingBytes += columns.byteCount
        touch(slot)
        touch(slot.namespace)
        for link in content.links { try addLink(link, of: state, slot) }
        if pendingBytes > Self.maximumPendingBytes { try insertPending() }
    }

    /// Takes a memory away, with its links; links that point at it remain, without a target.
    func remove(_ slot: KeySlot) throws {
        guard let state = slot.state else { return }
        try removeLinks(of: state, slot)
        if state.pending == nil {
            let delete = try rows(.deleteMemory)
            delete.bind(1, state.id)
            try delete.run()
        }
        slot.state = nil
        slot.dangling = state.inDegree
        slot.namespace.memories -= 1
        slot.namespace.linksWithoutTarget += state.inDegree
        touch(slot)
        touch(slot.namespace)
    }

    private func update(_ slot: KeySlot, _ change: MemoryChange) throws {
        guard let state = slot.state else { return }
        try insertRow(of: state)
        state.sourceRow = nil
        if change.links != nil { try removeLinks(of: state, slot) }
        let update = try rows(.updateContent)
        update.bind(1, state.id)
        update.bind(2, change.domain)
        update.bind(3, change.summary)
        update.bind(4, change.text)
        update.bind(5, change.type)
        update.bind(6, change.keywords.map { String(decoding: MemoryColumns.json($0), as: UTF8.self) })
        update.bind(7, change.links.map { String(decoding: MemoryColumns.json($0), as: UTF8.self) })
        try update.run()
        for link in change.links ?? [] { try addLink(link, of: state, slot) }
    }

    // MARK: Writing back

    func flush() throws {
        try insertPending()
        touched.sort { ($0.state?.id ?? 0) < ($1.state?.id ?? 0) }
        for slot in touched {
            slot.isTouched = false
            try writeTarget(slot)
            if let state = slot.state, state.isDirty { try write(state) }
        }
        touched.removeAll(keepingCapacity: true)
        for namespace in touchedNamespaces { try write(namespace) }
        touchedNamespaces.removeAll()
    }

    /// Makes sure that a memory has its row, because the row is about to be changed beside the state.
    func insertRow(of state: MemoryState) throws {
        try insertPending()
        // What changes in the state from here on is not in the row yet.
        state.isDirty = true
    }

    /// Inserts the rows of new memories, in the order of their ids.
    func insertPending() throws {
        guard !pending.isEmpty else { return }
        let slots = pending
        pending.removeAll(keepingCapacity: true)
        pendingBytes = 0
        for slot in slots {
            guard let state = slot.state, let content = state.pending else { continue }
            state.pending = nil
            state.isDirty = false
            try insertRow(slot.memory, content, state)
        }
    }

    private func insertRow(_ memory: MemoryKey, _ content: ContentColumns, _ state: MemoryState) throws {
        let insert = try rows(.insertMemory)
        insert.bind(1, state.id)
        insert.bind(2, memory.key)
        insert.bind(3, memory.namespace)
        insert.bind(4, content.domain)
        insert.bind(5, content.summary)
        insert.bind(6, content.text)
        insert.bind(7, content.type)
        insert.bind(8, text: content.keywords)
        insert.bind(9, text: content.links)
        insert.bind(10, content.extra)
        insert.bind(11, state.createdAt)
        insert.bind(12, state.lastAccessedAt)
        insert.bind(13, state.lastLinkedAt)
        insert.bind(14, state.inDegree)
        insert.bind(15, state.outDegree)
        insert.bind(16, state.accessCount)
        insert.bind(17, state.traverseCount)
        insert.bind(18, state.status)
        insert.bind(19, state.expiresAt)
        insert.bind(20, state.nextLink)
        insert.bind(21, state.version)
        insert.bind(22, state.contentVersion)
        insert.bind(23, state.sourceRow)
        try insert.run()
    }

    private func write(_ state: MemoryState) throws {
        state.isDirty = false
        let update = try rows(.updateState)
        update.bind(1, state.id)
        update.bind(2, state.createdAt)
        update.bind(3, state.lastAccessedAt)
        update.bind(4, state.lastLinkedAt)
        update.bind(5, state.inDegree)
        update.bind(6, state.outDegree)
        update.bind(7, state.accessCount)
        update.bind(8, state.traverseCount)
        update.bind(9, state.status)
        update.bind(10, state.nextLink)
        update.bind(11, state.version)
        update.bind(12, state.contentVersion)
        update.bind(13, state.sourceRow)
        try update.run()
    }

    private func writeTarget(_ slot: KeySlot) throws {
        guard slot.dangling != slot.storedDangling else { return }
        let write = try rows(slot.dangling == 0 ? .deleteTarget : .setTarget)
        write.bind(1, slot.memory.namespace)
        write.bind(2, slot.memory.key)
        if slot.dangling != 0 { write.bind(3, slot.dangling) }
        try write.run()
        slot.storedDangling = slot.dangling
    }

    private func write(_ namespace: NamespaceState) throws {
        namespace.isTouched = false
        let set = try rows(.setNamespace)
        set.bind(1, namespace.name)
        set.bind(2, namespace.memories)
        set.bind(3, namespace.links)
        set.bind(4, namespace.linksWithoutTarget)
        try set.run()
        let count = try rows(.countEvents)
        for (type, events) in namespace.events.sorted(by: { $0.key < $1.key }) {
            count.bind(1, namespace.name)
            count.bind(2, type.rawValue)
            count.bind(3, events)
            try count.run()
        }
        namespace.events.removeAll(keepingCapacity: true)
    }

    /// Writes everything and begins with empty hands, so that memory stays bounded.
    private func evict() throws {
        try flush()
        slots.removeAll()
        knowsEverything = false
    }

    func forget() {
        slots.removeAll()
        namespaces.removeAll()
        lineageNumbers.removeAll()
        touched.removeAll()
        touchedNamespaces.removeAll()
        pending.removeAll()
        pendingBytes = 0
        knowsEverything = false
    }
}

extension MemoryState {
    func set(_ values: MemoryMetaValues) {
        createdAt = values.createdAt.milliseconds
        lastAccessedAt = values.lastAccessedAt.milliseconds
        lastLinkedAt = values.lastLinkedAt.milliseconds
        accessCount = values.accessCount
        traverseCount = values.traverseCount
        status = values.status.rawValue
        sourceRow = nil
    }
}
