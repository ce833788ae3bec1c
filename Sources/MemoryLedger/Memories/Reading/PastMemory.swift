import EventLog

/// A memory while it is folded from the events of its stream: what `MemoryFold` makes of them, without tables.
///
/// Invariant: after each event it is what the projector's rows say (the property test compares them), but for links
/// that moved because their target was renamed, which `syncLinks` makes up for, and `in_degree`, which other streams
/// decide.
struct PastMemory {
    let key: MemoryKey
    /// Of the event of a mark that it began at; 0 if it did not.
    let version: StreamVersion
    private(set) var state: MemoryState?
    private(set) var content = MemoryContent()
    /// False once an event came of which the stream does not tell what it did: the tables do.
    private(set) var isKnown = true
    /// The links are as the renames up to here have left them.
    private var syncedThrough: Position = 0
    /// What became of rows that were imported into this stream.
    private var imports: [RowIdentity: Imported] = [:]
    /// The same of streams that it came from.
    private var formerImports: [Imported] = []
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

    init(_ key: MemoryKey) {
        self.key = key
        version = 0
    }

    /// What it was after an event of its stream. The events before that are not known, and with them earlier imports.
    init(_ key: MemoryKey, at placed: PlacedMark) {
        let mark = placed.mark
        self.key = key
        version = placed.version
        let state = MemoryState(id: mark.id, at: 0, version: version)
        state.set(mark.statistics)
        state.expiresAt = mark.expiresAt?.milliseconds
        state.contentVersion = mark.contentVersion
        state.sourceRow = mark.sourceRow
        state.provenance = mark.provenance.map { StoredProvenance($0) }
        self.state = state
        content = mark.content
        syncedThrough = placed.position
    }

    /// Takes over a memory that comes from another key, by an event of a version of this one's stream.
    mutating func take(_ other: PastMemory, version: StreamVersion) {
        guard let state = other.state else { return }
        set(version, of: state)
        self.state = state
        content = other.content
        syncedThrough = other.syncedThrough
        formerImports = other.formerImports + other.imports.values
    }

    /// It goes to another key, by an event of a version of this one's stream.
    mutating func leave(at version: StreamVersion) {
        if let state { set(version, of: state) }
    }

    private func set(_ version: StreamVersion, of state: MemoryState) {
        state.version = version
        state.contentVersion = version
    }

    // MARK: Events

    /// Applies an event of the stream. A `MemoryNameTaken` that matters is the caller's business (`take`).
    mutating func apply(_ event: RecordedEvent, _ body: MemoryEvent, _ facts: PastFacts) throws {
        switch body.turn {
        case .arrives: hasUnknownGuest = true
        case .begins, .leaves, .ends: hasUnknownGuest = false
        case .imports, .reads, .goesOn: break
        }
        if case .legacyRowImported(let row) = body {
            isKnown = try isKnown && !hasUnknownGuest && importRow(row, event, facts)
        }
        try carryOut(MemoryFold.apply(body, of: event, to: state), event, facts)
        if let said = body.contribution.said { state?.note(said) }
    }

    private mutating func carryOut(_ effect: MemoryFold.Effect, _ event: RecordedEvent, _ facts: PastFacts) throws {
        switch effect {
        case .nothing: break
        case .begin(let made, let content): set(made, content, at: event.position)
        case .end, .leave: state = nil
        case .change(let change):
            content = change.applied(to: content)
            if change.links != nil { syncedThrough = event.position }
        case .link(let link):
            try syncLinks(through: event.position - 1, facts)
            _ = content.links.connect(link)
        case .unlink(let key, let type, let term):
            try syncLinks(through: event.position - 1, facts)
            content.links.disconnect(from: key, type: type, term: term)
        }
    }

    private mutating func set(_ state: MemoryState, _ content: MemoryContent, at position: Position) {
        self.state = state
        self.content = content
        syncedThrough = position
    }

    /// Lets links follow the renames of their targets.
    mutating func syncLinks(through position: Position, _ facts: PastFacts) throws {
        guard position > syncedThrough else { return }
        for index in content.links.indices {
            guard let key = content.links[index].key else { continue }
            let way = try facts.targets.way(from: key, after: syncedThrough, through: position)
            if let last = way.last { content.links[index].key = last.newKey }
        }
        syncedThrough = position
    }

    // MARK: Imports

    /// - Returns: false if the stream does not tell what the event did.
    private mutating func importRow(
        _ event: LegacyRowImport, _ recorded: RecordedEvent, _ facts: PastFacts
    ) throws -> Bool {
        // An earlier import may be among the events before the mark.
        guard version == 0 else { return false }
        let identity = RowIdentity(lineage: event.lineage, table: event.row.table, identity: event.row.identity)
        let earlier = imports[identity]
        let rowID = earlier?.rowID ?? recorded.position
        // What another stream holds of the row may have been put into this memory.
        guard let last = try facts.lastImport(of: event), last.first == rowID else { return false }
        var imported = Imported(
            rowID: rowID, wasPlaced: earlier?.wasPlaced ?? false, last: event, lastPosition: recorded.position)
        defer { imports[identity] = imported }
        let isRepeated = last.first != last.last
        // What became of a row that came once is told; of others it depends on what other tables hold.
        if isRepeated, last.hasOtherTables || last.outcome == .duplicate { return false }
        if !isRepeated, last.outcome == .duplicate || last.outcome == .quarantined { return true }
        // It was taken together with the memory that it was written from.
        if event.checkedOut != nil { return false }
        guard case .memory(let legacy) = event.interpretation() else { return true }
        guard legacy.id == key else { return false }
        let isTaken = state.map { $0.sourceRow != rowID } ?? false
        // What the row meant in between may stand in another stream.
        if imported.wasPlaced, state?.sourceRow != rowID { return false }
        if isRepeated, isTaken { return true }
        imported.wasPlaced = event.shows(legacy)
        let before = state
        state = nil
        guard imported.wasPlaced else { return true }
        let made = MemoryState.imported(legacy, event, recorded, rowID: rowID, before: before)
        made.provenance = StoredProvenance(Provenance(source: .lineage(event.lineage)))
        let isOfRow = before?.sourceRow == rowID
        set(
            made, isOfRow ? event.row.completed(legacy.content, from: content) : legacy.content,
            at: recorded.position)
        return true
    }

    /// The last import of a row into this stream or one that it came from, as far as it was read.
    func imported(_ row: Position) -> (row: LegacyRowImport, position: Position)? {
        let all = formerImports + imports.values
        return all.last { $0.rowID == row }.map { ($0.last, $0.lastPosition) }
    }
}
