package import EventLog
package import LedgerStorage
package import MerkleLog

/// The names that rows of `events` refer to by number. A number's name never changes, so a reading connection keeps
/// them from one read to the next.
///
/// Not `Sendable`: it stays on its connection's queue.
package final class EventNames {
    fileprivate var types: [Int64: EventType] = [:]
    fileprivate var actors: [Int64: String] = [:]
    fileprivate var streams: [Int64: StreamName] = [:]
    /// Of streams whose first event was read and no other: they come by the thousand, and most are never asked for.
    fileprivate var begun: NameTable
    /// Neighbours mostly have one type and one actor.
    fileprivate var lastType: (id: Int64, type: EventType)?
    fileprivate var lastActor: (id: Int64, name: String)?

    /// Names that are kept at the most, some 100 bytes each; then the cache starts again.
    fileprivate let maximum: Int

    init(maximum: Int = 65_536) {
        self.maximum = maximum
        begun = NameTable(maximumCount: maximum, maximumBytes: maximum * Self.usualNameBytes)
    }

    private static let usualNameBytes = 64
}

/// Turns rows of `events` into events.
///
/// Not `Sendable`: one for each reading transaction or replay, on that connection's queue.
package final class EventRows {
    private let sqlite: SQLiteConnection
    private let dictionaries: DictionaryStore
    private let limits: EventLogLimits
    private var decoder: PayloadDecoder
    private let names: EventNames
    private let opener: PayloadOpener

    /// What a statement must select, in this order.
    package static let columns = """
        position, stream_id, version, type_id, schema_version, event_id, recorded_at, occurred_at, actor_id, \
        correlation_id, causation_id, codec, size, checksum, payload, stream_name
        """

    init(
        sqlite: SQLiteConnection, dictionaries: DictionaryStore, limits: EventLogLimits, names: EventNames,
        keys: KeyRing = KeyRing(nil)
    ) {
        self.names = names
        opener = PayloadOpener(sqlite, keys)
        self.sqlite = sqlite
        self.dictionaries = dictionaries
        self.limits = limits
        decoder = PayloadDecoder(dictionaries: dictionaries.all, maximumBytes: limits.payloadBytes)
    }

    /// The event of the statement's present row.
    ///
    /// - Throws: `damagedPayload` or `damagedLog` with the position; other events stay readable.
    func event(_ row: SQLiteStatement) throws -> RecordedEvent {
        var event = try header(row)
        try fill(&event, row)
        return event
    }

    /// Adds the event if the filter matches; the payloads of other events are not even looked at.
    func event(
        _ row: SQLiteStatement, matching filter: EventFilter, into events: inout [RecordedEvent]
    ) throws -> Bool {
        var event = try header(row)
        guard filter.matches(event) else { return false }
        try fill(&event, row)
        events.append(event)
        return true
    }

    /// The event without its payload.
    func header(_ row: SQLiteStatement) throws -> RecordedEvent {
        let position = row.int64(0)
        guard let id = EventID(bytes: row.bytes(5)) else {
            throw EventLogError.damagedLog(at: position, "its event id is not sixteen bytes")
        }
        let recordedAt = Timestamp(milliseconds: row.int64(6))
        var attribution = Attribution()
        if let actor = row.optionalInt64(8) { attribution.actor = try self.actor(actor, at: position) }
        attribution.correlationID = row.optionalText(9)
        attribution.causationID = row.optionalText(10)
        let streamID = row.int64(1)
        return RecordedEvent(
            position: position,
            stream: try stream(streamID, row, at: position),
            version: row.int64(2),
            type: try type(row.int64(3), at: position),
            schemaVersion: row.int(4),
            id: id,
            recordedAt: recordedAt,
            occurredAt: row.optionalInt64(7).map { Timestamp(milliseconds: $0) } ?? recordedAt,
            attribution: attribution,
            payload: [])
    }

    /// The payload as the row describes it.
    func stored(_ row: SQLiteStatement) -> StoredPayload {
        StoredPayload(codec: row.int64(11), size: row.int64(12), checksum: row.int64(13))
    }

    private func fill(_ event: inout RecordedEvent, _ row: SQLiteStatement) throws {
        // A stream has an event for each of its versions, so there is no more of them than positions.
        guard event.version >= 1, event.version <= event.position else {
            throw EventLogError.damagedLog(at: event.position, "its version \(event.version) cannot be")
        }
        let stored = stored(row)
        event.payloadBytes = Int(clamping: stored.size)
        if SealedPayload.isSealed(stored) {
            try opener.open(stored, row.bytes(14), into: &event) { try decoder(knowing: $0) }
        } else {
            event.payload = try payload(stored, row, at: event.position)
        }
    }

    private func payload(_ stored: StoredPayload, _ row: SQLiteStatement, at position: Position) throws -> [UInt8] {
        let decoder = try decoder(knowing: stored.dictionaryNumber)
        do {
            return try decoder.decode(stored, row.bytes(14))
        } catch {
            throw EventLogError.damagedPayload(at: position, error.reason)
        }
    }

    private func decoder(knowing number: Int?) throws -> PayloadDecoder {
        if let number, decoder.dictionaries[number] == nil, try dictionaries.load(sqlite) {
            decoder = PayloadDecoder(dictionaries: dictionaries.all, maximumBytes: limits.payloadBytes)
        }
        return decoder
    }

    // MARK: Leaves

    /// What the statement's present row stands for in the Merkle tree, with the leaf's prefix; valid until the hasher's
    /// next `start`.
    ///
    /// - Throws: `damagedLog` where not even the envelope can be read.
    func entry(_ row: SQLiteStatement, _ hasher: LeafHasher) throws -> UnsafeRawBufferPointer {
        let event = try header(row)
        hasher.start()
        hasher.put(text: event.stream.rawValue)
        hasher.put(event.version)
        hasher.put(event.id)
        hasher.put(text: event.type.rawValue)
        hasher.put(Int64(event.schemaVersion))
        hasher.put(event.recordedAt.milliseconds)
        hasher.put(event.occurredAt.milliseconds)
        hasher.put(optional: event.attribution.actor)
        hasher.put(optional: event.attribution.correlationID)
        hasher.put(optional: event.attribution.causationID)
        let stored = stored(row)
        // What is encrypted is covered as it lies here, so that its leaf outlives its key.
        if SealedPayload.isSealed(stored) { return hasher.finishEntry(.encrypted, row.bytes(14)) }
        do {
            return try payload(stored, row, at: event.position).withUnsafeBytes { hasher.finishEntry(.plain, $0) }
        } catch let error as EventLogError where error.code == .damagedPayload {
            return hasher.finishEntry(.unreadable, row.bytes(14))
        }
    }

    /// What `leaf` hashes, of the statement's present row.
    package func canonical(_ row: SQLiteStatement, in ledger: LedgerID) throws -> CanonicalEvent {
        let event = try header(row)
        let stored = stored(row)
        if SealedPayload.isSealed(stored) {
            return CanonicalEvent(event, in: ledger, .encrypted, Array(row.bytes(14)))
        }
        do {
            return CanonicalEvent(event, in: ledger, .plain, try payload(stored, row, at: event.position))
        } catch let error as EventLogError where error.code == .damagedPayload {
            return CanonicalEvent(event, in: ledger, .unreadable, Array(row.bytes(14)))
        }
    }

    // MARK: Names

    private func type(_ id: Int64, at position: Position) throws -> EventType {
        if let last = names.lastType, last.id == id { return last.type }
        let type = try names.types[id] ?? readType(id, at: position)
        names.lastType = (id, type)
        return type
    }

    private func readType(_ id: Int64, at position: Position) throws -> EventType {
        guard let name = try text("SELECT name FROM event_types WHERE id = ?", id) else {
            throw EventLogError.damagedLog(at: position, "its type \(id) has no name")
        }
        names.types[id] = EventType(name)
        return EventType(name)
    }

    private func actor(_ id: Int64, at position: Position) throws -> String {
        if let last = names.lastActor, last.id == id { return last.name }
        let name = try names.actors[id] ?? readActor(id, at: position)
        names.lastActor = (id, name)
        return name
    }

    private func readActor(_ id: Int64, at position: Position) throws -> String {
        guard let name = try text("SELECT name FROM actors WHERE id = ?", id) else {
            throw EventLogError.damagedLog(at: position, "its actor \(id) has no name")
        }
        if names.actors.count >= names.maximum { names.actors.removeAll() }
        names.actors[id] = name
        return name
    }

    private func stream(_ id: Int64, _ row: SQLiteStatement, at position: Position) throws -> StreamName {
        if id == position, let name = row.optionalText(15) {
            names.begun.add(id, row.bytes(15))
            return StreamName(name)
        }
        if let known = names.streams[id] { return known }
        var found: String?
        if !names.begun.with(id, { found = String(decoding: $0, as: UTF8.self) }) {
            found = try text("SELECT stream_name FROM events WHERE position = ?", id)
        }
        guard let found else {
            throw EventLogError.damagedLog(at: position, "its stream's first event, \(id), is missing")
        }
        if names.streams.count >= names.maximum { names.streams.removeAll(keepingCapacity: true) }
        names.streams[id] = StreamName(found)
        return StreamName(found)
    }

    private func text(_ sql: String, _ id: Int64) throws -> String? {
        let row = try sqlite.statement(sql)
        row.bind(1, id)
        defer { row.reset() }
        return try row.step() ? row.optionalText(0) : nil
    }
}
