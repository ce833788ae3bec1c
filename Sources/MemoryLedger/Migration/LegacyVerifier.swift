import EventLog
import LedgerStorage
import Projections

/// Compares the projection with a second reading of the source, which shares nothing with the import but the order of
/// the rows: it has a connection to the source of its own, and reads the ledger's tables as they are committed.
///
/// A row is compared where it was imported and the memory under its key still is what that import made; what was
/// changed in the ledger since is not the migration's business.
///
/// Proof of safety: it is used by one task at a time, since a comparison begins when the one before has ended, and
/// nothing else uses its connection.
final class LegacyVerifier: @unchecked Sendable {
    private let parts: LedgerParts
    private let source: LegacySource
    private let lineage: [UInt8]
    private let reading: LegacySecondReading
    private var rows = 0
    /// What was found, of this table and those before.
    private(set) var verified: MigrationReport.Verification

    /// Rows that are compared in one snapshot of the ledger: to begin one for each costs a tenth of the comparison, and
    /// a longer one keeps the write-ahead log.
    private static let rowsPerSnapshot = 256

    /// What the import says of the rows of a batch that the ledger has by now.
    struct Landed: Sendable {
        /// Identities of rows whose memories are not what the source says, on purpose.
        var leftOut: Set<[UInt8]> = []
        /// By identities: what rows are still called in the ledger, before the old program changed their layout.
        var formerNames: [[UInt8]: LegacyRowName] = [:]
        /// Rows of the table, with those of the batches before.
        var through: Int

        mutating func leaveOut(_ row: LegacyRow) { leftOut.insert(row.identity) }

        mutating func note(_ former: LegacyRowName, of row: LegacyRow) { formerNames[row.identity] = former }
    }

    /// - Parameter verified: what was found of the tables before.
    init(
        _ parts: LedgerParts, _ source: LegacySource, _ lineage: [UInt8], _ options: MigrationOptions,
        after verified: MigrationReport.Verification
    ) {
        self.parts = parts
        self.source = source.second
        self.lineage = lineage
        self.verified = verified
        reading = LegacySecondReading(self.source, namespaces: options.namespaces)
    }

    /// Compares the rows of a batch; both readings have them in the same order.
    ///
    /// - Throws: `LegacySourceError`; `EventLogError`; `CancellationError`.
    func compare(_ landed: Landed) throws {
        var isAtEnd = false
        while rows < landed.through, !isAtEnd {
            try Task.checkCancellation()
            try parts.tables.readSnapshot { sqlite in
                let lineage = try LegacyLineage.number(of: lineage, sqlite)
                let end = min(rows + Self.rowsPerSnapshot, landed.through)
                while rows < end {
                    guard let read = try reading.next() else { return isAtEnd = true }
                    rows += 1
                    if landed.leftOut.contains(read.identity) || read.isShadowed { continue }
                    try compare(read, landed.formerNames[read.identity], lineage, sqlite)
                }
            }
        }
    }

    /// Counts what of the source is in the ledger now.
    func finish(_ table: inout MigrationReport.Table) throws {
        try parts.tables.read { try count(&table, $0) }
    }

    private func compare(
        _ read: LegacySecondRead, _ former: LegacyRowName?, _ lineage: Int64, _ sqlite: SQLiteConnection
    ) throws {
        let find = try sqlite.statement(Self.findSQL)
        find.bind(1, lineage)
        find.bind(2, former?.table ?? source.table)
        find.bind(3, blob: former?.identity ?? read.identity)
        defer { find.reset() }
        // Quarantined rows were listed with their reason; expired ones must not be shown.
        var isFound = try find.step()
        if !isFound, let identity = read.identityBeforeUpgrade {
            find.reset()
            find.bind(3, blob: identity)
            isFound = try find.step()
        }
        guard isFound, find.text(0) == "imported" else { return }
        var id = read.id
        // A layout without namespaces does not say where the memory was before they were dropped.
        if source.format == .kvMemory2, source.namespace == nil, let namespace = find.optionalText(5) {
            id = MemoryKey(namespace: namespace, key: id.key)
        }
        let (exists, position) = (find.int(1) == 1, find.int64(4))
        if exists, find.int(2) == 0 { return }
        if !exists, try wasTakenAway(id, after: position, sqlite) { return }
        verified.compared += 1
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
        if fields.isEmpty { verified.equal += 1 }
        for field in fields where verified.different.count < MigrationReport.maximumListed {
            verified.different.append(
                .init(namespace: id.namespace, key: id.key, field: field))
        }
    }

    private static let findSQL = """
        SELECT i.outcome, m.id IS NOT NULL, m.source_row = i.id, m.version > m.content_version, i.position,
            i.namespace, iif(m.id <> i.position, m.access_count, NULL)
        FROM import_rows i LEFT JOIN memories m ON m.namespace = i.namespace AND m.key = i.key
        WHERE i.lineage = ?1 AND i.source_table = ?2 AND i.row_key = ?3
        """

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
