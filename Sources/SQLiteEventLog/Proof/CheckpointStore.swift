import EventLog
public import LedgerCapabilities
package import LedgerStorage
package import MerkleLog

/// The table `checkpoints`: copies for convenience. What counts is what others hold, because a person who can change
/// the log can change this too.
package struct CheckpointStore {
    let sqlite: SQLiteConnection

    package init(sqlite: SQLiteConnection) {
        self.sqlite = sqlite
    }

    private static let columns = "SELECT number, made_at, note FROM checkpoints"

    /// Adds one, unless the same note is there.
    func add(_ signed: SignedCheckpoint, at time: Timestamp) throws {
        let insert = try sqlite.statement(
            """
            INSERT INTO checkpoints (origin, size, made_at, note) SELECT ?1, ?2, ?3, ?4
            WHERE NOT EXISTS (SELECT 1 FROM checkpoints WHERE size = ?2 AND origin = ?1 AND note = ?4)
            """)
        insert.bind(1, signed.checkpoint.origin)
        insert.bind(2, signed.checkpoint.size)
        insert.bind(3, time.milliseconds)
        insert.bind(4, String(decoding: signed.bytes, as: UTF8.self))
        try insert.run()
    }

    /// The newest first.
    func newest(limit: Int) throws -> [StoredCheckpoint] {
        let rows = try sqlite.statement("\(Self.columns) ORDER BY number DESC LIMIT ?")
        rows.bind(1, limit)
        return try read(rows)
    }

    /// Of an origin, the largest first, and the newest of those of one size.
    func largest(of origin: String, limit: Int) throws -> [StoredCheckpoint] {
        let rows = try sqlite.statement("\(Self.columns) WHERE origin = ? ORDER BY size DESC, number DESC LIMIT ?")
        rows.bind(1, origin)
        rows.bind(2, limit)
        return try read(rows)
    }

    /// Checkpoints that are looked through for one that the log continues.
    private static let triedCheckpoints = 64

    /// The largest one of the origin that the tree bears out.
    package func last(of origin: LedgerOrigin, continuedBy tree: TreeReader) throws -> SignedCheckpoint? {
        try largest(of: origin.text, limit: Self.triedCheckpoints).first { stored in
            stored.checkpoint.size <= tree.size
                && (try? tree.root(at: stored.checkpoint.size)) == stored.checkpoint.root
        }?.signed
    }

    /// Those with so many events or more, the newest first.
    func covering(_ position: Position, limit: Int) throws -> [StoredCheckpoint] {
        let rows = try sqlite.statement("\(Self.columns) WHERE size >= ? ORDER BY number DESC LIMIT ?")
        rows.bind(1, position)
        rows.bind(2, limit)
        return try read(rows)
    }

    /// The newest that can be read, up to `SQLiteEventLog.maximumCheckpoints`, and what is wrong with others.
    func readable() throws -> ([StoredCheckpoint], [LogDamage]) {
        let rows = try sqlite.statement(
            "SELECT number, made_at, note, origin, size FROM checkpoints ORDER BY number DESC LIMIT ?")
        rows.bind(1, SQLiteEventLog.maximumCheckpoints)
        defer { rows.reset() }
        var (found, damages): ([StoredCheckpoint], [LogDamage]) = ([], [])
        while try rows.step() {
            let number = rows.int64(0)
            guard let signed = try? SignedCheckpoint(rows.bytes(2)), signed.checkpoint.size == rows.int64(4),
                signed.checkpoint.origin.hasSameBytes(as: rows.text(3))
            else {
                damages.append(LogDamage(.damagedCheckpoint, "checkpoint \(number) of the ledger cannot be read"))
                continue
            }
            found.append(
                StoredCheckpoint(number: number, madeAt: Timestamp(milliseconds: rows.int64(1)), signed: signed))
        }
        let gaps = try sqlite.integer("SELECT ifnull(max(number), 0) - count(*) FROM checkpoints") ?? 0
        let first = try sqlite.integer("SELECT min(number) FROM checkpoints") ?? 1
        if gaps != 0 || first != 1 {
            damages.append(LogDamage(.damagedCheckpoint, "checkpoints that the ledger kept are missing"))
        }
        return (found, damages)
    }

    private func read(_ rows: SQLiteStatement) throws -> [StoredCheckpoint] {
        defer { rows.reset() }
        var found: [StoredCheckpoint] = []
        while try rows.step() {
            let number = rows.int64(0)
            do {
                let signed = try SignedCheckpoint(rows.bytes(2))
                found.append(
                    StoredCheckpoint(number: number, madeAt: Timestamp(milliseconds: rows.int64(1)), signed: signed))
            } catch {
                throw EventLogError(
                    .damagedLog,
                    "Row \(number) of the table checkpoints is not what was stored (\(error)); look who changed it.")
            }
        }
        return found
    }
}

extension SQLiteEventLog {
    /// Checkpoints at most that one call answers.
    public static let maximumCheckpoints = 10_000

    /// The checkpoints that the ledger keeps, the newest first.
    ///
    /// - Parameter limit: 1 to `maximumCheckpoints`.
    /// - Throws: `EventLogError` with `invalidArgument`, or `damagedLog` where somebody changed the table.
    public func checkpoints(limit: Int = 100) throws -> [StoredCheckpoint] {
        guard (1...Self.maximumCheckpoints).contains(limit) else {
            throw EventLogError(.invalidArgument, "Ask for 1 to \(Self.maximumCheckpoints) checkpoints, not \(limit).")
        }
        return try file.read { try CheckpointStore(sqlite: $0).newest(limit: limit) }
    }
}
