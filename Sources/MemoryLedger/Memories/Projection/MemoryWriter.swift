import EventLog
import LedgerStorage
import Projections

/// The projector at work: keeps the slots of keys in memory, writes rows back before each commit.
///
/// A slot's statistics change with nearly every event, its content seldom. Both wait in memory for the end of the
/// transaction, or of a rebuild, as far as there is room; links have rows of their own and are written when they come.
///
///     memory     new ──▶ content and statistics wait ── flush, spill ──▶ in its row ── touched ──▶ statistics wait
///                                    ▲       │                                │
///                                    └─ changed                               └─ content is changed in the row
final class MemoryWriter: ProjectionWriter {
    let rows: MemoryStatements
    private var slots: [StreamName: KeySlot] = [:]
    /// The slot that a key was asked for last: an imported row asks for its own five times.
    private var lastSlot: KeySlot?
    private var namespaces: [ByteText: NamespaceState] = [:]
    var touched: [KeySlot] = []
    var touchedNamespaces: [NamespaceState] = []
    /// Slots whose memories may have no row yet.
    var pending: [KeySlot] = []
    /// Bytes of content that waits in memory.
    var pendingBytes = 0
    /// Built from nothing and nothing forgotten yet: a key that has no slot has no row either, and every link that
    /// points at a slot is among its `incoming`.
    private(set) var knowsEverything: Bool
    let isBeingBuilt: Bool
    /// The numbers of lineages by their hashes.
    var lineageNumbers = ByLineage<Int64>()
    /// The tables of lineages by their hashes.
    var lineageTables = ByLineage<[LineageTable]>()
    /// Of lineages by their hashes: those in which the same bytes were imported, and which bytes these are.
    var lineageTwins = ByLineage<(sha256: [UInt8], numbers: [Int64])>()
    /// Of the event that is being applied.
    private(set) var position: Position = 0
    /// Keys with a prefix that the event gave a memory or took it away, and whether they had one before.
    var unsettled: [(slot: KeySlot, hadMemory: Bool)] = []
    /// What is known of contributors and quarantines.
    var known = KnownContributors()
    /// Links that were read with their memory's row, until they are asked for.
    var linksRead: (memory: Int64, links: [MemoryLink])?
    /// The memory in whose place the event puts another.
    private(set) var replacedID: Int64?

    /// Slots kept in memory: some 450 bytes each.
    private static let maximumSlots = 250_000
    /// Content that waits in memory.
    static let maximumPendingBytes = 24 << 20

    init(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) {
        rows = MemoryStatements(sqlite)
        self.isBeingBuilt = isBeingBuilt
        knowsEverything = isBeingBuilt
    }

    func apply(_ event: RecordedEvent) throws {
        if let body = try MemoryEvent.decode(event) { return try apply(event, .of(body)) }
        position = event.position
        if let body = try QuarantineEvent.decode(event) { return try apply(body) }
        switch try EventCatalogue.builtIn.body(of: event) as? LogEvent {
        case .policySet(let change)?: try set(change)
        case .ledger(.subjectErased(let erased))?: try erase(erased)
        default: break
        }
    }

    func apply(_ event: RecordedEvent, _ prepared: PreparedMemoryEvent) throws {
        position = event.position
        linksRead = nil
        let isMemory = event.stream.rawValue.utf8.first != UInt8(ascii: "$")
        if case .legacyRowImported(let row) = prepared.body {
            known.hasImports = true
            let wasTaken = try importRow(row, event, prepared)
            if isMemory {
                let slot = try slot(event.stream)
                // The stream goes on, whatever became of the row; one that was set aside is not its namespace's.
                if wasTaken { count(event, in: slot.namespace) }
                _ = fold(prepared.body, event, slot)
            }
        } else if case .legacyImportStarted(let start) = prepared.body {
            try addSource(start, event.position)
        } else if isMemory {
            var isNew = false
            if event.version == 1, case .added = prepared.body { isNew = true }
            let slot = try slot(event.stream, withLinks: prepared.takesLinks, isNew: isNew)
            count(event, in: slot.namespace)
            replacedID = slot.state?.id
            let status = slot.state?.status
            try carryOut(fold(prepared.body, event, slot), prepared, slot)
            if prepared.setsContent { try noteProvenance(prepared, event, slot) }
            try noteStatus(prepared, before: status, slot)
            if event.version % MemoryMark.interval == 0 { try mark(slot, event.version) }
        }
        try settleLinks()
        if pendingBytes > Self.maximumPendingBytes { try insertPending() }
        if slots.count > Self.maximumSlots { try evict() }
    }

    @inline(__always)
    private func fold(_ body: MemoryEvent, _ event: RecordedEvent, _ slot: KeySlot) -> MemoryFold.Effect {
        if slot.state != nil { touch(slot) }
        return MemoryFold.apply(body, of: event, to: slot.state)
    }

    @inline(__always)
    private func carryOut(
        _ effect: MemoryFold.Effect, _ prepared: PreparedMemoryEvent, _ slot: KeySlot
    ) throws {
        switch effect {
        case .nothing: break
        case .begin(let state, let content):
            try remove(slot)
            try insert(content, prepared.content, state, slot)
        case .end:
            try noteFormer(slot)
            try remove(slot)
        case .leave(let newKey): try rename(slot, to: newKey)
        case .change(let change): try update(slot, change)
        case .link(let link): try self.link(slot, link)
        case .unlink(let key, let type, let term): try self.unlink(slot, key: key, type: type, term: term)
        }
    }

    // MARK: Slots

    /// What is known of a memory's stream.
    ///
    /// - Parameters:
    ///   - withLinks: the event will ask for the memory's links: if its row is read, they are read with it.
    ///   - isNew: the stream begins with a memory that is added. Only an import can have put another one under its key
    ///     then: a renaming moves the row there before the stream begins, with another event.
    func slot(_ stream: StreamName, withLinks: Bool = false, isNew: Bool = false) throws -> KeySlot {
        if let known = slots[stream] { return known }
        let memory = MemoryStream.memory(stream) ?? MemoryKey(namespace: "", key: stream.rawValue)
        let slot = KeySlot(memory: memory, namespace: try namespace(memory.namespace))
        if !knowsEverything {
            if try !isNew || hasImports() { slot.state = try loadState(memory, withLinks: withLinks) }
            if slot.state == nil {
                let row = try rows(.findTarget)
                row.bind(1, memory.namespace)
                row.bind(2, memory.key)
                defer { row.reset() }
                if try row.step() { slot.dangling = row.count(0) }
                slot.storedDangling = slot.dangling
            }
        }
        slots[stream] = slot
        return slot
    }

    func slot(_ memory: MemoryKey) throws -> KeySlot {
        if let lastSlot, lastSlot.memory.key.hasSameBytes(as: memory.key),
            lastSlot.memory.namespace.hasSameBytes(as: memory.namespace)
        {
            return lastSlot
        }
        let slot = try slot(MemoryStream.name(memory))
        lastSlot = slot
        return slot
    }

    private func hasImports() throws -> Bool {
        if let known = known.hasImports { return known }
        let row = try rows(.findAnyImport)
        defer { row.reset() }
        let found = try row.step()
        known.hasImports = found
        return found
    }

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
        if knowsEverything {
            state.hasPrefixedLives = false
        } else {
            let row = try rows(.findNamespace)
            row.bind(1, name)
            defer { row.reset() }
            if try row.step() {
                (state.memories, state.links, state.linksWithoutTarget) = (row.count(0), row.count(1), row.count(2))
            }
        }
        namespaces[ByteText(name)] = state
        return state
    }

    private func loadState(_ memory: MemoryKey, withLinks: Bool) throws -> MemoryState? {
        let row = try rows(withLinks ? .findMemoryAndLinks : .findMemory)
        row.bind(1, memory.namespace)
        row.bind(2, memory.key)
        defer { row.reset() }
        guard try row.step() else { return nil }
        let state = MemoryState(id: row.int64(0), at: row.int64(1), version: row.int64(11))
        state.isInserted = true
        state.storedCreatedAt = state.createdAt
        state.lastAccessedAt = row.int64(2)
        state.lastLinkedAt = row.int64(3)
        state.inDegree = row.count(4)
        state.outDegree = row.count(5)
        state.accessCount = row.count(6)
        state.traverseCount = row.count(7)
        state.status = MemoryStatus(rawValue: row.text(8)) ?? .active
        state.expiresAt = row.optionalInt64(9)
        state.nextLink = row.count(10)
        state.contentVersion = row.int64(12)
        state.sourceRow = row.optionalInt64(13)
        state.provenance = try provenance(of: row, from: 14)
        if withLinks { linksRead = (state.id, try MemoryColumns.links(json: row.bytes(17))) }
        return state
    }

    // MARK: Memories

    /// Puts a memory under a key that holds none.
    ///
    /// - Parameter packed: the content, if somebody has packed it already.
    func insert(
        _ content: MemoryContent, _ packed: PackedContent?, _ state: MemoryState, _ slot: KeySlot
    ) throws {
        noteOccupancy(of: slot)
        slot.state = state
        state.inDegree = slot.dangling
        slot.namespace.linksWithoutTarget -= slot.dangling
        slot.dangling = 0
        slot.namespace.memories += 1
        state.hasChangedText = false
        try beginText(of: state)
        let packed = packed ?? PackedContent(content)
        pendingBytes += packed.byteCount
        state.content = packed
        pending.append(slot)
        touch(slot)
        touch(slot.namespace)
        for link in content.links { try addLink(link, of: state, slot) }
    }

    /// Takes a memory away, with its links; links that point at it remain, without a target.
    func remove(_ slot: KeySlot) throws {
        guard let state = slot.state else { return }
        noteOccupancy(of: slot)
        try endTexts(of: state, slot)
        try removeLinks(of: state, slot)
        if let content = state.content { pendingBytes -= content.byteCount }
        if state.isInserted {
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
        if change.links != nil { try removeLinks(of: state, slot) }
        if change.changesText {
            try endText(of: state, slot)
            try beginText(of: state)
        }
        if state.content != nil {
            pendingBytes -= state.content?.byteCount ?? 0
            state.content?.apply(change)
            pendingBytes += state.content?.byteCount ?? 0
        } else {
            try updateRow(of: state, change)
        }
        for link in change.links ?? [] { try addLink(link, of: state, slot) }
    }

    private func updateRow(of state: MemoryState, _ change: MemoryChange) throws {
        let update = try rows(change.domain == nil ? .updateContent : .updateContentAndDomain)
        update.bind(1, state.id)
        update.bind(2, change.summary)
        update.bind(3, change.text)
        update.bind(4, change.type)
        update.bind(5, change.keywords.map { String(decoding: MemoryColumns.json($0), as: UTF8.self) })
        update.bind(6, change.links.map { String(decoding: MemoryColumns.json($0), as: UTF8.self) })
        if let domain = change.domain { update.bind(7, domain) }
        try update.run()
    }

    // MARK: Forgetting

    /// Writes everything and begins with empty hands, so that memory stays bounded.
    private func evict() throws {
        try flush()
        // From here on rows are looked for.
        if isBeingBuilt { try rows.createIndexes(MemoryProjector.lookupIndexes) }
        slots.removeAll()
        lastSlot = nil
        knowsEverything = false
    }

    /// Makes indexes that an event needs before the tables are complete.
    func need(_ indexes: [String]) throws {
        guard isBeingBuilt, !known.indexes.isSuperset(of: indexes) else { return }
        try rows.createIndexes(indexes)
        known.indexes.formUnion(indexes)
    }

    func forget() {
        slots.removeAll()
        lastSlot = nil
        namespaces.removeAll()
        lineageNumbers.removeAll()
        lineageTables.removeAll()
        lineageTwins.removeAll()
        known = KnownContributors()
        touched.removeAll()
        touchedNamespaces.removeAll()
        unsettled.removeAll()
        linksRead = nil
        pending.removeAll()
        pendingBytes = 0
        knowsEverything = false
    }
}

extension SQLiteStatement {
    /// A count, within what can be counted on from: a damaged one stays wrong, which a rebuild shows, and ends nothing.
    fileprivate func count(_ column: Int32) -> Int {
        let bound = 1 << 53
        return min(max(int(column), -bound), bound)
    }
}
