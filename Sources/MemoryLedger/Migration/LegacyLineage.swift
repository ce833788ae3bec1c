import EventLog
import Foundation

/// Finds out whether a source is a later state of one that was imported before.
///
/// A lineage is named by the hash of its first import. A source belongs to one where it is that very file, or lies at
/// the same path, or where most of its first rows are in that lineage just as they are: then rows that changed are new
/// versions of the old ones. Otherwise it is another agent's database, and a row whose key is taken is quarantined
/// instead of overwriting what somebody else wrote.
struct LegacyLineage {
    private let file: LedgerFile

    private static let sampleRows = 256

    /// The number of a lineage in `import_rows`, from the bound hash.
    static let numberSQL = "(SELECT min(id) FROM import_sources WHERE lineage = ?)"

    init(_ file: LedgerFile) { self.file = file }

    /// A path by which a file is known again: absolute, without symbolic links.
    static func canonical(_ path: String) -> String {
        URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
    }

    /// 32 bytes: an earlier import's lineage, or the source's own hash where there is none.
    func find(_ sources: [LegacySource], sha256: [UInt8], path: String) throws -> [UInt8] {
        try file.readSnapshot { sqlite in
            if let known = try lineage(ofPath: Self.canonical(path), sqlite) { return known }
            for lineage in try lineages(sqlite) where try isSame(lineage, sources, sha256, sqlite) { return lineage }
            return sha256
        }
    }

    private func lineages(_ sqlite: SQLiteConnection) throws -> [[UInt8]] {
        let rows = try sqlite.statement("SELECT lineage FROM import_sources GROUP BY lineage ORDER BY min(id) DESC")
        defer { rows.reset() }
        var lineages: [[UInt8]] = []
        while try rows.step() { lineages.append([UInt8](rows.bytes(0))) }
        return lineages
    }

    private func lineage(ofPath path: String, _ sqlite: SQLiteConnection) throws -> [UInt8]? {
        let row = try sqlite.statement("SELECT lineage FROM import_sources WHERE path = ? ORDER BY id DESC LIMIT 1")
        row.bind(1, path)
        defer { row.reset() }
        return try row.step() ? [UInt8](row.bytes(0)) : nil
    }

    private func isSame(
        _ lineage: [UInt8], _ sources: [LegacySource], _ sha256: [UInt8], _ sqlite: SQLiteConnection
    ) throws -> Bool {
        if lineage == sha256 { return true }
        let find = try sqlite.statement(
            "SELECT row_hash FROM import_rows WHERE lineage = \(LegacyLineage.numberSQL) AND source_table = ? AND row_key = ?"
        )
        var same = 0
        var changed = 0
        for source in sources {
            let rows = LegacyRows(source)
            var sampled = 0
            while sampled < Self.sampleRows, let read = try rows.next() {
                sampled += 1
                guard case .row(let row) = read else { continue }
                find.bind(1, blob: lineage)
                find.bind(2, row.table)
                find.bind(3, blob: row.identity)
                defer { find.reset() }
                guard try find.step() else { continue }
                if find.bytes(0).elementsEqual(row.contentHash) { same += 1 } else { changed += 1 }
            }
        }
        return same > changed
    }
}
