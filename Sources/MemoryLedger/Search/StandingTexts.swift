import EventLog
import LedgerStorage

/// Tells which versions of texts a search may show: they stand at the position, have not expired, and nothing holds
/// their memories back.
///
/// It is asked for each match, so what no memory of the ledger has (quarantines, statuses, expiry) is not looked for.
struct StandingTexts {
    private let ledger: SQLiteConnection
    private let filter: MemoryFilter
    let position: Position
    /// At which it is asked what is quarantined: the first page of a search of the present may be long ago.
    private let held: Position
    private let isPast: Bool
    private let now: Int64
    private let changed: ClosedRange<Position>?
    private let locked: Set<ByteText>
    private let ended: EndedTexts.Known
    private let expire: Bool
    private let areHeld: Bool
    private let areHidden: Bool
    private let rows: FilteredRows?

    /// - Parameters:
    ///   - position: at which they stand.
    ///   - isOfNow: no moment is asked about: what is quarantined by now is held back, whenever the text stood.
    ///   - isPast: it is before the end of the tables.
    ///   - rows: which memories the filter lets through, if it asks of more than the index knows.
    init(
        _ search: MemorySearch, at position: Position, isOfNow: Bool, isPast: Bool, now: Timestamp,
        changed: ClosedRange<Position>?, locked: [String], ended: EndedTexts.Known, rows: FilteredRows?,
        _ ledger: SQLiteConnection
    ) throws {
        let filter = search.filter
        (self.ledger, self.filter, self.position, self.isPast) = (ledger, filter, position, isPast)
        held = isOfNow ? .max : position
        (self.now, self.changed, self.ended, self.rows) = (now.milliseconds, changed, ended, rows)
        self.locked = Set(locked.map { ByteText($0) })
        expire = try Self.has("expiring_texts", ledger)
        let holds = try Self.has("quarantined", ledger) || !isOfNow && isPast && Self.has("ended_quarantines", ledger)
        areHeld = filter.onlyQuarantined || holds
        let hides = try Self.has("hidden_memories", ledger) || isPast && Self.has("ended_hidings", ledger)
        // Who asks for a status is told of all that have it.
        areHidden = filter.status == nil && !search.showsHidden && hides
    }

    private static func has(_ table: String, _ ledger: SQLiteConnection) throws -> Bool {
        try ledger.integer("SELECT 1 FROM \(table) LIMIT 1") != nil
    }

    /// Every version that began by the position may be shown.
    var isEverything: Bool {
        ended.isEmpty && !expire && !areHeld && !areHidden && rows == nil && locked.isEmpty && changed == nil
    }

    func shows(_ began: Position) throws -> Bool {
        guard began <= position, changed?.contains(began) ?? true, try !hasEnded(began) else { return false }
        if expire, let time = try value("SELECT expires_at FROM expiring_texts WHERE began = ?", began), time <= now {
            return false
        }
        guard areHeld || areHidden || rows != nil || !locked.isEmpty else { return true }
        let memory = try memory(of: began)
        if areHeld, try isHeldBack(memory) != filter.onlyQuarantined { return false }
        if areHidden, try isHidden(memory) { return false }
        if !locked.isEmpty, try isLocked(began, memory) { return false }
        return try rows?.has(memory) ?? true
    }

    private func hasEnded(_ began: Position) throws -> Bool {
        guard ended.mayHave(began) else { return false }
        if !isPast, ended.isCurrent { return true }
        guard let end = try value("SELECT ended FROM ended_texts WHERE began = ?", began) else { return false }
        return end <= position
    }

    /// The key of the memory that a version is of.
    func key(of began: Position) throws -> MemoryKey? {
        try TextVersions.key(of: began, memory(of: began), ledger)
    }

    /// The memory that a version is of.
    private func memory(of began: Position) throws -> Int64 {
        if ended.mayHave(began), let memory = try value("SELECT memory FROM ended_texts WHERE began = ?", began) {
            return memory
        }
        return try value("SELECT memory FROM standing_texts WHERE began = ?", began) ?? began
    }

    private func isHeldBack(_ memory: Int64) throws -> Bool {
        try spans(
            "SELECT began FROM quarantined WHERE memory = ?",
            "SELECT 1 FROM ended_quarantines WHERE memory = ?1 AND began <= ?2 AND ended > ?2", memory, at: held)
    }

    private func isHidden(_ memory: Int64) throws -> Bool {
        try spans(
            "SELECT began FROM hidden_memories WHERE memory = ?",
            "SELECT 1 FROM ended_hidings WHERE memory = ?1 AND began <= ?2 AND ended > ?2", memory, at: position)
    }

    /// It has what one table says has begun, and another had ended.
    private func spans(
        _ standing: String, _ over: String, _ memory: Int64, at position: Position
    ) throws -> Bool {
        if let began = try value(standing, memory), began <= position { return true }
        return try isPast && value(over, memory, position) != nil
    }

    private func isLocked(_ began: Position, _ memory: Int64) throws -> Bool {
        try TextVersions.key(of: began, memory, ledger).map { locked.contains(ByteText($0.namespace)) } ?? true
    }

    private func value(_ sql: String, _ first: Int64, _ second: Int64? = nil) throws -> Int64? {
        let row = try ledger.statement(sql)
        row.bind(1, first)
        if let second { row.bind(2, second) }
        defer { row.reset() }
        return try row.step() ? row.int64(0) : nil
    }
}

/// Which memories a filter lets through that asks of statistics and provenance: of the tables of the moment.
struct FilteredRows {
    private let row: SQLiteStatement

    /// Nil: the index alone answers the filter.
    init?(_ filter: MemoryFilter, _ tables: SQLiteConnection) throws {
        guard Self.isNeeded(filter) else { return nil }
        var rest = MemoryFilter(status: filter.status)
        (rest.created, rest.accessed) = (filter.created, filter.accessed)
        (rest.source, rest.leastTrust) = (filter.source, filter.leastTrust)
        let conditions = FilterConditions(rest, changed: nil, firstParameter: 2)
        row = try SQLiteStatement(
            connection: tables.handle,
            sql: "SELECT 1 FROM memories WHERE \((["id = ?1"] + conditions.sql).joined(separator: " AND "))")
        conditions.bind(to: row)
    }

    static func isNeeded(_ filter: MemoryFilter) -> Bool {
        filter.status != nil || filter.created.isBounded || filter.accessed.isBounded || filter.source != nil
            || filter.leastTrust != nil
    }

    func has(_ memory: Int64) throws -> Bool {
        row.bind(1, memory)
        defer { row.reset() }
        return try row.step()
    }
}
