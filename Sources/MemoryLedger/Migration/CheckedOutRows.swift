import Crypto
import EventLog
import LedgerStorage
import Projections

/// The rows of a source that a checkout of this ledger wrote (`CheckoutMark`).
///
/// The mark names an event of this ledger, whose id is random; and as a mark may be copied, the rows decide as they do
/// about a lineage: of those that the mark knows, more must be the same than differ, or a person says so. A row that
/// came back before is compared with what it was then.
struct CheckedOutRows {
    /// Of the checkout, 32 bytes: its file is known by the mark, however it changes.
    let lineage: [UInt8]
    private let layout: LegacyLayout
    private let source: LegacySource

    /// The row's memory, and what the row said when it was written.
    struct WrittenRow {
        let row: LegacyCheckedOut
        fileprivate let substance: LegacySubstance

        /// - Parameter earlier: the row as the ledger took it last; nil if it never did.
        func checkedOut(_ present: LegacyRow, takenLast earlier: LegacyRow?) -> LegacyCheckedOut {
            var row = row
            row.kept = earlier.map { LegacySubstance(present).parts(sameAs: LegacySubstance($0)) } ?? kept(of: present)
            return row
        }

        /// The parts that are as the checkout wrote them.
        func kept(of present: LegacyRow) -> Set<LegacyCheckedOut.Part> {
            LegacySubstance(present).parts(sameAs: substance)
        }
    }

    /// Nil where the source is no checkout of this ledger.
    ///
    /// - Parameter continues: a person says so, whatever the rows say.
    static func find(in sources: [LegacySource], _ tables: any ProjectionDatabase, continues: Bool) throws
        -> CheckedOutRows?
    {
        for source in sources {
            guard let found = try CheckedOutRows(source, tables) else { continue }
            return try continues || found.mostRowsAreTheSame(tables) ? found : nil
        }
        return nil
    }

    private init?(_ source: LegacySource, _ tables: any ProjectionDatabase) throws {
        guard Self.hasMark(source.schema) else { return nil }
        let head = try source.connection.statement(
            "SELECT layout, position, event FROM \(CheckoutMark.headTable) LIMIT 1")
        defer { head.reset() }
        guard try head.step(), let layout = LegacyLayout(rawValue: head.text(0)),
            layout.table.hasSameBytes(as: source.table), layout.format.isKeyv == source.format.isKeyv
        else { return nil }
        let (position, event) = (head.int64(1), head.text(2))
        let known = try tables.read { try tables.committed($0).event(at: position) }
        guard let known, known.id.description == event else { return nil }
        lineage = Array(SHA256.hash(data: Array("checkout \(layout.rawValue) \(position) \(event)".utf8)))
        self.layout = layout
        self.source = source
    }

    private init(_ other: CheckedOutRows, _ source: LegacySource) {
        (lineage, layout, self.source) = (other.lineage, other.layout, source)
    }

    /// The same, of the same tables that were opened again.
    func rows(of sources: [LegacySource]) -> CheckedOutRows? {
        sources.first { $0.table.hasSameBytes(as: source.table) }.map { CheckedOutRows(self, $0) }
    }

    private static func hasMark(_ schema: LegacySchema) -> Bool {
        [(CheckoutMark.headTable, CheckoutMark.headColumns), (CheckoutMark.rowsTable, CheckoutMark.rowsColumns)]
            .allSatisfy { name, columns in schema.table(named: name).map { columns.allSatisfy($0.has) } ?? false }
    }

    private func mostRowsAreTheSame(_ tables: any ProjectionDatabase) throws -> Bool {
        try tables.readSnapshot { sqlite in
            let number = try LegacyLineage.number(of: lineage, sqlite)
            let known = LegacyKnownRows(source, tables)
            var (same, changed) = (0, 0)
            let rows = LegacyRows(source)
            while let read = try rows.next() {
                guard case .row(let row) = read,
                    let isSame = try isSame(row, known.find(row, lineage: number, sqlite), tables, sqlite)
                else { continue }
                if isSame { same += 1 } else { changed += 1 }
            }
            return same > changed
        }
    }

    /// Nil if nothing is known of the row.
    private func isSame(
        _ row: LegacyRow, _ known: LegacyKnownRow?, _ tables: any ProjectionDatabase, _ sqlite: SQLiteConnection
    ) throws -> Bool? {
        if let known { return try known.likeness(to: row, in: tables, sqlite) != .changed }
        return try written(of: row).map { $0.substance == LegacySubstance(row) }
    }

    /// Nil if the checkout did not write the row.
    func written(of row: LegacyRow) throws -> WrittenRow? {
        guard row.table.hasSameBytes(as: source.table) else { return nil }
        let key = row.format == layout.format ? row.key : row.beforeUpgrade?.key
        guard let key, case .text = key else { return nil }
        do {
            return try written(of: key)
        } catch { throw LegacySourceError.from(error, path: source.path) }
    }

    private func written(of key: LegacyCell) throws -> WrittenRow? {
        let find = try source.connection.statement(
            "SELECT in_namespace, under_key, memory, content_version, substance FROM \(CheckoutMark.rowsTable) "
                + "WHERE row = ?")
        find.bind(1, key)
        defer { find.reset() }
        guard try find.step(), let substance = LegacySubstance(bytes: [UInt8](find.bytes(4))) else { return nil }
        let memory = MemoryKey(namespace: find.text(0), key: find.text(1))
        guard (try? MemoryLimits.standard.check(memory)) != nil else { return nil }
        return WrittenRow(
            row: LegacyCheckedOut(memory: memory, memoryID: find.int64(2), contentVersion: find.int64(3)),
            substance: substance)
    }
}
