import EventLog
import LedgerStorage
import MerkleLog
import Synchronization

/// How far the log and its tree went when a verification began. What comes later is not looked at.
struct LogExtent: Sendable {
    /// The last position that is verified.
    var head: Position
    /// Full tiles of leaves.
    var leafTiles: Int64
    /// Leaves of the tree.
    var treeSize: Int64
    /// The last position that the index covers.
    var indexed: Position
    /// Events at positions that no log would have reached.
    var strays: [Position] = []
    /// Tiles that a tree of this size does not have.
    var strayTiles: [String] = []

    /// Events beyond the tree that are verified like others. Farther away is a stray.
    private static let maximumBeyondTree: Int64 = 1_048_576
    /// Of stray tiles that are named.
    private static let maximumStrayTiles = 1_000

    /// Call it in one read transaction.
    init(_ sqlite: SQLiteConnection) throws {
        guard try StoredTiles(sqlite).exist else { throw EventLogError.noTree }
        let last = try sqlite.integer("SELECT max(position) FROM events") ?? 0
        // A tile far behind the log's end is no tile of this tree, and must not make it seem larger.
        let tiles = try sqlite.integer("SELECT count(*) FROM tree_tiles WHERE level = 0") ?? 0
        let plausible = max(tiles, min(max(0, last), Self.maximumPosition) / Int64(TreeTiles.width) + 1)
        leafTiles =
            try sqlite.integer(
                "SELECT max(number) + 1 FROM tree_tiles WHERE level = 0 AND number BETWEEN 0 AND \(plausible)") ?? 0
        let tailBytes = try sqlite.integer("SELECT total(length(hashes)) FROM tree_tail") ?? 0
        treeSize =
            leafTiles * Int64(TreeTiles.width) + min(tailBytes, Self.maximumTailBytes) / Int64(MerkleHash.byteCount)
        indexed = try Self.indexed(sqlite)
        let limit = treeSize + Self.maximumBeyondTree
        let beyond = try sqlite.integer(
            "SELECT count(*) FROM events WHERE position > \(treeSize) AND position <= \(limit)")
        let greatest = try sqlite.integer("SELECT max(position) FROM events WHERE position BETWEEN 1 AND \(limit)") ?? 0
        // Beyond the tree only what follows without a gap can have been appended.
        head =
            greatest <= treeSize || greatest - treeSize == beyond
            ? greatest
            : try sqlite.integer("SELECT max(position) FROM events WHERE position BETWEEN 1 AND \(treeSize)") ?? 0
        let rows = try sqlite.statement(
            "SELECT position FROM events WHERE position < 1 OR position > ? ORDER BY position LIMIT ?")
        rows.bind(1, max(head, treeSize))
        rows.bind(2, DamageList.maximumEntries)
        defer { rows.reset() }
        while try rows.step() { strays.append(rows.int64(0)) }
        strayTiles = try findStrayTiles(sqlite)
    }

    /// What SQLite's own limits allow and arithmetic bears.
    private static let maximumPosition: Int64 = 1 << 56
    private static let maximumTailBytes: Int64 = 1 << 40

    private func findStrayTiles(_ sqlite: SQLiteConnection) throws -> [String] {
        var found: [String] = []
        func add(_ condition: String) throws {
            let rows = try sqlite.statement(
                "SELECT level, number FROM tree_tiles WHERE \(condition) LIMIT \(Self.maximumStrayTiles)")
            defer { rows.reset() }
            while try rows.step() { found.append("tile \(rows.int64(1)) of level \(rows.int64(0))") }
        }
        var expected = leafTiles
        for level in 0...UpperTiles.maximumLevel {
            if level > 0 { expected /= Int64(TreeTiles.width) }
            try add("level = \(level) AND number < 0")
            try add("level = \(level) AND number >= \(expected)")
        }
        try add("level < 0")
        try add("level > \(UpperTiles.maximumLevel)")
        return found
    }

    static func indexed(_ sqlite: SQLiteConnection) throws -> Position {
        try sqlite.integer("SELECT max(last_position) FROM segments") ?? 0
    }
}

/// A sum over the names and ids of streams, whatever their order: equal sums, equal sets.
struct StreamNameSum: Hashable, Sendable {
    private var sum: UInt64 = 0
    private(set) var count: Int64 = 0

    /// `Hasher` is seeded for each process, so that no names can be chosen which add up to the same.
    mutating func add(_ name: UnsafeRawBufferPointer, _ streamID: Int64) {
        var hasher = Hasher()
        hasher.combine(streamID)
        hasher.combine(bytes: name)
        sum &+= UInt64(bitPattern: Int64(hasher.finalize()))
        count += 1
    }

    mutating func add(_ other: StreamNameSum) {
        sum &+= other.sum
        count += other.count
    }
}

/// Row verifiers that are not in use, with the names that they know.
final class RowVerifierPool: Sendable {
    private struct Idle: @unchecked Sendable {
        // Proof of safety: a worker that takes a verifier out of the list alone has it until it is back.
        var verifiers: [RowVerifier] = []
    }

    private let idle = Mutex(Idle())
    private let ledger: LedgerID
    private let dictionaries: [Int: CompressionDictionary]
    private let limits: EventLogLimits

    init(ledger: LedgerID, dictionaries: [Int: CompressionDictionary], limits: EventLogLimits) {
        self.ledger = ledger
        self.dictionaries = dictionaries
        self.limits = limits
    }

    func with<R>(_ body: (RowVerifier) throws -> R) throws -> R {
        let known = idle.withLock { Idle(verifiers: [$0.verifiers.popLast()].compactMap(\.self)) }
        let verifier =
            known.verifiers.first ?? RowVerifier(ledger: ledger, dictionaries: dictionaries, limits: limits)
        let back = Idle(verifiers: [verifier])
        defer { idle.withLock { $0.verifiers += back.verifiers } }
        return try body(verifier)
    }
}

/// The tiles above the leaves, compared with what the leaves' tiles come out as.
struct UpperTiles {
    private let file: LedgerFile
    private var edge = TreeEdge()
    private(set) var damages: [LogDamage] = []

    init(_ file: LedgerFile, _ extent: LogExtent) throws {
        self.file = file
        var expected = extent.leafTiles
        for level in 1...Self.maximumLevel {
            expected /= Int64(TreeTiles.width)
            let found = try file.read { sqlite in
                let row = try sqlite.statement(
                    "SELECT count(*) FROM tree_tiles WHERE level = ? AND number < ?")
                row.bind(1, level)
                row.bind(2, expected)
                defer { row.reset() }
                return try row.step() ? row.int64(0) : 0
            }
            if found < expected {
                damages.append(LogDamage(.damagedTree, "\(expected - found) tiles of level \(level) are missing"))
            }
        }
    }

    /// Eight levels of 256 hold more leaves than there are positions.
    static let maximumLevel = 7

    /// Takes the root of the next tile of leaves.
    mutating func append(_ root: MerkleHash) throws {
        edge.append(root)
        for tile in edge.takeTiles() {
            let level = tile.level + 1
            let stored = try file.read { sqlite -> (root: MerkleHash?, hashes: [UInt8])? in
                let row = try sqlite.statement("SELECT root, hashes FROM tree_tiles WHERE level = ? AND number = ?")
                row.bind(1, level)
                row.bind(2, tile.number)
                defer { row.reset() }
                return try row.step() ? (MerkleHash(row.bytes(0)), [UInt8](row.bytes(1))) : nil
            }
            guard let stored, stored.root != tile.root || stored.hashes != TreeTiles.bytes(tile.hashes) else {
                continue
            }
            let leaves = Int64(1) << (TreeTiles.bitsPerLevel * (level + 1))
            damages.append(
                LogDamage(
                    .damagedTree, at: tile.number * leaves + 1, through: (tile.number + 1) * leaves,
                    "tile \(tile.number) of level \(level) is not what its leaves make"))
        }
    }
}

extension DictionaryStore {
    /// Dictionaries that are not what the log added.
    static func damages(_ sqlite: SQLiteConnection) throws -> [LogDamage] {
        var damages: [LogDamage] = []
        let rows = try sqlite.statement("SELECT number, sha256, bytes FROM dictionaries ORDER BY number")
        defer { rows.reset() }
        var expected: Int64 = 1
        while try rows.step() {
            let number = rows.int64(0)
            if number != expected {
                damages.append(LogDamage(.damagedDictionary, "dictionary \(expected) is missing"))
            }
            expected = number &+ 1
            if sha256([UInt8](rows.bytes(2))) != rows.text(1) {
                damages.append(LogDamage(.damagedDictionary, "dictionary \(number) is not what its hash says"))
            }
        }
        return damages
    }
}
