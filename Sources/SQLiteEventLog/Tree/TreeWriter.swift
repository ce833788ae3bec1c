import Dispatch
import EventLog
import LedgerStorage
import MerkleLog

/// Grows the tree inside the transaction that its owner has begun.
///
/// Entries are hashed on a second core while the owner writes their events: it copies them here, in chunks, and waits
/// for their hashes once, before the commit. A few entries are hashed at once instead.
///
/// The leaves after the last full tile are written as they come, a row for each transaction, and become a tile when
/// there are 256: rewriting a growing tile with every commit would cost two to three pages of write-ahead log each.
final class TreeWriter {
    private let sqlite: SQLiteConnection
    private let hashing = Hashing()
    private var chunk = Chunk()
    private var isHashing = false
    /// How many of the tail's leaves have rows in `tree_tail`, and how many leaves come before it.
    private var storedTail = 0
    private var beforeTail: Int64 = 0

    /// Entries one after the other.
    private struct Chunk: Sendable {
        var bytes: [UInt8] = []
        var ends: [Int] = []

        static let fullBytes = 65_536
        static let spareBytes = 1_024
        /// Waking another core costs as much as hashing some entries.
        static let worthwhileEntries = 32

        func append(to edge: inout TreeEdge) {
            bytes.withUnsafeBytes { bytes in
                var start = 0
                for end in ends {
                    edge.append(MerkleHash.sha256(UnsafeRawBufferPointer(rebasing: bytes[start..<end])))
                    start = end
                }
            }
        }
    }

    /// What the other core works on.
    private final class Hashing: Sendable {
        let queue = DispatchQueue(label: "memory-ledger.tree", qos: .userInitiated)
        let group = DispatchGroup()
        /// Chunks that wait at the most.
        let room = DispatchSemaphore(value: 64)
        // Proof of safety: touched on the queue, or by the owner when `group` says that nothing is under way there.
        nonisolated(unsafe) var edge = TreeEdge()
    }

    init(sqlite: SQLiteConnection) {
        self.sqlite = sqlite
    }

    deinit { hashing.group.wait() }

    /// Reads the tree's right edge from the file.
    ///
    /// - Throws: `damagedLog` where the tree does not have a leaf for each event.
    func load(events: Int64) throws {
        hashing.group.wait()
        isHashing = false
        chunk = Chunk()
        let stored = StoredTiles(sqlite)
        var full = try stored.leafTiles()
        beforeTail = full * Int64(TreeTiles.width)
        let tail = try stored.tail(after: beforeTail)
        storedTail = tail.count
        let size = beforeTail + Int64(tail.count)
        guard size == events else {
            throw EventLogError.damagedTree(
                "it has \(size) leaves, and the log \(events) events", at: min(size, events))
        }
        var levels = [(full: full, hashes: tail)]
        while full > 0 {
            let level = levels.count
            let partial = Int(full % Int64(TreeTiles.width))
            full /= Int64(TreeTiles.width)
            let hashes = try stored.tile(level: level, number: full)
            guard hashes.count == partial else {
                throw EventLogError.damagedTree("level \(level) ends with \(hashes.count) hashes", at: size)
            }
            levels.append((full, hashes))
        }
        hashing.edge = TreeEdge(levels: levels)
    }

    /// Adds a leaf.
    ///
    /// - Parameter entry: what the leaf stands for, with the leaf's prefix.
    func append(entry: UnsafeRawBufferPointer) {
        if chunk.bytes.isEmpty, isHashing { chunk.bytes.reserveCapacity(Chunk.fullBytes + Chunk.spareBytes) }
        chunk.bytes.append(contentsOf: entry)
        chunk.ends.append(chunk.bytes.count)
        if chunk.bytes.count >= Chunk.fullBytes { hashElsewhere() }
    }

    private func hashElsewhere() {
        isHashing = true
        hashing.room.wait()
        hashing.queue.async(group: hashing.group) { [hashing, chunk] in
            chunk.append(to: &hashing.edge)
            hashing.room.signal()
        }
        chunk = Chunk()
    }

    /// Of the tree with all leaves that have been written. Call it after `flush`.
    var root: MerkleHash { hashing.edge.root }

    /// Writes what is not in the file yet. Call it before the commit.
    func flush() throws {
        if isHashing || chunk.ends.count >= Chunk.worthwhileEntries {
            hashElsewhere()
            hashing.group.wait()
            isHashing = false
        } else {
            chunk.append(to: &hashing.edge)
            chunk = Chunk()
        }
        for tile in hashing.edge.takeTiles() { try write(tile) }
        let before = hashing.edge.size - Int64(hashing.edge.tail.count)
        if before > beforeTail {
            if storedTail > 0 { try sqlite.statement("DELETE FROM tree_tail").run() }
            (beforeTail, storedTail) = (before, 0)
        }
        try writeTail(hashing.edge.tail)
    }

    private func writeTail(_ tail: [MerkleHash]) throws {
        guard tail.count > storedTail else { return }
        let insert = try sqlite.statement("INSERT INTO tree_tail (first_position, hashes) VALUES (?, ?)")
        insert.bind(1, beforeTail + Int64(storedTail) + 1)
        insert.bind(2, blob: TreeTiles.bytes(tail[storedTail...]))
        try insert.run()
        storedTail = tail.count
    }

    private func write(_ tile: TreeEdge.Tile) throws {
        let write = try sqlite.statement("INSERT INTO tree_tiles (level, number, root, hashes) VALUES (?, ?, ?, ?)")
        write.bind(1, tile.level)
        write.bind(2, tile.number)
        tile.root.withUnsafeBytes { write.bind(3, blob: $0) }
        write.bind(4, blob: TreeTiles.bytes(tile.hashes))
        try write.run()
    }
}
