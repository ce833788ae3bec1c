import EventLog

/// What the ledger knows of a source's row: the one place that says whether a row is known, and whether it is the same.
struct LegacyKnownRow {
    /// How a row is now, against how it was imported last.
    enum Likeness {
        /// Byte for byte.
        case same
        /// All but its statistics.
        case sameSubstance
        case changed
    }

    /// The row's number in `import_rows`.
    let id: Int64
    /// Of the event that last imported it.
    let position: Position
    /// As in `import_rows`.
    let outcome: String
    let memory: MemoryKey?
    let reason: String
    private let hash: [UInt8]

    private static let columns = "id, position, outcome, namespace, key, row_hash, ifnull(reason, '')"

    /// What is known of a row in a lineage, by its number; nil where nothing is.
    static func find(_ row: LegacyRow, lineage: Int64, _ sqlite: SQLiteConnection) throws -> LegacyKnownRow? {
        if let known = try findExactly(row, lineage: lineage, sqlite) { return known }
        return try row.beforeUpgrade.flatMap { try findExactly($0, lineage: lineage, sqlite) }
    }

    private static func findExactly(
        _ row: LegacyRow, lineage: Int64, _ sqlite: SQLiteConnection
    ) throws -> LegacyKnownRow? {
        let find = try sqlite.statement(
            "SELECT \(columns) FROM import_rows WHERE lineage = ? AND source_table = ? AND row_key = ?")
        find.bind(1, lineage)
        find.bind(2, row.table)
        find.bind(3, blob: row.identity)
        defer { find.reset() }
        return try find.step() ? LegacyKnownRow(find) : nil
    }

    private init(_ row: SQLiteStatement) {
        id = row.int64(0)
        position = row.int64(1)
        outcome = row.text(2)
        memory = row.optionalText(4).map { MemoryKey(namespace: row.text(3), key: $0) }
        hash = [UInt8](row.bytes(5))
        reason = row.text(6)
    }

    var isSetAside: Bool { outcome == "quarantined" }

    func likeness(to row: LegacyRow, in log: SQLiteEventLog, _ sqlite: SQLiteConnection) throws -> Likeness {
        if hash == row.contentHash || hash == row.beforeUpgrade?.contentHash { return .same }
        guard let earlier = try lastImport(in: log, sqlite) else { return .changed }
        return LegacySubstance(earlier.row) == LegacySubstance(row) ? .sameSubstance : .changed
    }

    /// The row as it was imported last; nil where its event was erased or cannot be decrypted.
    func lastImport(in log: SQLiteEventLog, _ sqlite: SQLiteConnection) throws -> LegacyRowImport? {
        guard let event = try log.event(at: position, sqlite),
            case .legacyRowImported(let earlier)? = try? MemoryEvent.decode(event)
        else { return nil }
        return earlier
    }

    /// True where the memory that it made, or that another table of its lineage made for it, is there, and nobody has
    /// changed it or moved its links.
    func isUntouched(_ row: LegacyRow, lineage: Int64, _ sqlite: SQLiteConnection) throws -> Bool {
        guard let memory, outcome == "imported" || outcome == "duplicate" else { return false }
        let source =
            outcome == "imported"
            ? "?3" : "(SELECT id FROM import_rows WHERE id = source_row AND lineage = ?4 AND source_table <> ?5)"
        let find = try sqlite.statement(
            """
            SELECT \(MemoryRows.columns), expires_at FROM memories
            WHERE namespace = ?1 AND key = ?2 AND source_row = \(source)
            """)
        find.bind(1, memory.namespace)
        find.bind(2, memory.key)
        if outcome == "imported" {
            find.bind(3, id)
        } else {
            find.bind(4, lineage)
            find.bind(5, row.table)
        }
        defer { find.reset() }
        guard try find.step() else { return false }
        let content = try MemoryRows.memory(find).content
        let expiresAt = find.optionalInt64(MemoryRows.columnCount)
        return LegacySubstance(content, isNative: !row.format.isKeyv, expiresAt: expiresAt) == LegacySubstance(row)
    }

    /// True where its memory was deleted or renamed here, and an import of these very bytes in another lineage has put
    /// it under its key again.
    func wasBroughtBack(
        _ row: LegacyRow, by sha256: [UInt8], lineage: Int64, _ sqlite: SQLiteConnection
    ) throws -> Bool {
        guard outcome == "imported", let memory else { return false }
        let find = try sqlite.statement(
            """
            SELECT 1 FROM memories m JOIN import_rows r ON r.id = m.source_row JOIN import_sources s ON s.id = r.lineage
            WHERE m.namespace = ?1 AND m.key = ?2 AND r.id <> ?3 AND r.lineage <> ?4 AND r.source_table = ?5
                AND r.row_key IN (?6, ?7)
                AND EXISTS (SELECT 1 FROM import_sources o WHERE o.lineage = s.lineage AND o.sha256 = ?8)
            """)
        find.bind(1, memory.namespace)
        find.bind(2, memory.key)
        find.bind(3, id)
        find.bind(4, lineage)
        find.bind(5, row.table)
        find.bind(6, blob: row.identity)
        find.bind(7, blob: (row.beforeUpgrade ?? row).identity)
        find.bind(8, blob: sha256)
        defer { find.reset() }
        return try find.step()
    }
}
