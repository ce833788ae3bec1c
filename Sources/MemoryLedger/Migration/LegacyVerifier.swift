import EventLog
import LedgerStorage
import Projections

/// Compares the projection with a second reading of the source, which shares nothing with the import but the order of
/// the rows.
///
/// A row is compared where it was imported and the memory under its key still is what that import made; what was
/// changed in the ledger since is not the migration's business.
final class LegacyVerifier {
    private let parts: LedgerParts
    private let source: LegacySource
    private let lineage: [UInt8]
    private let options: MigrationOptions

    private let reading: LegacySecondReading
    private var rows = 0
    /// Identities of rows whose memories are no longer what the source says, on purpose.
    private var leftOut: Set<[UInt8]> = []
    /// By identities: what rows are still called in the ledger, before the old program changed their layout.
    private var formerNames: [[UInt8]: LegacyRowName] = [:]

    init(_ parts: LedgerParts, _ source: LegacySource, _ lineage: [UInt8], _ options: MigrationOptions) {
        self.parts = parts
        self.source = source
        self.lineage = lineage
        self.options = options
        reading = LegacySecondReading(source, namespaces: options.namespaces)
    }

    /// Leaves a row out that has not been compared yet.
    func leaveOut(_ row: LegacyRow) { leftOut.insert(row.identity) }

    /// Says by which name a row is known that has not been compared yet.
    func note(_ former: LegacyRowName, of row: LegacyRow) { formerNames[row.identity] = former }

    /// Compares rows as far as they have been imported; both readings have them in the same order.
    func advance(through imported: Int, _ report: inout MigrationReport) throws {
        try parts.tables.read { sqlite in
            while rows < imported, let read = try reading.next() {
                rows += 1
                let former = formerNames.removeValue(forKey: read.identity)
                if leftOut.remove(read.identity) == nil, !read.isShadowed {
                    try compare(read, former, &report, sqlite)
                }
            }
        }
    }

    /// Counts what of the source is in the ledger now.
    func finish(_ table: inout MigrationReport.Table) throws {
        try parts.tables.read { try count(&table, $0) }
    }

    private func compare(
        _ read: LegacySecondRead, _ former: LegacyRowName?, _ report: inout MigrationReport,
        _ sqlite: SQLiteConnection
    ) throws {
        let find = try sqlite.statement(
            """
            SELECT i.outcome, m.id IS NOT NULL, m.source_row = i.id, m.version > m.content_version, i.position,
                i.namespace, iif(m.id <> i.position, m.access_count, NULL)
            FROM import_rows i LEFT JOIN memories m ON m.namespace = i.namespace AND m.key = i.key
            WHERE i.lineage = \(LegacyLineage.numberSQL) AND i.source_table = ?2 AND i.row_key IN (?3, ?4)
            ORDER BY i.row_key = ?3 DESC LIMIT 1
            """)
        find.bind(1, blob: lineage)
        find.bind(2, former?.table ?? source.table)
        find.bind(3, blob: former?.identity ?? read.identity)
        find.bind(4, blob: read.identityBeforeUpgrade ?? read.identity)
        defer { find.reset() }
        // Quarantined rows were listed with their reason; expired ones must not be shown.
        guard try find.step(), find.text(0) == "imported" else { return }
        var id = read.id
        // A layout without namespaces does not say where the memory was before they were dropped.
        if source.format == .kvMemory2, source.namespace == nil, let namespace = find.optionalText(5) {
            id = MemoryKey(namespace: namespace, key: id.key)
        }
        let (exists, position) = (find.int(1) == 1, find.int64(4))
        if exists, find.int(2) == 0 { return }
        if !exists, try wasTakenAway(id, after: position, sqlite) { return }
        report.verified.compared += 1
        let memory = try MemoryRows.find(id, now: Timestamp(milliseconds: .min), sqlite)
        var fields =
            try read.expectation?.differences(from: memory) { key in
                try MemoryKey(namespace: id.namespace, key: key).meanings.contains {
                    try wasRenamed($0, after: position, sqlite)
                }
            } ?? ["memory"]
        // What the layout has no column for stays as an earlier one had it.
        if source.format == .kvMemory2 {
            fields.removeAll { Self.droppedFields.contains($0) && !source.tableSchema.has($0) }
        }
        // Reads that were counted here since add to the count of the source, and a later import takes none away.
        let kept = find.optionalInt64(6) ?? .min
        let isCountedOn = find.int(3) == 1 || kept > read.expectation?.accessCount ?? .max
        if isCountedOn { fields.removeAll { $0 == "access_count" } }
        if fields.isEmpty { report.verified.equal += 1 }
        for field in fields where report.verified.different.count < MigrationReport.maximumListed {
            report.verified.different.append(
                .init(namespace: id.namespace, key: id.key, field: field))
        }
    }

    private static let droppedFields: Set<String> = ["domain", "type", "keywords"]

    /// The memory was renamed or deleted in the ledger after its import, so its stream went on.
    private func wasTakenAway(
        _ memory: MemoryKey, after position: Position, _ sqlite: SQLiteConnection
    ) throws -> Bool {
        let ends: Set = [MemoryEvent.Name.renamed, MemoryEvent.Name.deleted]
        return try parts.tables.committed(sqlite)
            .lastEvent(of: MemoryStream.name(memory), types: ends, after: position) != nil
    }

    /// A memory was renamed in the ledger since, and links to it followed.
    private func wasRenamed(_ memory: MemoryKey, after position: Position, _ sqlite: SQLiteConnection) throws -> Bool {
        try LinkTargets(memory.namespace, sqlite).rename(exactly: memory.key, after: position) != nil
    }

    private func count(_ table: inout MigrationReport.Table, _ sqlite: SQLiteConnection) throws {
        let sums = try sqlite.statement(
            """
            SELECT count(*), sum(json_array_length(m.links)) FROM import_rows i
            JOIN memories m ON m.source_row = i.id AND m.namespace = i.namespace AND m.key = i.key
            WHERE i.lineage = \(LegacyLineage.numberSQL) AND i.source_table = ?
            """)
        sums.bind(1, blob: lineage)
        sums.bind(2, source.table)
        defer { sums.reset() }
        if try sums.step() { (table.memories, table.links) = (sums.int(0), sums.int(1)) }
    }
}
