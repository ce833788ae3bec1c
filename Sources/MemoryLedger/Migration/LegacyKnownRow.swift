import EventLog
import LedgerStorage
import Projections

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
    /// What it is called there, where that is the name of the row before the old program changed its layout.
    let former: LegacyRowName?
    private let hash: [UInt8]

    private static let columns = "id, position, outcome, namespace, key, row_hash, ifnull(reason, '')"

    /// What is known in a lineage, by its number, under a name; nil where nothing is. `LegacyKnownRows` knows the names
    /// of a row.
    static func find(
        _ name: LegacyRowName, isFormer: Bool, lineage: Int64, _ sqlite: SQLiteConnection
    ) throws -> LegacyKnownRow? {
        let find = try sqlite.statement(
            "SELECT \(columns) FROM import_rows WHERE lineage = ? AND source_table = ? AND row_key = ?")
        find.bind(1, lineage)
        find.bind(2, name.table)
        find.bind(3, blob: name.identity)
        defer { find.reset() }
        return try find.step() ? LegacyKnownRow(find, former: isFormer ? name : nil) : nil
    }

    private init(_ row: SQLiteStatement, former: LegacyRowName?) {
        self.former = former
        id = row.int64(0)
        position = row.int64(1)
        outcome = row.text(2)
        memory = row.optionalText(4).map { MemoryKey(namespace: row.text(3), key: $0) }
        hash = [UInt8](row.bytes(5))
        reason = row.text(6)
    }

    var isSetAside: Bool { outcome == "quarantined" }

    /// Of a row whose layout has no namespaces: the one that it is in; nil where nothing says.
    var namespace: String? {
        guard case .text(let bytes)? = former?.namespace else { return memory?.namespace }
        return bytes.isEmpty ? MemoryKey.defaultNamespace : String(decoding: bytes, as: UTF8.self)
    }

    func likeness(to row: LegacyRow, in tables: any ProjectionDatabase, _ sqlite: SQLiteConnection) throws -> Likeness {
        if hash == row.contentHash || hash == row.beforeUpgrade?.contentHash { return .same }
        guard let earlier = try lastImport(in: tables, sqlite)?.row else { return .changed }
        if earlier.format != row.format, !earlier.format.isKeyv, !row.format.isKeyv {
            guard LegacySubstance(acrossUpgrade: earlier) == LegacySubstance(acrossUpgrade: row) else {
                return .changed
            }
            return Self.statistics(earlier) == Self.statistics(row) ? .same : .sameSubstance
        }
        return LegacySubstance(earlier) == LegacySubstance(row) ? .sameSubstance : .changed
    }

    private static func statistics(_ row: LegacyRow) -> LegacyMeta? {
        if case .memory(let memory) = LegacyMapping().interpret(row) { memory.meta } else { nil }
    }

    /// Both name the same time as that when their memory was made, which the old program never moves.
    func wasMade(with row: LegacyRow, in tables: any ProjectionDatabase, _ sqlite: SQLiteConnection) throws -> Bool {
        guard let made = Self.statistics(row)?.createdAt else { return false }
        return try lastImport(in: tables, sqlite).flatMap { Self.statistics($0.row)?.createdAt } == made
    }

    /// The row as it was imported last; nil where its event was erased or cannot be decrypted.
    func lastImport(in tables: any ProjectionDatabase, _ sqlite: SQLiteConnection) throws -> LegacyRowImport? {
        guard let event = try tables.committed(sqlite).event(at: position),
            case .legacyRowImported(let earlier)? = try? MemoryEvent.decode(event)
        else { return nil }
        return earlier
    }

    /// The same, if what it said then is in the ledger: what was set aside is not.
    func lastTaken(in tables: any ProjectionDatabase, _ sqlite: SQLiteConnection) throws -> LegacyRowImport? {
        isSetAside ? nil : try lastImport(in: tables, sqlite)
    }

    /// True if it was set aside, and the memory of its key, which is none of its own database's, says the same by now:
    /// what the reason advised was done.
    ///
    /// - Parameter kept: what of it is as this ledger wrote it, and need not be the same.
    func isSaidByNow(
        _ row: LegacyRow, kept: Set<LegacyCheckedOut.Part>, keepsExpired: Bool, lineage: Int64,
        _ sqlite: SQLiteConnection
    ) throws -> Bool {
        guard isSetAside, let memory else { return false }
        let find = try sqlite.statement(
            """
            SELECT \(MemoryRows.columns), expires_at FROM memories
            WHERE namespace = ?1 AND key = ?2 AND NOT EXISTS (
                SELECT 1 FROM import_rows WHERE id = source_row AND lineage = ?3)
            """)
        find.bind(1, memory.namespace)
        find.bind(2, memory.key)
        find.bind(3, lineage)
        defer { find.reset() }
        guard try find.step() else { return false }
        let expiresAt = find.optionalInt64(MemoryRows.columnCount)
        let standing = LegacySubstance(
            try MemoryRows.memory(find).content, isNative: !row.format.isKeyv, expiresAt: expiresAt)
        var said = LegacySubstance(row).parts(sameAs: standing).union(kept)
        // Shown for ever, whenever the row says that it expires.
        if keepsExpired, expiresAt == nil { said.insert(.expires) }
        return said.count == LegacyCheckedOut.Part.allCases.count
    }

    /// True where the memory that it made, or that another table of its lineage made for it, is there, and was not
    /// changed, nor its links moved.
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
        return LegacySubstance(content, isNative: !row.format.isKeyv, expiresAt: expiresAt)
            == LegacySubstance(row, completedBy: content)
    }

    /// True where its memory was deleted or renamed here, and an import that was taken for another database's has put
    /// it under its key again: one that was united with this, or of these very bytes.
    func wasBroughtBack(
        _ row: LegacyRow, by sha256: [UInt8], lineage: Int64, _ sqlite: SQLiteConnection
    ) throws -> Bool {
        guard outcome == "imported", let memory else { return false }
        let find = try sqlite.statement(
            """
            SELECT 1 FROM memories m JOIN import_rows r ON r.id = m.source_row JOIN import_sources s ON s.id = r.lineage
            WHERE m.namespace = ?1 AND m.key = ?2 AND r.id <> ?3 AND r.lineage <> ?4 AND r.source_table = ?5
                AND r.row_key IN (?6, ?7)
                AND (s.lineage = (SELECT lineage FROM import_sources WHERE id = ?4)
                    OR EXISTS (SELECT 1 FROM import_sources o WHERE o.lineage = s.lineage AND o.sha256 = ?8))
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
