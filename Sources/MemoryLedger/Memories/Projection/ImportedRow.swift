import EventLog
import LedgerStorage

/// What became of a row of a legacy source.
enum ImportOutcome: String {
    case imported
    case expired
    /// Its memory stands in another table of the source.
    case duplicate
    case quarantined
}

/// What `import_rows` says of a row of a legacy source.
struct ImportedRow {
    let id: Int64
    let outcome: ImportOutcome
    /// Where its memory stands as it was imported, unless that was changed, renamed or deleted here since. Of a
    /// duplicate it is another table's memory. Nil where the row has none, or had none ever.
    let place: MemoryKey?
    /// Of the row as its memory was imported last.
    let age: LegacyAge

    /// From the columns of `MemoryStatements.Statement.findImport`.
    init(_ row: SQLiteStatement) {
        let key = { (column: Int32) in
            row.optionalText(column + 1).map { MemoryKey(namespace: row.text(column), key: $0) }
        }
        id = row.int64(0)
        outcome = ImportOutcome(rawValue: row.text(1)) ?? .quarantined
        place =
            switch outcome {
            case .imported: key(2)
            case .expired: nil
            case .duplicate, .quarantined: key(4)
            }
        age = LegacyAge(latestAt: row.optionalInt64(6), reads: row.optionalInt64(7) ?? 0)
    }
}

/// How new a version of a memory is, as far as the old program tells: it notes when a memory was made, read and linked,
/// and how often, and it reads before it writes. Counts of one row against another's, so that what was read in the
/// ledger since makes nothing newer.
struct LegacyAge: Comparable {
    /// Nil where no time is known.
    let latestAt: Int64?
    let reads: Int64

    init(latestAt: Int64?, reads: Int64) {
        self.latestAt = latestAt
        self.reads = reads
    }

    init(_ meta: LegacyMeta) {
        latestAt = [meta.createdAt, meta.lastAccessedAt, meta.lastLinkedAt].compactMap { $0?.milliseconds }.max()
        reads =
            Int64(clamping: meta.accessCount ?? 0)
            .addingReportingOverflow(Int64(clamping: meta.traverseCount ?? 0)).partialValue
    }

    static func < (left: Self, right: Self) -> Bool {
        (left.latestAt ?? .min, left.reads) < (right.latestAt ?? .min, right.reads)
    }
}
