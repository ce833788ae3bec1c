import EventLog
import Foundation
import LedgerStorage
import Projections

/// Finds out whether a source is a later state of one that was imported before.
///
/// A lineage is named by the hash of its first import. Only the rows say whether a database has grown; a path is no
/// identity. A source belongs to a lineage if it is, byte for byte, what was imported then, or if of the rows that
/// are known there more are the same, their statistics aside, than differ: then rows that changed are new versions of
/// the old ones. Otherwise it is another agent's database, and a row whose key is taken is quarantined instead of
/// overwriting what somebody else wrote.
///
/// A person who knows better says that it continues an import. It may have been taken for another database by mistake
/// before: then that lineage is the same database, too, if most of its rows are here and more of them are the same than
/// differ. The first event of the import says so, and the projector makes one lineage of both. What was continued by
/// hand is settled: the same bytes, and a source that has most of its rows, more the same than changed, unite nothing
/// more.
struct LegacyLineage {
    private let tables: any ProjectionDatabase

    /// The number of a lineage in `import_rows`, from the bound hash.
    static let numberSQL = "(SELECT min(id) FROM import_sources WHERE lineage = ?)"

    /// A lineage's in `import_rows`; 0 before its first import.
    static func number(of lineage: [UInt8], _ sqlite: SQLiteConnection) throws -> Int64 {
        let number = try sqlite.statement("SELECT ifnull(\(numberSQL), 0)")
        number.bind(1, blob: lineage)
        defer { number.reset() }
        return try number.step() ? number.int64(0) : 0
    }

    init(_ tables: any ProjectionDatabase) { self.tables = tables }

    /// A path by which a file is known again: absolute, without symbolic links.
    static func canonical(_ path: String) -> String {
        URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
    }

    /// As it is shown.
    static func text(_ sha256: [UInt8]) -> String {
        sha256.hexadecimal
    }

    /// What a source's rows say about a lineage.
    struct Kinship {
        /// 32 bytes.
        let sha256: [UInt8]
        /// In `import_rows`.
        let number: Int64
        var same = 0
        var changed = 0
        /// Of the rows that are known, those of which nothing was set aside.
        var taken = 0
        /// All rows of the lineage.
        var rows = 0

        var known: Int { same + changed }
        /// The source is a later state of what was imported there.
        var hasGrown: Bool { same > changed }
        /// What two databases have in common by chance is less than what a database keeps when it grows.
        var isMostlyHere: Bool { known > rows / 2 }
        var isProved: Bool { hasGrown && isMostlyHere }
        /// No other row could turn it.
        func isDecided(_ rest: Int) -> Bool { abs(same - changed) > rest }
    }

    /// What a source belongs to.
    struct Finding {
        /// The lineage, 32 bytes: the source's own hash if it belongs to no earlier one.
        var lineage: [UInt8]
        /// Others that are this same database.
        var united: [[UInt8]] = []
    }

    /// The lineage that a source with these tables belongs to.
    ///
    /// Of several that fit equally well it is the oldest.
    ///
    /// - Parameter continues: it belongs to one, however many rows differ (`continued`).
    /// - Throws: `LegacySourceError.nothingToContinue` where it must belong to one, and none knows any of its rows.
    func find(_ sources: [LegacySource], sha256: [UInt8], path: String, continues: Bool) throws -> Finding {
        try tables.readSnapshot { sqlite in
            if continues {
                let settled = try settled(sqlite)
                if let same = settled.last(where: { $0.sha256 == sha256 }) { return Finding(lineage: same.lineage) }
                let kinships = try kinships(sources, stopsEarly: false, sqlite)
                let proved = kinships.filter { kinship in
                    kinship.isProved && settled.contains { $0.lineage == kinship.sha256 }
                }
                if let most = proved.max(by: { $0.same < $1.same }) { return Finding(lineage: most.sha256) }
                guard let finding = Self.continued(kinships) else { throw LegacySourceError.nothingToContinue(path) }
                return finding
            }
            if let known = try lineage(ofSource: sha256, sqlite) { return Finding(lineage: known) }
            let grown = try kinships(sources, stopsEarly: true, sqlite).filter(\.hasGrown)
            // `max` answers the first, the oldest, of equal ones.
            return Finding(lineage: grown.max { $0.same < $1.same }?.sha256 ?? sha256)
        }
    }

    /// What a person means who says that a source continues an import: the one that took most of the rows, since what
    /// was set aside is not there and says nothing of whose it is. What the rows prove needs no saying, so it is one
    /// that they do not prove, if there is such a one that is mostly here. Those that are mostly here and have grown
    /// are the same database, by mistake imported as another. Nil if none knows any row.
    private static func continued(_ kinships: [Kinship]) -> Finding? {
        let known = kinships.filter { $0.known > 0 }
        let proved = known.filter(\.isProved)
        let meant = known.filter { !$0.hasGrown && $0.taken > 0 && (proved.isEmpty || $0.isMostlyHere) }
        // `max` answers the first, the oldest, of equal ones.
        let most = (meant.isEmpty ? known : meant).max { ($0.taken, $0.known) < ($1.taken, $1.known) }
        guard let most else { return nil }
        let one = known.filter { kinship in
            kinship.number == most.number || proved.contains { $0.number == kinship.number }
        }
        return Finding(lineage: one[0].sha256, united: one.dropFirst().map(\.sha256))
    }

    /// Sources of which a person said that they continue a lineage, in the order of their imports.
    private func settled(_ sqlite: SQLiteConnection) throws -> [(sha256: [UInt8], lineage: [UInt8])] {
        let rows = try sqlite.statement("SELECT id, sha256, lineage FROM import_sources ORDER BY id")
        defer { rows.reset() }
        var settled: [(sha256: [UInt8], lineage: [UInt8])] = []
        while try rows.step() {
            guard let event = try tables.committed(sqlite).event(at: rows.int64(0)),
                case .legacyImportStarted(let start)? = try? MemoryEvent.decode(event), start.isContinuedByHand
            else { continue }
            settled.append(([UInt8](rows.bytes(1)), [UInt8](rows.bytes(2))))
        }
        return settled
    }

    /// Whether a lineage was imported before; whether only others were.
    func acquaintance(with lineage: [UInt8]) throws -> (isContinued: Bool, isAnother: Bool) {
        try tables.readSnapshot { sqlite in
            let known = try lineages(sqlite)
            let isContinued = known.contains { $0.sha256 == lineage }
            return (isContinued, !isContinued && !known.isEmpty)
        }
    }

    /// The lineage of an import of these very bytes.
    private func lineage(ofSource sha256: [UInt8], _ sqlite: SQLiteConnection) throws -> [UInt8]? {
        let row = try sqlite.statement("SELECT lineage FROM import_sources WHERE sha256 = ? ORDER BY id DESC LIMIT 1")
        row.bind(1, blob: sha256)
        defer { row.reset() }
        return try row.step() ? [UInt8](row.bytes(0)) : nil
    }

    /// Every lineage, the oldest first, with what all rows of the source say.
    ///
    /// - Parameter stopsEarly: goes on only until each is decided.
    private func kinships(
        _ sources: [LegacySource], stopsEarly: Bool, _ sqlite: SQLiteConnection
    ) throws -> [Kinship] {
        var kinships = try lineages(sqlite)
        guard !kinships.isEmpty else { return [] }
        var rest = try sources.reduce(0) { try $0 + $1.rowCount() }
        for source in sources {
            let rows = LegacyRows(source)
            let known = LegacyKnownRows(source, tables)
            while let read = try rows.next() {
                rest -= 1
                guard case .row(let row) = read else { continue }
                for index in kinships.indices { try note(row, known, &kinships[index], sqlite) }
                if stopsEarly, kinships.allSatisfy({ $0.isDecided(rest) }) { return kinships }
            }
        }
        return kinships
    }

    private func note(
        _ row: LegacyRow, _ rows: LegacyKnownRows, _ kinship: inout Kinship, _ sqlite: SQLiteConnection
    ) throws {
        guard let known = try rows.find(row, lineage: kinship.number, sqlite) else { return }
        switch try known.likeness(to: row, in: tables, sqlite) {
        case .same, .sameSubstance: kinship.same += 1
        case .changed: kinship.changed += 1
        }
        if !known.isSetAside { kinship.taken += 1 }
    }

    private func lineages(_ sqlite: SQLiteConnection) throws -> [Kinship] {
        let rows = try sqlite.statement(
            """
            SELECT lineage, id, (SELECT count(*) FROM import_rows r WHERE r.lineage = s.id)
            FROM (SELECT lineage, min(id) AS id FROM import_sources GROUP BY lineage) s ORDER BY id
            """)
        defer { rows.reset() }
        var lineages: [Kinship] = []
        while try rows.step() {
            lineages.append(Kinship(sha256: [UInt8](rows.bytes(0)), number: rows.int64(1), rows: rows.int(2)))
        }
        return lineages
    }
}
