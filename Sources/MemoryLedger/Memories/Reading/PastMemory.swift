import EventLog
import LedgerStorage

/// A memory while it is folded from the events of its stream: what the projector makes of them, without its tables.
///
/// Invariant: after each event it is what the projector's rows say (the property test compares them), but for links
/// that moved because their target was renamed, which `syncLinks` makes up for, and `in_degree`, which other streams
/// decide.
struct PastMemory {
    let key: MemoryKey
    private(set) var state: MemoryState?
    private(set) var content = MemoryContent()
    /// The links are as the renames up to here have left them.
    private var syncedThrough: Position = 0
    /// What became of rows that were imported into this stream.
    private var imports: [RowIdentity: Imported] = [:]
    /// The events before a mark are not known, and with them earlier imports.
    private let beganAtMark: Bool
    /// A memory that came from another key, whose state is not known here. A later import may depend on it.
    private var hasUnknownGuest = false

    private struct RowIdentity: Hashable {
        var lineage: [UInt8]
        var table: String
        var identity: [UInt8]
    }

    private struct Imported {
        var rowID: Position
        /// Its memory was put there, and no import took it away since.
        var wasPlaced: Bool
        var last: LegacyRowImport
        var lastPosition: Position
    }

    /// The stream alone does not tell: the tables do.
    struct NeedsTables: Error {}

    init(_ key: MemoryKey, mark: MemoryMark? = nil, version: StreamVersion = 0, position: Position = 0) {
        self.key = key
        beganAtMark = mark != nil
        guard let mark else { return }
        let state = MemoryState(id: mark.id, at: 0, version: version)
        state.set(mark.statistics)
        state.expiresAt = mark.expiresAt?.milliseconds
        state.contentVersion = mark.contentVersion
        state.sourceRow = mark.sourceRow
        state.provenance = mark.provenance.map { StoredProvenance($0) }
        self.state = state
        content = mark.content
        syncedThrough = position
    }

    /// Takes over a memory that comes from another key, by a rename at a position.
    mutating func take(_ other: PastMemory, version: StreamVersion) {
        guard let state = other.state else { return }
        state.version = version
        state.contentVersion = version
        self.state = state
        content = other.content
        syncedThrough = other.syncedThrough
    }

    // MARK: Events

    /// Applies an event of the stream. A `MemoryNameTaken` that matters is the caller's business (`take`).
    ///
    /// - Throws: `NeedsTables` where the stream does not tell what the event did.
    mutating func apply(_ event: RecordedEvent, _ body: MemoryEvent, _ facts: PastFacts) throws {
        switch body {
        case .nameTaken: hasUnknownGuest = true
        case .added, .replaced, .restored, .deleted, .renamed: hasUnknownGuest = false
        default: break
        }
        if case .legacyRowImported(let row) = body {
            if hasUnknownGuest { throw NeedsTables() }
            try importRow(row, event, facts)
            state?.version = event.version
            return
        }
        if let state {
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
        case .added(let content, let provenance), .replaced(let content, let provenance):
            begin(content, event, provenance)
        case .restored(let restoration):
            begin(restoration.content, event, restoration.provenance)
            state?.set(restoration.statistics)
            state?.expiresAt = restoration.expiresAt?.milliseconds
        case .deleted, .renamed: state = nil
        case .updated(let change, let provenance):
            guard let state else { return }
            state.sourceRow = nil
            if let provenance {
                state.provenance = StoredProvenance(provenance.changing(state.provenance?.value))
            }
            content = change.applied(to: content)
            if change.links != nil { syncedThrough = event.position }
        case .metaSet(let values): state?.set(values)
        case .linked(let link): try add(link, event, facts)
        case .unlinked(let key, let type, let term):
            guard let state else { return }
            state.sourceRow = nil
            try syncLinks(through: event.position - 1, facts)
            content.links.removeAll { $0.matches(key: key, type: type, term: term) }
        case .accessed, .traversed, .nameTaken, .legacyRowImported, .legacyImportStarted: break
        }
    }

    private mutating func begin(_ content: MemoryContent, _ event: RecordedEvent, _ provenance: Provenance?) {
        state = MemoryState(id: event.position, at: event.occurredAt.milliseconds, version: event.version)
        state?.provenance = provenance.flatMap { StoredProvenance(shown: $0) }
        self.content = content
        syncedThrough = event.position
    }

    private mutating func add(_ link: MemoryLink, _ event: RecordedEvent, _ facts: PastFacts) throws {
        guard let state else { return }
        state.sourceRow = nil
        try syncLinks(through: event.position - 1, facts)
        if let index = content.links.firstIndex(where: { $0.connectsLike(link) }) {
            content.links[index].term = link.term
            content.links[index].weight = link.weight
        } else {
            content.links.append(link)
        }
    }

    /// Lets links follow the renames of their targets.
    mutating func syncLinks(through position: Position, _ facts: PastFacts) throws {
        guard position > syncedThrough else { return }
        for index in content.links.indices {
            guard var key = content.links[index].key else { continue }
            var after = syncedThrough
            while let rename = try facts.rename(ofTarget: key, after: after), rename.position <= position {
                (key, after) = (rename.newKey, rename.position)
            }
            if after > syncedThrough { content.links[index].key = key }
        }
        syncedThrough = position
    }

    // MARK: Imports

    private mutating func importRow(
        _ event: LegacyRowImport, _ recorded: RecordedEvent, _ facts: PastFacts
    ) throws {
        // An earlier import may be among the events before the mark.
        guard !beganAtMark else { throw NeedsTables() }
        let identity = RowIdentity(lineage: event.lineage, table: event.row.table, identity: event.row.identity)
        let earlier = imports[identity]
        let rowID = earlier?.rowID ?? recorded.position
        // What another stream holds of the row may have been put into this memory.
        guard let last = try facts.lastImport(of: event), last.first == rowID else { throw NeedsTables() }
        var imported = Imported(
            rowID: rowID, wasPlaced: earlier?.wasPlaced ?? false, last: event, lastPosition: recorded.position)
        defer { imports[identity] = imported }
        let isRepeated = last.first != last.last
        // What became of a row that came once is told; of others it depends on what other tables hold.
        if isRepeated, last.hasOtherTables || last.outcome == .duplicate { throw NeedsTables() }
        if !isRepeated, last.outcome == .duplicate || last.outcome == .quarantined { return }
        // It was taken together with the memory that it was written from.
        if event.checkedOut != nil { throw NeedsTables() }
        guard case .memory(let legacy) = event.interpretation() else { return }
        guard legacy.id == key else { throw NeedsTables() }
        let isTaken = state.map { $0.sourceRow != rowID } ?? false
        // What the row meant in between may stand in another stream.
        if imported.wasPlaced, state?.sourceRow != rowID { throw NeedsTables() }
        if isRepeated, isTaken { return }
        let isExpired = legacy.expiresAt.map { $0 <= event.importedAt } ?? false
        imported.wasPlaced = !isExpired || event.keepExpired
        let before = state
        state = nil
        guard imported.wasPlaced else { return }
        state = MemoryState.imported(legacy, event, recorded, rowID: rowID, before: before)
        state?.provenance = StoredProvenance(Provenance(source: .lineage(event.lineage)))
        content =
            before?.sourceRow == rowID ? event.row.completed(legacy.content, from: content) : legacy.content
        syncedThrough = recorded.position
    }

    /// The last import of a row into this stream, as far as it was read.
    func imported(_ row: Position) -> (row: LegacyRowImport, position: Position)? {
        imports.values.first { $0.rowID == row }.map { ($0.last, $0.lastPosition) }
    }
}

/// What other streams decide, as the serving tables keep it for every position.
struct PastFacts {
    let namespace: String
    let sqlite: SQLiteConnection

    /// The first rename, after a position, of what a link's key meant by then, and where that went; nil where it stays.
    func rename(ofTarget key: String, after: Position) throws -> (position: Position, newKey: String)? {
        let memory = MemoryKey(namespace: namespace, key: key)
        guard memory.hasPrefix else { return try rename(of: key, after: after) }
        let meanings = memory.meanings
        var after = after
        while true {
            var next: (position: Position, newKey: String, old: MemoryKey)?
            for meaning in meanings {
                guard let rename = try rename(of: meaning.key, after: after),
                    rename.position < next?.position ?? .max
                else { continue }
                next = (rename.position, rename.newKey, meaning)
            }
            guard let next else { return nil }
            // The link counted for another memory of that name.
            if try self.meaning(of: memory, at: next.position - 1) == next.old { return (next.position, next.newKey) }
            after = next.position
        }
    }

    /// What a key meant after a position: which of the keys with a prefix held a memory.
    func meaning(of memory: MemoryKey, at position: Position) throws -> MemoryKey {
        try memory.resolved { key in
            let row = try sqlite.statement(
                """
                SELECT 1 FROM prefixed_lives
                WHERE namespace = ? AND key = ? AND began <= ? AND (ended IS NULL OR ended > ?)
                """)
            row.bind(1, key.namespace)
            row.bind(2, key.key)
            row.bind(3, position)
            row.bind(4, position)
            defer { row.reset() }
            return try row.step()
        }
    }

    /// The first rename of a key after a position, and where it went; nil where it was not renamed.
    private func rename(of key: String, after: Position) throws -> (position: Position, newKey: String)? {
        let row = try sqlite.statement(
            """
            SELECT position, new_key FROM renames WHERE namespace = ? AND old_key = ? AND position > ?
            ORDER BY position LIMIT 1
            """)
        row.bind(1, namespace)
        row.bind(2, key)
        row.bind(3, after)
        defer { row.reset() }
        return try row.step() ? (row.int64(0), row.text(1)) : nil
    }

    /// What is known of a row's imports.
    struct Imports {
        let first: Position
        let last: Position
        /// Of the last one.
        let outcome: ImportOutcome
        let hasOtherTables: Bool
    }

    func lastImport(of event: LegacyRowImport) throws -> Imports? {
        let row = try sqlite.statement(
            """
            SELECT id, (SELECT max(position) FROM import_rows o WHERE o.id = r.id), outcome,
                (SELECT count(DISTINCT source_table) FROM import_sources WHERE lineage = ?1)
            FROM import_rows r
            WHERE lineage = (SELECT min(id) FROM import_sources WHERE lineage = ?1) AND source_table = ?2 AND row_key = ?3
            """)
        row.bind(1, blob: event.lineage)
        row.bind(2, event.row.table)
        row.bind(3, blob: event.row.identity)
        defer { row.reset() }
        guard try row.step() else { return nil }
        return Imports(
            first: row.int64(0), last: row.int64(1), outcome: ImportOutcome(rawValue: row.text(2)) ?? .quarantined,
            hasOtherTables: row.int(3) > 1)
    }
}
