import EventLog
import LedgerCapabilities
import LedgerStorage

/// Compares what the ledger's tables say of encryption and erasure with the log. It takes no master key; where the log
/// was opened with one, the data keys are unwrapped too.
struct ProtectionAudit {
    private let log: SQLiteEventLog
    private let sqlite: SQLiteConnection
    private let hasKeys: Bool
    private var history: ProtectionHistory
    private var damages = DamageList()
    private var said: [ByteText: Position] = [:]
    /// The data keys that erasures name, by the erasure's position. Imported ones name keys of another ledger.
    private var erased: [Position: Set<Int64>] = [:]

    private init(_ log: SQLiteEventLog, _ history: ProtectionHistory, _ sqlite: SQLiteConnection) throws {
        self.log = log
        self.history = history
        self.sqlite = sqlite
        hasKeys = try DataKeys.exist(sqlite)
    }

    /// What is damaged. Reads the log once more if something was ever protected, without payloads.
    ///
    /// - Parameter history: of the events that were verified.
    static func damages(_ log: SQLiteEventLog, _ history: ProtectionHistory) throws -> [LogDamage] {
        try log.file.readSnapshot { sqlite in
            var audit = try ProtectionAudit(log, history, sqlite)
            do {
                try audit.run()
            } catch let error as EventLogError where error.code == .closed {
                throw error
            } catch {
                // In a ledger without protection it is about events, which others look at.
                let isNewer = (error as? EventLogError)?.code == .newerEvent
                if audit.hasKeys || !audit.said.isEmpty || isNewer {
                    audit.damages.add(LogDamage(.damagedProtection, "what is protected cannot be read: \(error)"))
                }
            }
            return audit.damages.entries
        }
    }

    private mutating func run() throws {
        try readHistory()
        damages.add(try LoggedProtection.differences(from: said, sqlite))
        // Where the log protects nothing and there are no keys, no event can be encrypted or should be.
        guard hasKeys || !said.isEmpty else { return }
        try checkEvents()
        guard hasKeys else { return }
        try checkPurges()
        try checkKeys()
    }

    private mutating func add(at position: Position? = nil, _ what: String) {
        damages.add(LogDamage(.damagedProtection, at: position, what))
    }

    // MARK: The log

    private mutating func readHistory() throws {
        try readOn()
        let rows = log.rows(sqlite)
        for event in try events(of: LedgerEvent.Stream.protection, rows) {
            guard let category = try LoggedProtection.category(event) else { continue }
            said[ByteText(category)] = said[ByteText(category)] ?? event.position
        }
        for event in try events(of: LedgerEvent.Stream.erasures, rows) {
            erased[event.position] = Set(try LoggedProtection.destroyedKeys(event))
        }
    }

    /// What has come since the events were verified: the tables may tell of it.
    private mutating func readOn() throws {
        let rows = try sqlite.statement(
            """
            SELECT position, stream_id, CASE WHEN position = stream_id THEN stream_name END FROM events
            WHERE position > ? ORDER BY position
            """)
        rows.bind(1, history.through)
        defer { rows.reset() }
        while try rows.step() {
            if !rows.isNull(2) { history.begin(rows.bytes(2), id: rows.int64(1)) }
            history.note(rows.int64(0), streamID: rows.int64(1))
        }
    }

    private func events(of stream: StreamName, _ rows: EventRows) throws -> [RecordedEvent] {
        let select = try sqlite.statement("SELECT \(EventRows.columns) FROM events WHERE position = ?")
        var events: [RecordedEvent] = []
        for position in history.positions(of: stream) {
            select.bind(1, position)
            defer { select.reset() }
            if try select.step() { events.append(try rows.event(select)) }
        }
        return events
    }

    /// Every encrypted event's data key is there, and nothing protected stands in plain that should not.
    private mutating func checkEvents() throws {
        let policy = log.file.options.protection
        let plainTypes = try plainTypeIDs(policy?.plainTypes ?? [])
        let rows = try sqlite.statement(
            """
            SELECT position, stream_id, type_id, codec, size, CASE WHEN position = stream_id THEN stream_name END,
                CASE WHEN codec < 0 THEN substr(payload, 1, 8) END
            FROM events ORDER BY position
            """)
        let key = hasKeys ? try sqlite.statement("SELECT 1 FROM data_keys WHERE id = ?") : nil
        defer { rows.reset() }
        var seen: Set<Int64> = [SealedPayload.noKey]
        var protected: [Int64: Position] = [:]
        while try rows.step() {
            let position = rows.int64(0)
            if policy != nil, let name = rows.optionalText(5),
                let since = said[ByteText(String(StreamName(name).protectedCategory))]
            {
                protected[position] = since
            }
            guard rows.int64(3) < 0 else {
                if let since = protected[rows.int64(1)], position > since, rows.int64(4) > 0,
                    !plainTypes.contains(rows.int64(2))
                {
                    add(at: position, "its namespace is protected since position \(since), and it is not encrypted")
                }
                continue
            }
            let bytes = rows.bytes(6)
            // A shorter one is an event that cannot be read.
            guard bytes.count == 8 else { continue }
            let id = Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
            guard seen.insert(id).inserted else { continue }
            key?.bind(1, id)
            defer { key?.reset() }
            if try key?.step() != true { add(at: position, "its data key \(id) is not in data_keys") }
        }
    }

    private func plainTypeIDs(_ plain: Set<EventType>) throws -> Set<Int64> {
        let rows = try sqlite.statement("SELECT id, name FROM event_types")
        defer { rows.reset() }
        var ids: Set<Int64> = []
        while try rows.step() {
            if plain.contains(EventType(rows.text(1))) { ids.insert(rows.int64(0)) }
        }
        return ids
    }

    // MARK: The tables

    /// Every erasure of this ledger has asked for its purge, and every purge is an erasure's.
    private mutating func checkPurges() throws {
        guard try sqlite.hasTable("purges") else { return add("the table purges is missing") }
        let rows = try sqlite.statement("SELECT position FROM purges ORDER BY position")
        defer { rows.reset() }
        while try rows.step() {
            guard erased[rows.int64(0)] == nil else { continue }
            add("purges has a row for position \(rows.int64(0)), where no erasure is")
        }
        let missing = try sqlite.statement(
            """
            SELECT DISTINCT erased_at FROM data_keys
            WHERE erased_at > (SELECT ifnull(max(position), 0) FROM purges) ORDER BY erased_at
            """)
        defer { missing.reset() }
        while try missing.step() { add("purges has no row for the erasure at position \(missing.int64(0))") }
    }

    private mutating func checkKeys() throws {
        let check = try DataKeys.masterKeyCheck(sqlite)
        if let check, !Self.isCheck(check) { add("\(MasterKey.checkName) in ledger_info is not what was written") }
        let ledger = try LedgerID.load(sqlite)
        let master = try? log.keys.given
        let expected = ledger.flatMap { master?.check($0) }
        let isTheOne = expected.flatMap { expected in check.map { expected.hasSameBytes(as: $0) } } ?? false
        var opened = 0
        var unopened: [Int64] = []
        let own = try ownErasures()
        let destroyed = own.reduce(into: Set<Int64>()) { $0.formUnion(erased[$1] ?? []) }
        let rows = try sqlite.statement("SELECT \(DataKeys.Row.columns) FROM data_keys ORDER BY id")
        defer { rows.reset() }
        while try rows.step() {
            let row = DataKeys.Row(rows)
            guard let wrapped = row.wrapped else {
                if !(row.erasedAt.flatMap { erased[$0] }?.contains(row.id) ?? false) {
                    add("data key \(row.id) was destroyed, and no erasure names it")
                }
                continue
            }
            if destroyed.contains(row.id) {
                add("data key \(row.id) is there, and an erasure says that it was destroyed")
            }
            guard wrapped.count == Self.wrappedBytes, wrapped.contains(where: { $0 != 0 }) else {
                add("data key \(row.id) is not what was stored")
                continue
            }
            guard let master, let ledger else { continue }
            if master.unwrap(wrapped, row.id, of: row.subject.text, ledger) != nil {
                opened += 1
            } else if unopened.count < DamageList.maximumEntries {
                unopened.append(row.id)
            }
        }
        // Another ledger's master key opens none, and says nothing of these.
        guard isTheOne || opened > 0 else { return }
        for id in unopened { add("data key \(id) is not what was stored") }
        if !isTheOne, check != nil {
            add("\(MasterKey.checkName) in ledger_info is not that of the key that the data keys are wrapped with")
        }
    }

    private static let wrappedBytes = SealedPayload.nonceBytes + SealedPayload.keyBytes + SealedPayload.tagBytes

    private static func isCheck(_ text: String) -> Bool {
        text.utf8.count == 32 && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    /// Where this ledger's erasures are: imported ones have neither a purge nor a key.
    private func ownErasures() throws -> Set<Position> {
        let tables = try sqlite.hasTable("purges") ? ["erased_at FROM data_keys", "position FROM purges"] : []
        var own: Set<Position> = []
        for table in tables {
            let rows = try sqlite.statement("SELECT DISTINCT \(table)")
            defer { rows.reset() }
            while try rows.step() { if let position = rows.optionalInt64(0) { own.insert(position) } }
        }
        return own
    }
}
