import EventLog
import LedgerCapabilities
import LedgerStorage
import MerkleLog

/// Writes events inside the transaction that its owner has begun. It knows the heads of the streams in use and the
/// tail.
///
/// State diagram of what it knows, against the file:
///
///     empty ── catchUp ──▶ current ── append ──▶ ahead ── didCommit ──▶ current
///       ▲                     │                    │
///       └───── forget ────────┴── didRollBack ─────┘      (another process wrote: catchUp brings it up to date)
///
/// Invariants:
/// 1. Positions are the number of events before plus one: no gaps, none reused.
/// 2. An append changes nothing, in the file or here, unless all of its checks have passed.
/// 3. `recorded_at` never goes back. While it is ahead of the clock, because that was ahead once, an event that does
///    not say when it occurred keeps the clock's time for that.
/// 4. The Merkle tree has a leaf for every event that is written, and commits with it.
final class LogWriter {
    private let sqlite: SQLiteConnection
    private let clock: any TimeSource
    let segments: SegmentIndex

    let ledger: LedgerID
    private(set) var head: Position = 0
    /// How many events the stream of epochs has: where it grows, the log goes on under another origin.
    private(set) var epochs: StreamVersion = 0
    /// What is demanded of an append. What is protected is the sealer's to know.
    private var demands: LoggedDemands
    private var lastRecordedAt: Int64 = .min
    private var greatestID = EventID(high: 0, low: 0)
    private var streams = StreamHeads()
    private var labels = LabelIDs()
    private(set) var tail = LogTail(indexedThrough: 0)
    private let sealer: PayloadSealer
    private let limits: EventLogLimits
    private let tree: TreeWriter
    private let hasher: LeafHasher
    private var isCurrent = false
    /// The file's when that was so.
    private var version: FileVersion?

    /// Heads that are kept in memory beyond those of the tail.
    private static let maximumCachedStreams = 100_000
    /// The tail is indexed when it has this many events.
    static let segmentEvents = 32_768

    /// - Throws: `noTree` where the ledger has not been upgraded.
    init(
        sqlite: SQLiteConnection, clock: any TimeSource, keys: KeyRing = KeyRing(nil),
        options: LedgerFileOptions = LedgerFileOptions()
    ) throws {
        guard let ledger = try LedgerID.load(sqlite) else { throw EventLogError.noTree }
        self.ledger = ledger
        sealer = PayloadSealer(sqlite, keys, options, ledger, clock: clock)
        self.sqlite = sqlite
        self.clock = clock
        limits = options.limits
        demands = LoggedDemands(requiresActor: options.requireActor)
        segments = SegmentIndex(sqlite: sqlite)
        tree = TreeWriter(sqlite: sqlite)
        hasher = LeafHasher(ledger: ledger)
    }

    // MARK: Knowing the file

    /// Learns what other processes wrote since. Call it first in every transaction. Answers true where they did.
    func catchUp() throws -> Bool {
        let mayDiffer = try sealer.refresh()
        let hasMore = try readOn()
        if mayDiffer {
            let slot = try knownSlot(of: NamespaceProtection.stream)
            try sealer.check(against: slot.map { streams[$0] }.flatMap(\.ifExists))
        }
        return hasMore
    }

    private func readOn() throws -> Bool {
        let version = try sqlite.fileVersion
        defer { self.version = version }
        if isCurrent, version == self.version { return false }
        let fileHead = try sqlite.integer("SELECT max(position) FROM events") ?? 0
        if isCurrent, fileHead == head { return false }
        let indexed = try sqlite.integer("SELECT max(last_position) FROM segments") ?? 0
        if !isCurrent || indexed != tail.indexedThrough || fileHead < head {
            forget()
            tail = LogTail(indexedThrough: indexed)
            head = indexed
            greatestID = try segments.load()
            streams.removeAll(isComplete: indexed == 0)
        }
        try loadTail(through: fileHead)
        try tree.load(events: head)
        epochs = try knownSlot(of: LedgerEvent.Stream.epochs).map { streams[$0].version } ?? 0
        let policy = try knownSlot(of: LedgerPolicyChange.stream).map { streams[$0].version } ?? 0
        try demands.read(through: policy, sqlite, limits)
        isCurrent = true
        return true
    }

    /// Drops everything that is known; the next `catchUp` reads it again.
    func forget() {
        isCurrent = false
        demands.forget()
        sealer.forget()
        streams.removeAll()
        labels = LabelIDs()
        lastRecordedAt = .min
    }

    private func loadTail(through fileHead: Position) throws {
        let rows = try sqlite.statement(
            """
            SELECT position, stream_id, version, type_id, actor_id, correlation_id, event_id, recorded_at, stream_name
            FROM events WHERE position > ? ORDER BY position
            """)
        rows.bind(1, head)
        defer { rows.reset() }
        var names: [Int64: StreamName] = [:]
        while try rows.step() {
            let position = rows.int64(0)
            let streamID = rows.int64(1)
            guard position == head + 1, let id = EventID(bytes: rows.bytes(6)) else {
                throw EventLogError.damagedLog(at: head + 1, "the event is missing or has no id")
            }
            if let name = rows.optionalText(8) { names[streamID] = StreamName(name) }
            let name = try names[streamID] ?? streamName(id: streamID, at: position)
            names[streamID] = name
            let entry = LogTail.Entry(
                id: id, stream: name, streamID: streamID, version: rows.int64(2), typeID: rows.int64(3),
                actorID: rows.optionalInt64(4), correlationID: rows.optionalText(5))
            note(entry, in: slot(of: StreamHeads.Key(name)), recordedAt: rows.int64(7))
        }
        guard head == fileHead else {
            throw EventLogError.damagedLog(at: head + 1, "the event is missing")
        }
        if lastRecordedAt == .min, head > 0 {
            let last = try sqlite.statement("SELECT recorded_at FROM events WHERE position = ?")
            last.bind(1, head)
            defer { last.reset() }
            if try last.step() { lastRecordedAt = last.int64(0) }
        }
    }

    private func streamName(id: Int64, at position: Position) throws -> StreamName {
        let row = try sqlite.statement("SELECT stream_name FROM events WHERE position = ?")
        row.bind(1, id)
        defer { row.reset() }
        guard try row.step(), let name = row.optionalText(0) else {
            throw EventLogError.damagedLog(at: position, "its stream's first event, \(id), is missing")
        }
        return StreamName(name)
    }

    /// Takes an event that is in the file into what is known.
    private func note(_ entry: LogTail.Entry, in slot: StreamHeads.Slot, recordedAt: Int64) {
        tail.append(entry, after: streams[slot].ifExists?.position)
        head = tail.through
        lastRecordedAt = max(lastRecordedAt, recordedAt)
        if entry.id > greatestID { greatestID = entry.id }
        streams[slot] = StreamHeads.Head(id: entry.streamID, version: entry.version, position: head)
    }

    private func slot(of key: StreamHeads.Key) -> StreamHeads.Slot {
        streams.slot(of: key) ?? streams.insert(key, .none)
    }

    private func knownSlot(of name: StreamName) throws -> StreamHeads.Slot? { try knownSlot(of: StreamHeads.Key(name)) }

    /// The slot of a stream that exists, with its head as the file has it; nil or an empty one where it does not.
    private func knownSlot(of key: StreamHeads.Key) throws -> StreamHeads.Slot? {
        if let known = streams.slot(of: key) { return known }
        guard !streams.isComplete else { return nil }
        let row = try sqlite.statement("SELECT stream_id, version, position FROM streams WHERE name = ?")
        row.bind(1, key.name.rawValue)
        defer { row.reset() }
        guard try row.step() else { return nil }
        return streams.insert(
            key, StreamHeads.Head(id: row.int64(0), version: row.int64(1), position: row.int64(2)))
    }

    // MARK: Appending

    /// Takes an event that was written, and `NewEvent.prepared`.
    typealias Each = (RecordedEvent, PreparedBody?) throws -> Void

    /// Checks an append and writes it. Calls `each`, where it is given, with every event that was written.
    ///
    /// - Throws: `conflict`, `eventIDReused` or `actorRequired` before anything is written; anything else leaves the
    ///   transaction fit only for a rollback.
    func append(_ append: PreparedAppend, each: Each?) throws -> AppendResult {
        if let repetition = try repetition(of: append) { return repetition }
        if demands.current.requiresActor { try append.checkActors() }
        var places: [(key: StreamHeads.Key, slot: StreamHeads.Slot?)] = []
        places.reserveCapacity(append.streams.count)
        for stream in append.streams {
            let key = StreamHeads.Key(stream.stream)
            let slot = try knownSlot(of: key)
            let version = slot.map { streams[$0].version } ?? 0
            guard stream.condition.holds(at: version) else {
                throw EventLogError.conflict(stream.stream, expected: stream.condition, found: version)
            }
            if !stream.events.isEmpty { try sealer.check(stream.stream) }
            if stream.stream.beginsWithDollar, stream.stream == NamespaceProtection.stream {
                try sealer.checkCanProtect(append.events[stream.events])
            }
            places.append((key, slot))
        }
        let now = clock.now()
        let recordedAt = max(lastRecordedAt, now.milliseconds)
        // Nil: as recorded.
        let occurredAt = recordedAt > now.milliseconds ? now : nil
        var result = AppendResult(positions: [], versions: [], isRepetition: false)
        result.positions.reserveCapacity(append.events.count)
        result.versions.reserveCapacity(append.events.count)
        let insert = try sqlite.statement(Self.insertSQL)
        try append.bytes.withUnsafeBytes { bytes in
            for (stream, place) in zip(append.streams, places) where !stream.events.isEmpty {
                let slot = place.slot ?? slot(of: place.key)
                let isProtected = sealer.protects(stream.stream)
                for index in stream.events {
                    var prepared = append.events[index]
                    if let occurredAt, prepared.event.occurredAt == nil { prepared.event.occurredAt = occurredAt }
                    let sealed = try sealed(prepared, in: stream.stream, isProtected, bytes)
                    let version = try write(prepared, sealed, to: stream.stream, slot, bytes, recordedAt, insert)
                    result.positions.append(head)
                    result.versions.append(version)
                    guard let each else { continue }
                    var event = recorded(prepared.event, in: stream.stream, version, recordedAt)
                    if let sealed { sealed.note(in: &event) }
                    try each(event, prepared.event.prepared)
                }
                if stream.stream.beginsWithDollar {
                    let positions = result.positions.suffix(stream.events.count)
                    try fold(append.events[stream.events], of: stream.stream, slot, positions)
                }
            }
        }
        return result
    }

    /// Takes what the log's own events say into account, from the next append on.
    private func fold(
        _ events: ArraySlice<PreparedAppend.Event>, of stream: StreamName, _ slot: StreamHeads.Slot,
        _ positions: ArraySlice<Position>
    ) throws {
        switch stream {
        case LedgerEvent.Stream.epochs: epochs = streams[slot].version
        case LedgerPolicyChange.stream:
            demands.apply(events.map(\.event), through: streams[slot].version)
        case NamespaceProtection.stream:
            for (prepared, position) in zip(events, positions) {
                guard let protection = NamespaceProtection(prepared.event) else { continue }
                try sealer.protect(protection.category, since: position)
            }
        default: break
        }
    }

    /// The event that was written last.
    private func recorded(
        _ event: NewEvent, in stream: StreamName, _ version: StreamVersion, _ recordedAt: Int64
    ) -> RecordedEvent {
        RecordedEvent(
            position: head, stream: stream, version: version, type: event.type,
            schemaVersion: event.schemaVersion, id: event.id, recordedAt: Timestamp(milliseconds: recordedAt),
            occurredAt: event.occurredAt ?? Timestamp(milliseconds: recordedAt), attribution: event.attribution,
            payload: event.payload)
    }

    private static let insertSQL =
        "INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)"

    /// What is stored instead of the payload; nil where it is stored as it was prepared.
    private func sealed(
        _ prepared: PreparedAppend.Event, in stream: StreamName, _ isProtected: Bool, _ bytes: UnsafeRawBufferPointer
    ) throws -> SealedEvent? {
        guard isProtected || prepared.event.isErased else { return nil }
        if prepared.event.isErased { return SealedEvent(erased: prepared.event.payload) }
        if let range = prepared.range {
            let compressed = UnsafeRawBufferPointer(rebasing: bytes[range])
            return try sealer.seal(prepared.event, in: stream, prepared.stored, compressed)
        }
        return try prepared.event.payload.withUnsafeBytes { payload in
            try sealer.seal(prepared.event, in: stream, prepared.stored, payload)
        }
    }

    private func write(
        _ prepared: PreparedAppend.Event, _ sealed: SealedEvent?, to stream: StreamName, _ slot: StreamHeads.Slot,
        _ bytes: UnsafeRawBufferPointer, _ recordedAt: Int64, _ insert: SQLiteStatement
    ) throws -> StreamVersion {
        let event = prepared.event
        let position = head + 1
        let before = streams[slot]
        let (version, isTooLarge) = before.version.addingReportingOverflow(1)
        guard !isTooLarge else {
            throw EventLogError.damagedLog(at: before.position, "its version \(before.version) cannot be")
        }
        let entry = LogTail.Entry(
            id: event.id, stream: stream, streamID: before.exists ? before.id : position,
            version: version, typeID: try labels.typeID(event.type.rawValue, sqlite),
            actorID: try event.attribution.actor.map { try labels.actorID($0, sqlite) },
            correlationID: event.attribution.correlationID)
        insert.bind(1, position)
        insert.bind(2, entry.streamID)
        insert.bind(3, entry.version)
        insert.bind(4, before.exists ? before.position : nil)
        insert.bind(5, entry.typeID)
        insert.bind(6, event.schemaVersion)
        insert.bind(8, recordedAt)
        insert.bind(9, event.occurredAt?.milliseconds)
        insert.bind(10, entry.actorID)
        insert.bind(11, entry.correlationID)
        insert.bind(12, event.attribution.causationID)
        let described = sealed?.stored ?? prepared.stored
        insert.bind(13, described.codec)
        insert.bind(14, described.size)
        insert.bind(15, described.checksum)
        insert.bind(17, before.exists ? nil : stream.rawValue)
        hasher.start()
        hasher.put(event, in: stream, entry.version, recordedAt: recordedAt)
        try event.id.withBytes { id in
            insert.bind(7, borrowedBlob: id)
            if let sealed {
                try sealed.blob.withUnsafeBytes { blob in
                    insert.bind(16, borrowedBlob: blob)
                    try insert.run()
                    tree.append(entry: hasher.finishEntry(.encrypted, blob))
                }
                return
            }
            try event.payload.withUnsafeBytes { payload in
                let stored = prepared.range.map { UnsafeRawBufferPointer(rebasing: bytes[$0]) } ?? payload
                insert.bind(16, borrowedBlob: stored)
                try insert.run()
                tree.append(entry: hasher.finishEntry(.plain, payload))
            }
        }
        note(entry, in: slot, recordedAt: recordedAt)
        return entry.version
    }

    // MARK: Repetitions

    /// The first append's result where the log has these events; nil where it has none of them.
    private func repetition(of append: PreparedAppend) throws -> AppendResult? {
        var greatest = greatestID
        var known: [Position] = []
        var fresh = Set<EventID>()
        for prepared in append.events {
            let id = prepared.event.id
            if id > greatest {
                greatest = id
                continue
            }
            if let position = try position(of: id) {
                known.append(position)
            } else if !fresh.insert(id).inserted {
                throw EventLogError.repeatedWithin(id)
            }
        }
        if known.isEmpty {
            // Ids at or below the greatest seen within this append may still repeat an ascending one.
            guard fresh.isEmpty || Set(append.events.map(\.event.id)).count == append.events.count else {
                throw EventLogError(.eventIDReused, "An event id occurs twice in one append; give each its own.")
            }
            return nil
        }
        return try result(ofRepeated: append, known)
    }

    private func result(ofRepeated append: PreparedAppend, _ positions: [Position]) throws -> AppendResult {
        guard positions.count == append.events.count else {
            throw EventLogError.partlyKnown(positions.count, of: append.events.count)
        }
        var seen = Set<Position>()
        for (position, prepared) in zip(positions, append.events) where !seen.insert(position).inserted {
            throw EventLogError.repeatedWithin(prepared.event.id)
        }
        var result = AppendResult(positions: positions, versions: [], isRepetition: true)
        for stream in append.streams {
            for index in stream.events {
                let row = try sqlite.statement("SELECT stream_id, version FROM events WHERE position = ?")
                row.bind(1, positions[index])
                defer { row.reset() }
                guard try row.step(), row.int64(0) == (try knownSlot(of: stream.stream)).map({ streams[$0].id }) else {
                    throw EventLogError.otherStream(append.events[index].event.id)
                }
                result.versions.append(row.int64(1))
            }
        }
        return result
    }

    /// The position of an event, wherever it is.
    func position(of id: EventID) throws -> Position? {
        if id > greatestID { return nil }
        return try tail.position(of: id) ?? segments.position(of: id)
    }

    // MARK: The end of a transaction

    /// Writes the leaves of what was appended. Call it before the commit.
    func finishTree() throws { try tree.flush() }

    /// The tree's root at the head. Call it after `finishTree`.
    var root: MerkleHash { tree.root }

    /// Indexes the tail where it is long enough. Call it before the commit.
    func indexTail(atLeast minimum: Int = LogWriter.segmentEvents) throws {
        guard tail.entries.count >= max(1, minimum) else { return }
        try segments.write(tail, greatestID: greatestID)
        tail.begin()
        if streams.count > Self.maximumCachedStreams { streams.removeAll() }
    }
}
