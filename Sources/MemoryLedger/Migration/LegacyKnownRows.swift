import EventLog
import LedgerStorage
import Projections

/// Finds what a ledger knows of the rows of one table of a source: by their names, else by those that they had before
/// the old program changed its layout.
///
/// - Keyv 6 splits keys at their first colon (`LegacyRow.beforeUpgrade`).
/// - kv-memory 1.1.0 and 1.2.0 drop the namespaces of the first native tables. A key that stood in several of them may
///   be any of these rows: it is the one of the same content, else the one that was made at the same time, else none.
/// - If they die over that, the first tables stay as `memories_legacy`.
final class LegacyKnownRows {
    private let source: LegacySource
    private let tables: any ProjectionDatabase
    /// By the lineage's number: the namespaces that rows of this table had before they were dropped.
    private var droppedNamespaces: [Int64: [String]] = [:]

    init(_ source: LegacySource, _ tables: any ProjectionDatabase) {
        self.source = source
        self.tables = tables
    }

    /// Lineages were united.
    func forget() { droppedNamespaces.removeAll() }

    /// What is known of a row in a lineage, by its number; nil where nothing is. What was set aside under the row's own
    /// name yields to what was taken under a former one.
    func find(_ row: LegacyRow, lineage: Int64, _ sqlite: SQLiteConnection) throws -> LegacyKnownRow? {
        let known = try LegacyKnownRow.find(row.name, isFormer: false, lineage: lineage, sqlite)
        if let known, !known.isSetAside { return known }
        guard let former = try findFormer(row, lineage: lineage, sqlite), known == nil || !former.isSetAside else {
            return known
        }
        return former
    }

    private func findFormer(
        _ row: LegacyRow, lineage: Int64, _ sqlite: SQLiteConnection
    ) throws -> LegacyKnownRow? {
        switch row.format {
        case .keyv: return nil
        case .keyv6:
            return try row.beforeUpgrade.flatMap {
                try LegacyKnownRow.find($0.name, isFormer: true, lineage: lineage, sqlite)
            }
        case .kvMemory1:
            guard row.table.lowercased() == LegacySchema.leftoverName, let namespace = row.namespace,
                namespace != .null
            else { return nil }
            let name = LegacyRowName(table: LegacySchema.nativeName, namespace: namespace, key: row.key)
            return try LegacyKnownRow.find(name, isFormer: true, lineage: lineage, sqlite)
        case .kvMemory2: return try findWithNamespace(row, lineage: lineage, sqlite)
        }
    }

    private func findWithNamespace(
        _ row: LegacyRow, lineage: Int64, _ sqlite: SQLiteConnection
    ) throws -> LegacyKnownRow? {
        // Links without a memory, or a row too large to be read, are nothing that the upgrade made.
        guard !row.columns.isEmpty else { return nil }
        let found = try namespaces(lineage, sqlite).compactMap { namespace in
            let name = LegacyRowName(table: row.table, namespace: .text(Array(namespace.utf8)), key: row.key)
            return try LegacyKnownRow.find(name, isFormer: true, lineage: lineage, sqlite)
        }
        if found.count < 2 { return found.first }
        if let same = try found.first(where: { try $0.likeness(to: row, in: tables, sqlite) != .changed }) {
            return same
        }
        let made = try found.filter { try $0.wasMade(with: row, in: tables, sqlite) }
        return made.count == 1 ? made[0] : nil
    }

    private func namespaces(_ lineage: Int64, _ sqlite: SQLiteConnection) throws -> [String] {
        if let known = droppedNamespaces[lineage] { return known }
        let find = try sqlite.statement(
            """
            SELECT DISTINCT namespace FROM import_rows WHERE lineage = ?1 AND source_table = ?2
                AND namespace IS NOT NULL AND EXISTS (
                    SELECT 1 FROM import_sources WHERE lineage = (SELECT lineage FROM import_sources WHERE id = ?1)
                        AND source_table = ?2 AND format = ?3)
            ORDER BY namespace
            """)
        find.bind(1, lineage)
        find.bind(2, source.table)
        find.bind(3, LegacyFormat.kvMemory1.rawValue)
        defer { find.reset() }
        var namespaces: [String] = []
        while try find.step() { namespaces.append(find.text(0)) }
        if let said = source.namespace { namespaces.removeAll { $0 != said } }
        // Rows that named none are of this one.
        if namespaces.contains(MemoryKey.defaultNamespace) { namespaces.append("") }
        droppedNamespaces[lineage] = namespaces
        return namespaces
    }
}
