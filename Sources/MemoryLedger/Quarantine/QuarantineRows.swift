import EventLog
import LedgerStorage

/// Reads what is held back, and what would be.
enum QuarantineRows {
    /// The number of a contributor; nil where nothing has named it.
    static func id(of contributor: Contributor, _ sqlite: SQLiteConnection) throws -> Int64? {
        let row = try sqlite.statement("SELECT id FROM origins WHERE kind = ? AND name = ?")
        row.bind(1, contributor.kind)
        row.bind(2, contributor.name)
        defer { row.reset() }
        return try row.step() ? row.int64(0) : nil
    }

    static func isInForce(_ contributor: Contributor, _ sqlite: SQLiteConnection) throws -> Bool {
        guard let id = try id(of: contributor, sqlite) else { return false }
        let row = try sqlite.statement("SELECT 1 FROM quarantines WHERE origin = ?")
        row.bind(1, id)
        defer { row.reset() }
        return try row.step()
    }

    /// What was made from what a table `held` has.
    static let descendants = "SELECT d.memory FROM held JOIN memory_derivations d ON d.parent = held.memory"

    /// A table `held` of what an origin's quarantine takes.
    static let heldByContributor = """
        WITH RECURSIVE held (memory) AS (SELECT memory FROM memory_origins WHERE origin = ?1 UNION \(descendants))
        """
    /// A table `held` of what all quarantines but that of an origin take.
    private static let heldByOthers = """
        WITH RECURSIVE held (memory) AS (SELECT o.memory FROM quarantines q
            JOIN memory_origins o ON o.origin = q.origin WHERE q.origin <> ?1 UNION \(descendants))
        """

    enum Change {
        /// What a quarantine would take.
        case taking(Contributor)
        /// What a release would bring back.
        case releasing(Contributor)
    }

    /// What would happen, in one snapshot.
    static func preview(_ change: Change, _ sqlite: SQLiteConnection) throws -> QuarantineReport {
        let contributor: Contributor
        let with: String
        let condition: String
        switch change {
        case .taking(let taken):
            (contributor, with) = (taken, heldByContributor)
            condition = "m.id IN (SELECT memory FROM held) AND m.id NOT IN (SELECT memory FROM quarantined)"
        case .releasing(let released):
            (contributor, with) = (released, heldByOthers)
            condition = "m.id IN (SELECT memory FROM quarantined) AND m.id NOT IN (SELECT memory FROM held)"
        }
        // No contributor has the number 0.
        let id = try self.id(of: contributor, sqlite) ?? 0
        return try report(contributor, id, nil, with: with, condition, sqlite)
    }

    /// What an event did.
    static func report(
        _ contributor: Contributor, at position: Position, hasEnded: Bool, _ sqlite: SQLiteConnection
    ) throws -> QuarantineReport {
        let id = try self.id(of: contributor, sqlite) ?? 0
        let condition =
            hasEnded
            ? "m.id IN (SELECT memory FROM ended_quarantines WHERE ended = \(position))"
            : "m.id IN (SELECT memory FROM quarantined WHERE began = \(position))"
        return try report(contributor, id, position, with: "", condition, sqlite)
    }

    private static func report(
        _ contributor: Contributor, _ id: Int64, _ position: Position?, with: String, _ condition: String,
        _ sqlite: SQLiteConnection
    ) throws -> QuarantineReport {
        var report = QuarantineReport(
            contributor: contributor, position: position, memories: 0, direct: 0, namespaces: [], keys: [])
        let counts = try SQLiteStatement(
            connection: sqlite.handle,
            sql: """
                \(with) SELECT m.namespace, count(*), sum(EXISTS (SELECT 1 FROM memory_origins o
                    WHERE o.origin = ?1 AND o.memory = m.id))
                FROM memories m WHERE \(condition) GROUP BY m.namespace ORDER BY m.namespace
                """)
        counts.bind(1, id)
        while try counts.step() {
            report.namespaces.append(.init(namespace: counts.text(0), memories: counts.int(1)))
            report.memories += counts.int(1)
            report.direct += counts.int(2)
        }
        let keys = try SQLiteStatement(
            connection: sqlite.handle,
            sql: """
                \(with) SELECT m.namespace, m.key FROM memories m WHERE \(condition)
                ORDER BY m.namespace, m.key LIMIT \(QuarantineReport.maximumListed)
                """)
        keys.bind(1, id)
        while try keys.step() { report.keys.append(MemoryKey(namespace: keys.text(0), key: keys.text(1))) }
        return report
    }

    /// The quarantines in force, in the order in which they came.
    static func all(_ sqlite: SQLiteConnection) throws -> [(
        id: Int64, contributor: Contributor, Position, reason: String?
    )] {
        let rows = try sqlite.statement(
            """
            SELECT q.origin, o.kind, o.name, q.position, q.reason FROM quarantines q JOIN origins o ON o.id = q.origin
            ORDER BY q.position
            """)
        defer { rows.reset() }
        var found: [(Int64, Contributor, Position, String?)] = []
        while try rows.step() {
            found.append(
                (
                    rows.int64(0), Contributor(kind: rows.text(1), name: rows.text(2)), rows.int64(3),
                    rows.optionalText(4)
                ))
        }
        return found
    }

    /// How many memories a quarantine holds back, whether others hold them too.
    static func count(heldBy id: Int64, _ sqlite: SQLiteConnection) throws -> Int {
        let row = try sqlite.statement(
            "\(heldByContributor) SELECT count(*) FROM held JOIN memories m ON m.id = held.memory")
        row.bind(1, id)
        defer { row.reset() }
        return try row.step() ? row.int(0) : 0
    }

    /// Memories made by the first position or before that were held back or let go after it, through another one.
    static func changed(
        after first: Position, through last: Position, limit: Int, _ sqlite: SQLiteConnection
    ) throws -> [Position] {
        let rows = try sqlite.statement(
            """
            SELECT memory FROM quarantined WHERE memory <= ?1 AND began > ?1 AND began <= ?2
            UNION SELECT memory FROM ended_quarantines WHERE memory <= ?1
                AND ((began > ?1 AND began <= ?2) OR (ended > ?1 AND ended <= ?2)) LIMIT ?3
            """)
        rows.bind(1, first)
        rows.bind(2, last)
        rows.bind(3, limit)
        defer { rows.reset() }
        var found: [Position] = []
        while try rows.step() { found.append(rows.int64(0)) }
        return found
    }
}
