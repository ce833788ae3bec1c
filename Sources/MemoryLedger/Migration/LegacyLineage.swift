import EventLog
import Foundation

/// Finds out whether a source is a later state of one that was imported before.
///
/// A lineage is named by the hash of its first import. Only the rows say whether a database has grown; a path is no
/// identity. A source belongs to a lineage if it is, byte for byte, what was imported then, or if of the rows that
/// are known there more are the same, their statistics aside, than differ: then rows that changed are new versions of
/// the old ones. Otherwise it is another agent's database, and a row whose key is taken is quarantined instead of
/// overwriting what somebody else wrote.
///
/// A person who knows better says that it continues an import. That holds also where the same bytes began a lineage of
/// their own before: of the lineages that the same bytes were imported in, the projector takes a row for the same row.
struct LegacyLineage {
    private let log: SQLiteEventLog

    /// The number of a lineage in `import_rows`, from the bound hash.
    static let numberSQL = "(SELECT min(id) FROM import_sources WHERE lineage = ?)"

    /// A lineage's in `import_rows`; 0 before its first import.
    static func number(of lineage: [UInt8], _ sqlite: SQLiteConnection) throws -> Int64 {
        let number = try sqlite.statement("SELECT ifnull(\(numberSQL), 0)")
        number.bind(1, blob: lineage)
        defer { number.reset() }
        return try number.step() ? number.int64(0) : 0
    }

    init(_ log: SQLiteEventLog) { self.log = log }

    /// A path by which a file is known again: absolute, without symbolic links.
    static func canonical(_ path: String) -> String {
        URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
    }

    /// As it is shown.
    static func text(_ sha256: [UInt8]) -> String {
        sha256.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
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

        var known: Int { same + changed }
        /// No other row could turn it.
        func isDecided(_ rest: Int) -> Bool { abs(same - changed) > rest }
    }

    /// The lineage that a source with these tables belongs to, 32 bytes: its own hash if it belongs to no earlier one.
    ///
    /// Of several that fit equally well it is the oldest.
    ///
    /// - Parameter continues: it belongs to the one that has most of its rows, however many differ (`continued`).
    /// - Throws: `LegacySourceError.nothingToContinue` where it must belong to one, and none knows any of its rows.
    func find(_ sources: [LegacySource], sha256: [UInt8], path: String, continues: Bool) throws -> [UInt8] {
        try log.file.readSnapshot { sqlite in
            if continues {
                let kinships = try kinships(sources, stopsEarly: false, sqlite)
                guard let lineage = Self.continued(kinships, by: sha256) else {
                    throw LegacySourceError.nothingToContinue(path)
                }
                return lineage
            }
            if let known = try lineage(ofSource: sha256, sqlite) { return known }
            let grown = try kinships(sources, stopsEarly: true, sqlite).filter { $0.same > $0.changed }
            // `max` answers the first, the oldest, of equal ones.
            return grown.max { $0.same < $1.same }?.sha256 ?? sha256
        }
    }

    /// The lineage that took most of the rows, or knows them if none took any: what was set aside is not there, and
    /// says nothing of whose it is. The one that these very bytes began is what they were taken for by mistake, unless
    /// it is the only one that has any. Nil if none knows any.
    private static func continued(_ kinships: [Kinship], by sha256: [UInt8]) -> [UInt8]? {
        let known = kinships.filter { $0.known > 0 }
        let others = known.filter { $0.sha256 != sha256 && $0.taken > 0 }
        return (others.isEmpty ? known : others).max { ($0.taken, $0.known) < ($1.taken, $1.known) }?.sha256
    }

    /// Whether a lineage was imported before; whether only others were.
    func acquaintance(with lineage: [UInt8]) throws -> (isContinued: Bool, isAnother: Bool) {
        try log.file.readSnapshot { sqlite in
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
            while let read = try rows.next() {
                rest -= 1
                guard case .row(let row) = read else { continue }
                for index in kinships.indices { try note(row, &kinships[index], sqlite) }
                if stopsEarly, kinships.allSatisfy({ $0.isDecided(rest) }) { return kinships }
            }
        }
        return kinships
    }

    private func note(_ row: LegacyRow, _ kinship: inout Kinship, _ sqlite: SQLiteConnection) throws {
        guard let known = try LegacyKnownRow.find(row, lineage: kinship.number, sqlite) else { return }
        switch try known.likeness(to: row, in: log, sqlite) {
        case .same, .sameSubstance: kinship.same += 1
        case .changed: kinship.changed += 1
        }
        if !known.isSetAside { kinship.taken += 1 }
    }

    private func lineages(_ sqlite: SQLiteConnection) throws -> [Kinship] {
        let rows = try sqlite.statement("SELECT lineage, min(id) FROM import_sources GROUP BY lineage ORDER BY 2")
        defer { rows.reset() }
        var lineages: [Kinship] = []
        while try rows.step() { lineages.append(Kinship(sha256: [UInt8](rows.bytes(0)), number: rows.int64(1))) }
        return lineages
    }
}
