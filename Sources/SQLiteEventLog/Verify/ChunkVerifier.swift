import EventLog
import LedgerStorage
import MerkleLog

/// Verifies runs of events against the tree, each in a read transaction of its own: several at a time.
struct ChunkVerifier: Sendable {
    let log: SQLiteEventLog
    let verifiers: RowVerifierPool
    /// The log and its tree when the verification began.
    let extent: LogExtent
    /// Sizes at which the root is wanted, ascending.
    let wantedSizes: [Int64]

    /// Events of a chunk: 64 tiles, so that the last chunks of a short log keep all cores busy, too.
    static let events: Int64 = 16_384

    /// What a chunk gave.
    struct Result: Sendable {
        var positions: ClosedRange<Position>
        /// The recomputed root of each full tile.
        var tileRoots: [MerkleHash] = []
        /// The recomputed leaves after the last full tile.
        var tail: [MerkleHash] = []
        /// The recomputed leaves of a tile up to a size that is wanted.
        var partials: [Int64: [MerkleHash]] = [:]
        var damages: [LogDamage] = []
        /// Leaves that are not as the tree has them.
        var mismatches: [Mismatch] = []
        /// How the events say that they follow one another; of an event that cannot be read nothing.
        package var links: [StreamChains.Link] = []
        var recordedAt: (first: Int64, last: Int64)?
        /// The names of the streams that begin here, as far as the index goes.
        var names = StreamNameSum()
        /// The ledger's own streams that begin here, of which little comes.
        var ownStreams: [(name: [UInt8], id: Int64)] = []
    }

    struct Mismatch: Sendable {
        var position: Position
        var found: MerkleHash
        var expected: MerkleHash
        var payloadProblem: String?
    }

    func verify(_ positions: ClosedRange<Position>) throws -> Result {
        try verifiers.with { rows in
            try log.file.readSnapshot { sqlite in
                do {
                    var run = ChunkRun(self, positions, rows, sqlite)
                    try run.readTogether()
                    return try run.finish()
                } catch is SQLiteFailure {
                    // A page that is no page any more: find out which events are on it.
                    var run = ChunkRun(self, positions, rows, sqlite)
                    try run.readSingly()
                    return try run.finish()
                }
            }
        }
    }
}

/// One chunk, being verified.
private struct ChunkRun {
    private let chunk: ChunkVerifier
    private let rows: RowVerifier
    private let sqlite: SQLiteConnection
    private var result: ChunkVerifier.Result
    /// The recomputed leaves of the tile that is under way; nil for an event that cannot be read.
    private var tile: [MerkleHash?] = []
    /// There is no event at the tile's place, which has been said.
    private var isMissing: [Bool] = []
    private var problems: [Position: String] = [:]
    private var next: Position

    init(
        _ chunk: ChunkVerifier, _ positions: ClosedRange<Position>, _ rows: RowVerifier, _ sqlite: SQLiteConnection
    ) {
        self.chunk = chunk
        self.rows = rows
        self.sqlite = sqlite
        result = ChunkVerifier.Result(positions: positions)
        next = positions.lowerBound
        tile.reserveCapacity(TreeTiles.width)
        result.links.reserveCapacity(positions.count)
    }

    // MARK: Reading

    mutating func readTogether() throws {
        let select = try sqlite.statement(
            "SELECT \(RowVerifier.columns) FROM events WHERE position BETWEEN ? AND ? ORDER BY position")
        select.bind(1, result.positions.lowerBound)
        select.bind(2, result.positions.upperBound)
        defer { select.reset() }
        while try select.step() {
            try skip(to: select.int64(0))
            try take(select)
        }
        try skip(to: result.positions.upperBound + 1)
    }

    mutating func readSingly() throws {
        let select = try sqlite.statement("SELECT \(RowVerifier.columns) FROM events WHERE position = ?")
        for position in result.positions {
            select.bind(1, position)
            defer { select.reset() }
            do {
                if try select.step() {
                    try take(select)
                } else {
                    try skip(to: position + 1)
                }
            } catch let failure as SQLiteFailure {
                result.damages.append(LogDamage(.unreadableEvent, at: position, failure.message))
                try add(nil, StreamChains.Link(streamID: 0, version: 0, previous: 0))
            }
        }
    }

    /// Notes that events are missing.
    private mutating func skip(to position: Position) throws {
        while next < position {
            result.damages.append(LogDamage(.missingEvent, at: next, "there is no event"))
            try add(nil, StreamChains.Link(streamID: 0, version: 0, previous: 0))
        }
    }

    @inline(__always)
    private mutating func take(_ row: SQLiteStatement) throws {
        // First, because reading a value as something else converts it.
        if let column = RowVerifier.strangeColumn(row) {
            result.damages.append(LogDamage(.alteredEvent, at: next, "its \(column) is stored as something else"))
        }
        let link = StreamChains.Link(streamID: row.int64(1), version: row.int64(2), previous: row.int64(3))
        if !row.isNull(16) {
            let name = row.bytes(16)
            if next <= chunk.extent.indexed { result.names.add(name, link.streamID) }
            if name.first == UInt8(ascii: "$"), link.streamID == next { note(ownStream: name) }
        }
        note(recordedAt: row.int64(7))
        do {
            let leaf = try rows.leaf(row, sqlite)
            if let problem = leaf.payloadProblem { problems[next] = problem }
            try add(leaf.hash, link)
        } catch let unreadable as RowVerifier.Unreadable {
            result.damages.append(LogDamage(.unreadableEvent, at: next, unreadable.what))
            try add(nil, link)
        }
    }

    private mutating func note(ownStream name: UnsafeRawBufferPointer) {
        guard ProtectionHistory.streams.contains(where: { $0.rawValue.utf8.elementsEqual(name) }) else { return }
        result.ownStreams.append((Array(name), next))
    }

    private mutating func note(recordedAt time: Int64) {
        guard let known = result.recordedAt else {
            result.recordedAt = (time, time)
            return
        }
        if time < known.last {
            result.damages.append(LogDamage(.timeGoesBack, at: next, "it was recorded before the event before it"))
        }
        result.recordedAt?.last = time
    }

    @inline(__always)
    private mutating func add(_ leaf: MerkleHash?, _ link: StreamChains.Link) throws {
        result.links.append(link)
        isMissing.append(leaf == nil && link.streamID == 0)
        tile.append(leaf)
        next += 1
        if tile.count == TreeTiles.width { try finishTile() }
    }

    // MARK: Comparing

    mutating func finish() throws -> ChunkVerifier.Result {
        if !tile.isEmpty { try finishTile() }
        return result
    }

    /// Compares the tile's leaves with what the tree has.
    private mutating func finishTile() throws {
        let number = (next - 1 - Int64(tile.count)) / Int64(TreeTiles.width)
        let first = number * Int64(TreeTiles.width) + 1
        let isFull = tile.count == TreeTiles.width
        let stored = number < chunk.extent.leafTiles ? try storedTile(number) : try storedTail(number, first)
        // An event that cannot be read has no other leaf than the one that is stored.
        let leaves = tile.enumerated().map { index, leaf in
            leaf ?? (index < stored.hashes.count ? stored.hashes[index] : .emptyRoot)
        }
        let root = isFull ? TreeTiles.root(of: leaves) : nil
        compare(leaves, stored, first, isTileChanged: root != nil && root == stored.root)
        isMissing.removeAll(keepingCapacity: true)
        problems.removeAll(keepingCapacity: true)
        tile.removeAll(keepingCapacity: true)
        if let root {
            result.tileRoots.append(root)
            compare(root, stored, number, first)
        } else {
            result.tail = leaves
        }
        for size in chunk.wantedSizes where size >= first && size < first + Int64(leaves.count) {
            result.partials[size] = Array(leaves[..<Int(size - first + 1)])
        }
    }

    /// - Parameter isTileChanged: the events make the root that the tile has, so what differs is the tile's leaf.
    private mutating func compare(
        _ leaves: [MerkleHash], _ stored: StoredTile, _ first: Position, isTileChanged: Bool
    ) {
        for (index, leaf) in leaves.enumerated() where !isMissing[index] {
            let position = first + Int64(index)
            let expected = index < stored.hashes.count ? stored.hashes[index] : nil
            if let expected, expected != leaf, isTileChanged {
                result.damages.append(LogDamage(.damagedTree, at: position, "the tree's leaf was changed"))
            } else if let expected, expected != leaf {
                result.mismatches.append(
                    .init(position: position, found: leaf, expected: expected, payloadProblem: problems[position]))
            } else if let problem = problems[position] {
                // The leaf agrees where it could not be read when the tree was made.
                result.damages.append(LogDamage(.unreadablePayload, at: position, problem))
            }
            if position > chunk.extent.treeSize {
                result.damages.append(LogDamage(.surplusEvent, at: position, "the tree has no leaf for it"))
            }
        }
    }

    private mutating func compare(_ root: MerkleHash, _ stored: StoredTile, _ number: Int64, _ first: Position) {
        guard let storedRoot = stored.root, storedRoot != root, TreeTiles.root(of: stored.hashes) != storedRoot else {
            return
        }
        result.damages.append(
            LogDamage(
                .damagedTree, at: first, through: first + Int64(TreeTiles.width) - 1,
                "tile \(number) of level 0 has another root"))
    }

    private struct StoredTile {
        var hashes: [MerkleHash] = []
        var root: MerkleHash?
    }

    private mutating func storedTile(_ number: Int64) throws -> StoredTile {
        let row = try sqlite.statement("SELECT root, hashes FROM tree_tiles WHERE level = 0 AND number = ?")
        row.bind(1, number)
        defer { row.reset() }
        let first = number * Int64(TreeTiles.width) + 1
        let isThere = try row.step()
        guard isThere, let root = MerkleHash(row.bytes(0)), row.bytes(1).count == TreeTiles.tileBytes else {
            let what = "tile \(number) of level 0 is " + (isThere ? "not a full tile" : "missing")
            result.damages.append(
                LogDamage(.damagedTree, at: first, through: first + Int64(TreeTiles.width) - 1, what))
            return StoredTile()
        }
        return StoredTile(hashes: try TreeTiles.hashes(row.bytes(1), level: 0, first), root: root)
    }

    /// The leaves after the last tile, which may have become a tile since the verification began.
    private mutating func storedTail(_ number: Int64, _ first: Position) throws -> StoredTile {
        if let tile = try StoredTiles(sqlite).leaves(number) { return StoredTile(hashes: tile) }
        do {
            return StoredTile(hashes: try StoredTiles(sqlite).tail(after: first - 1))
        } catch let error as EventLogError where error.code == .damagedLog {
            result.damages.append(
                LogDamage(
                    .damagedTree, at: first, through: max(first, chunk.extent.treeSize),
                    "the leaves after the last tile are not whole"))
            return StoredTile()
        }
    }
}
