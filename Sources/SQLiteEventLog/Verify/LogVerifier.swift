import EventLog
import LedgerStorage
import MerkleLog

/// Recomputes everything that a log says of itself, from the stored events.
///
///     chunks of events, some at a time ─▶ in order: tree, streams, index ─▶ upper tiles ─▶ checkpoints
///
/// Invariants:
/// 1. It changes nothing, and looks at the log as it was when it began.
/// 2. Every damaged position is named, and what is found beside it does not depend on it.
/// 3. Memory is bounded: some chunks, the streams of one pass, the list of damages.
struct LogVerifier {
    private let log: SQLiteEventLog
    private let ledger: LedgerID
    private let extent: LogExtent
    private let chunks: ChunkVerifier
    private let progress: @Sendable (_ done: Position, _ of: Position) -> Void

    private var damages = DamageList()
    private var range = CompactRange()
    private var chains = StreamChains()
    private var names = StreamNameSum()
    private var upper: UpperTiles
    private var mismatches: [ChunkVerifier.Mismatch] = []
    private var mismatchCount: Int64 = 0
    private var lastRecordedAt = Int64.min
    /// The recomputed roots at the sizes that checkpoints have.
    private(set) var roots: [Int64: MerkleHash] = [:]
    private(set) var history = ProtectionHistory()

    /// Chunks that are verified at the same time.
    private static let workers = 2
    /// Events that are looked at for whether they stand in each other's places.
    private static let maximumMismatches = 1_000_000

    init(
        _ log: SQLiteEventLog, sizes: Set<Int64>, progress: @escaping @Sendable (Position, Position) -> Void
    ) throws {
        self.log = log
        self.progress = progress
        ledger = try log.ledgerID
        let dictionaries = DictionaryStore()
        extent = try log.file.readSnapshot { sqlite in
            try dictionaries.load(sqlite)
            return try LogExtent(sqlite)
        }
        upper = try UpperTiles(log.file, extent)
        let pool = RowVerifierPool(ledger: ledger, dictionaries: dictionaries.all, limits: log.limits)
        chunks = ChunkVerifier(log: log, verifiers: pool, extent: extent, wantedSizes: sizes.sorted())
        roots[0] = sizes.contains(0) ? .emptyRoot : nil
    }

    /// - Returns: the number of events, their root, and what was found.
    mutating func run() async throws -> (head: Position, root: MerkleHash, damages: DamageList) {
        try log.file.readSnapshot { damages.add(try DictionaryStore.damages($0)) }
        try await verifyEvents()
        judgeMismatches()
        for tile in extent.strayTiles { damages.add(LogDamage(.damagedTree, "\(tile) is none of this tree's")) }
        for stray in extent.strays { damages.add(LogDamage(.surplusEvent, at: stray, "the tree has no leaf for it")) }
        if extent.treeSize > extent.head {
            damages.add(
                LogDamage(
                    .cutOff, at: extent.head + 1, through: extent.treeSize,
                    "the tree has leaves for events that are not there"))
        }
        damages.add(upper.damages)
        try await followOtherStreams()
        return (extent.head, range.root, damages)
    }

    // MARK: Events

    private mutating func verifyEvents() async throws {
        let chunks = chunks
        var next: Position = 1
        var running: [Task<ChunkVerifier.Result, any Error>] = []
        defer { for task in running { task.cancel() } }
        func start() {
            guard next <= extent.head else { return }
            let positions = next...min(extent.head, next + ChunkVerifier.events - 1)
            running.append(Task { try chunks.verify(positions) })
            next = positions.upperBound + 1
        }
        // One more than works, so that no worker waits for the order.
        for _ in 0...Self.workers { start() }
        while !running.isEmpty {
            try Task.checkCancellation()
            let result = try await running[0].value
            running.removeFirst()
            start()
            try take(result)
            progress(result.positions.upperBound, extent.head)
        }
        if extent.indexed == 0 || extent.indexed > extent.head { try compareIndex() }
        if let namesInTable, namesInTable != names {
            damages.add(LogDamage(.damagedIndex, "the index does not name the streams of the log"))
        }
    }

    /// Takes the next chunk.
    private mutating func take(_ result: ChunkVerifier.Result) throws {
        damages.add(result.damages)
        if let times = result.recordedAt {
            if times.first < lastRecordedAt {
                damages.add(
                    LogDamage(
                        .timeGoesBack, at: result.positions.lowerBound,
                        "it was recorded before the event before it"))
            }
            lastRecordedAt = times.last
        }
        mismatchCount += Int64(result.mismatches.count)
        let room = Self.maximumMismatches - mismatches.count
        mismatches += result.mismatches.prefix(room)
        for mismatch in result.mismatches.dropFirst(room) {
            damages.add(LogDamage(.alteredEvent, at: mismatch.position, "it is not the event that was appended"))
        }
        try takeLeaves(of: result)
        try follow(result)
        names.add(result.names)
    }

    private mutating func takeLeaves(of result: ChunkVerifier.Result) throws {
        let tile = Int64(TreeTiles.width)
        var first = result.positions.lowerBound
        let partials = result.partials.sorted { $0.key < $1.key }[...]
        var rest = partials
        for root in result.tileRoots {
            while let (size, leaves) = rest.first, size < first + tile {
                roots[size] = range.root(appending: leaves)
                rest.removeFirst()
            }
            range.append(root, height: TreeTiles.bitsPerLevel)
            try upper.append(root)
            first += tile
        }
        for (size, leaves) in rest { roots[size] = range.root(appending: leaves) }
        for leaf in result.tail { range.append(leaf) }
    }

    /// An event that is not what the tree has: altered, or another one's place taken.
    private mutating func judgeMismatches() {
        guard mismatchCount < extent.head || extent.head <= Self.fewEvents else {
            damages.add(
                LogDamage(
                    .otherLedger, at: 1, through: extent.head,
                    "no event fits the tree: the ledger's id was changed, or the tree is another ledger's"))
            return
        }
        var places: [MerkleHash: Position] = [:]
        for mismatch in mismatches { places[mismatch.expected] = mismatch.position }
        for mismatch in mismatches {
            if let place = places[mismatch.found] {
                damages.add(
                    LogDamage(.movedEvent, at: mismatch.position, "the event of position \(place) stands here"))
            } else if let problem = mismatch.payloadProblem {
                damages.add(LogDamage(.unreadablePayload, at: mismatch.position, problem))
            } else {
                damages.add(
                    LogDamage(.alteredEvent, at: mismatch.position, "it is not the event that was appended"))
            }
        }
        mismatches = []
    }

    /// Of fewer events all may well have been altered one by one.
    private static let fewEvents: Int64 = 16

    // MARK: Streams

    private mutating func follow(_ result: ChunkVerifier.Result) throws {
        for (name, id) in result.ownStreams { history.begin(name, id: id) }
        for (index, link) in result.links.enumerated() {
            let position = result.positions.lowerBound + Int64(index)
            history.note(position, streamID: link.streamID)
            if link.streamID != 0, let problem = chains.take(link, at: position) {
                damages.add(LogDamage(.brokenStream, at: position, problem))
            }
            if position == extent.indexed { try compareIndex() }
        }
    }

    /// The names in the table of streams; nil where it was changed while we looked.
    private var namesInTable: StreamNameSum?

    /// Compares the table of streams with the heads at the position that it is of.
    private mutating func compareIndex() throws {
        let chains = chains
        let (problems, names) = try log.file.readSnapshot { sqlite -> ([LogDamage], StreamNameSum?) in
            // Where somebody has indexed more since, the next verification sees to it.
            guard try LogExtent.indexed(sqlite) == extent.indexed else { return ([], nil) }
            var (problems, names): ([LogDamage], StreamNameSum) = ([], StreamNameSum())
            let rows = try sqlite.statement("SELECT name, stream_id, version, position FROM streams")
            defer { rows.reset() }
            while try rows.step() {
                let id = rows.int64(1)
                names.add(rows.bytes(0), id)
                guard chains.isInShare(id) else { continue }
                let head = chains.head(id)
                guard head?.version != rows.int64(2) || head?.position != rows.int64(3) else { continue }
                problems.append(
                    LogDamage(.damagedIndex, "the index has another head for \(rows.text(0)) than its events"))
            }
            if let surplus = try Self.surplusHeads(sqlite) { problems.append(surplus) }
            return (problems, names)
        }
        damages.add(problems)
        namesInTable = names
    }

    /// Heads that no name has: a stream that begins at that position would be read at their version.
    private static func surplusHeads(_ sqlite: SQLiteConnection) throws -> LogDamage? {
        guard try sqlite.integer("PRAGMA user_version") ?? 0 >= LedgerFile.headsFormat else { return nil }
        let all = try sqlite.integer("SELECT count(*) FROM stream_heads")
        let named = try sqlite.integer("SELECT count(*) FROM stream_names JOIN stream_heads USING (stream_id)")
        return all == named
            ? nil : LogDamage(.damagedIndex, "the table stream_heads has heads of streams that are not there")
    }

    /// The streams that the first pass had no room for.
    private mutating func followOtherStreams() async throws {
        var shares = chains.rest
        while let share = shares.popLast() {
            chains = StreamChains(share)
            var from: Position = 1
            while from <= extent.head {
                try Task.checkCancellation()
                let last = min(extent.head, from + ChunkVerifier.events - 1)
                let links = try log.file.readSnapshot { try Self.links(from...last, $0) }
                for (position, link) in links {
                    if let problem = chains.take(link, at: position) {
                        damages.add(LogDamage(.brokenStream, at: position, problem))
                    }
                    if position == extent.indexed { try compareIndex() }
                }
                from = last + 1
            }
            shares += chains.rest
        }
    }

    private static func links(
        _ positions: ClosedRange<Position>, _ sqlite: SQLiteConnection
    ) throws -> [(Position, StreamChains.Link)] {
        let rows = try sqlite.statement(
            "SELECT position, stream_id, version, previous FROM events WHERE position BETWEEN ? AND ? ORDER BY position"
        )
        rows.bind(1, positions.lowerBound)
        rows.bind(2, positions.upperBound)
        defer { rows.reset() }
        var links: [(Position, StreamChains.Link)] = []
        while try rows.step() {
            links.append(
                (
                    rows.int64(0),
                    .init(streamID: rows.int64(1), version: rows.int64(2), previous: rows.int64(3))
                ))
        }
        return links
    }
}
