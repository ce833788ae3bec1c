/// Recomputes every leaf from the stored events and compares it with the tree's, and the root with the tree's upper
/// nodes.
struct LeafCheck {
    private let log: SQLiteEventLog

    /// Events of a page: a multiple of a tile's.
    private static let pageEvents: Int64 = 16_384

    init(_ log: SQLiteEventLog) { self.log = log }

    /// - Throws: `damagedBackup` with the first position that does not hold, or what the log throws.
    func run(_ progress: (_ done: Int64, _ of: Int64) -> Void) async throws {
        let (ledger, head, size) = try log.file.readSnapshot { sqlite in
            guard let ledger = try LedgerID.load(sqlite) else { throw EventLogError.noTree }
            let head = try sqlite.integer("SELECT max(position) FROM events") ?? 0
            return (ledger, head, try TreeReader(sqlite).size)
        }
        guard head == size else {
            throw EventLogError.damagedBackup("it has \(head) events, and a tree over \(size)")
        }
        let hasher = LeafHasher(ledger: ledger)
        var range = LeafRange()
        var position: Position = 0
        while position < head {
            try Task.checkCancellation()
            let last = min(head, position + Self.pageEvents)
            try log.file.readSnapshot { sqlite in try check(after: position, through: last, hasher, &range, sqlite) }
            position = last
            progress(position, head)
        }
        let root = try log.readTree { try $0.root(at: head) }
        guard range.root == root else { throw EventLogError.damagedBackup("its tree has another root") }
    }

    private func check(
        after first: Position, through last: Position, _ hasher: LeafHasher, _ range: inout LeafRange,
        _ sqlite: SQLiteConnection
    ) throws {
        let rows = log.rows(sqlite, sqlite.eventNames)
        let select = try sqlite.statement(
            "SELECT \(EventRows.columns) FROM events WHERE position > ? AND position <= ? ORDER BY position")
        select.bind(1, first)
        select.bind(2, last)
        defer { select.reset() }
        let tree = try TreeReader(sqlite)
        var position = first
        while try select.step() {
            position += 1
            guard select.int64(0) == position else {
                throw EventLogError.damagedBackup("the event at position \(position) is missing")
            }
            let leaf = MerkleHash.sha256(try rows.entry(select, hasher))
            guard try tree.leaf(at: position) == leaf else {
                throw EventLogError.damagedBackup("the event at position \(position) is not the one that was appended")
            }
            range.append(leaf)
        }
        guard position == last else {
            throw EventLogError.damagedBackup("the event at position \(position + 1) is missing")
        }
    }
}

/// The roots of the complete subtrees that a growing tree is made of, the largest first.
private struct LeafRange {
    private var parts: [(height: Int, hash: MerkleHash)] = []

    mutating func append(_ leaf: MerkleHash) {
        var (hash, height) = (leaf, 0)
        while let last = parts.last, last.height == height {
            hash = .node(last.hash, hash)
            height += 1
            parts.removeLast()
        }
        parts.append((height, hash))
    }

    var root: MerkleHash {
        guard let last = parts.last?.hash else { return .emptyRoot }
        return parts.dropLast().reversed().reduce(last) { .node($1.hash, $0) }
    }
}
