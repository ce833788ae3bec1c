import Crypto
import EventLog
import LedgerCapabilities
import LedgerStorage

/// What is stored of an event whose payload is encrypted.
struct SealedEvent {
    var stored: StoredPayload
    var blob: [UInt8]
    var protection: EventProtection
    private var protectedFor: [String] = []

    init(stored: StoredPayload, blob: [UInt8], key: Int64, of subject: KeySubject) {
        self.stored = stored
        self.blob = blob
        protection = .decrypted(key: key)
        protectedFor = subject.users
    }

    /// An event that was erased in another ledger.
    init(erased ciphertext: [UInt8]) {
        (stored, blob) = SealedPayload.withoutKey(ciphertext)
        protection = .erased(key: SealedPayload.noKey)
    }

    /// What a reader would be told of it.
    func note(in event: inout RecordedEvent) {
        event.protection = protection
        event.payloadBytes = Int(clamping: stored.size)
        event.protectedFor = protectedFor
        if protection.isErased { event.payload = [] }
    }
}

/// Encrypts payloads in the writer's turn, and makes the data keys that it takes.
///
/// Where nothing is protected it costs one look at the file's version for each transaction.
///
/// Invariants:
/// 1. Nothing is written to a protected stream without the ledger's master key.
/// 2. A data key is stored in the transaction that encrypts its first payload.
/// 3. Nothing is written where the tables do not say of protection what the log says.
final class PayloadSealer {
    private let sqlite: SQLiteConnection
    private let ring: KeyRing
    private let policy: ProtectionPolicy
    private let random: any RandomSource
    private let clock: any TimeSource
    private var ground: KeyGround?
    private var categories: Set<ByteText> = []
    /// What the log says, as of its stream's last event.
    private var said: (version: StreamVersion, categories: [ByteText: Position]) = (0, [:])
    private let limits: EventLogLimits
    private let ledger: LedgerID
    private var master: Result<MasterKey, KeyRing.Locked>?
    private var keys: [StreamName: [KeySubject: SealedPayload.Key]] = [:]
    private var keyCount = 0
    private var nextID: Int64?

    /// Keys of streams that are being written to, some 200 bytes each.
    private static let maximumKeys = 16_384

    init(
        _ sqlite: SQLiteConnection, _ ring: KeyRing, _ options: LedgerFileOptions, _ ledger: LedgerID,
        clock: any TimeSource
    ) {
        self.ledger = ledger
        self.sqlite = sqlite
        self.ring = ring
        policy = options.protection ?? ProtectionPolicy()
        limits = options.limits
        random = options.randomness
        self.clock = clock
    }

    /// Learns what is protected now. Call it at the beginning of every transaction.
    ///
    /// - Returns: true where it may have changed; then `check(against:)` follows.
    func refresh() throws -> Bool {
        let now = try KeyGround(ring, sqlite)
        guard ground != now else { return false }
        forget()
        categories = Set(try DataKeys.categories(sqlite).keys)
        ground = now
        return true
    }

    /// Compares the tables with what the log says is protected: they can be changed by anybody who opens the file.
    ///
    /// - Parameter head: of the stream that says it; nil where there is none.
    /// - Throws: `damagedLog`; `damagedPayload` or `newerEvent` where an event of the stream cannot be read: what it
    ///   protects is not known then, so nothing may be written.
    func check(against head: StreamHeads.Head?) throws {
        if let head, said.version != head.version {
            let rows = EventRows(sqlite: sqlite, dictionaries: DictionaryStore(), limits: limits, names: EventNames())
            said = (head.version, try categories(from: head.position, rows))
        } else if head == nil {
            said = (0, [:])
        }
        guard let first = try LoggedProtection.differences(from: said.categories, sqlite).first else { return }
        var error = EventLogError(
            .damagedLog, "What is protected was changed: \(first.what); restore the ledger from a backup.")
        error.position = first.position
        throw error
    }

    private func categories(from head: Position, _ rows: EventRows) throws -> [ByteText: Position] {
        do {
            return try LoggedProtection.categories(from: head, rows, sqlite)
        } catch var error as EventLogError where error.code == .newerEvent {
            error.message =
                "What the \(NamespaceProtection.eventType) at position \(error.position ?? head) protects is not known to "
                + "this program, so it writes nothing: use the program that appended it, or restore a backup from before "
                + "it."
            throw error
        }
    }

    /// Drops what is known: the transaction was rolled back.
    func forget() {
        ground = nil
        forgetKeys()
        master = nil
        nextID = nil
    }

    private func forgetKeys() {
        keys.removeAll(keepingCapacity: true)
        keyCount = 0
    }

    /// The stream's payloads are to be encrypted.
    func protects(_ stream: StreamName) -> Bool {
        !categories.isEmpty && categories.contains(ByteText(String(stream.protectedCategory)))
    }

    // MARK: Protecting

    /// Looks whether a category could be protected.
    ///
    /// - Returns: true where it would be the ledger's first: the master key would be bound to it.
    /// - Throws: `masterKeyMissing` or `masterKeyWrong`.
    static func checkCanProtect(_ ring: KeyRing, _ ledger: LedgerID, _ sqlite: SQLiteConnection) throws -> Bool {
        if case .failure(let locked) = try ring.masterKey(of: ledger, sqlite) {
            throw EventLogError.locked(locked.reason, "What is protected is encrypted")
        }
        return try DataKeys.masterKeyCheck(sqlite) == nil
    }

    /// The same, for the events of an append to the stream that says what is protected.
    func checkCanProtect(_ events: ArraySlice<PreparedAppend.Event>) throws {
        guard events.contains(where: { NamespaceProtection($0.event) != nil }) else { return }
        _ = try Self.checkCanProtect(ring, ledger, sqlite)
    }

    /// Encrypts what is written to a category after the event at the position, which says so. Does nothing where the
    /// category is protected already.
    func protect(_ category: String, since position: Position) throws {
        guard !categories.contains(ByteText(category)) else { return }
        try DataKeys.createTables(sqlite)
        if try DataKeys.masterKeyCheck(sqlite) == nil, let master = try ring.given {
            try DataKeys.setMasterKeyCheck(master.check(ledger), sqlite)
        }
        try DataKeys.add(category, at: position, sqlite)
        categories.insert(ByteText(category))
        ring.noteChange()
    }

    // MARK: Sealing

    /// - Throws: `masterKeyMissing` or `masterKeyWrong` where the stream is protected and cannot be written to.
    func check(_ stream: StreamName) throws {
        guard protects(stream) else { return }
        _ = try unlocked(stream)
    }

    private func unlocked(_ stream: StreamName) throws -> MasterKey {
        let master = try self.master ?? ring.masterKey(of: ledger, sqlite)
        self.master = master
        switch master {
        case .success(let master): return master
        case .failure(let locked):
            var error = EventLogError.locked(locked.reason, "Stream \(stream) is encrypted")
            error.stream = stream
            throw error
        }
    }

    /// The event as it is stored in a protected stream; nil where its payload stays as it is.
    func seal(
        _ event: NewEvent, in stream: StreamName, _ stored: StoredPayload, _ bytes: UnsafeRawBufferPointer
    ) throws -> SealedEvent? {
        if policy.closingTypes.contains(event.type) {
            keyCount -= keys.removeValue(forKey: stream)?.count ?? 0
            try DataKeys.close(stream, sqlite)
        }
        guard !event.payload.isEmpty, !policy.plainTypes.contains(event.type) else { return nil }
        let master = try unlocked(stream)
        let subject = KeySubject(stream, for: event.protectedFor)
        let key = try key(of: subject, master)
        let place = SealedPayload.Place(
            ledger: ledger, stream: stream, event: event.id, type: event.type, schemaVersion: event.schemaVersion)
        let sealed = try SealedPayload.seal(
            stored, bytes, with: key, at: place, nonce: random.bytes(SealedPayload.nonceBytes))
        return SealedEvent(stored: sealed.stored, blob: sealed.blob, key: key.id, of: subject)
    }

    private func key(of subject: KeySubject, _ master: MasterKey) throws -> SealedPayload.Key {
        if let known = keys[subject.stream]?[subject] { return known }
        let key = try openKey(subject, master)
        if keyCount >= Self.maximumKeys { forgetKeys() }
        keys[subject.stream, default: [:]][subject] = key
        keyCount += 1
        return key
    }

    private func openKey(_ subject: KeySubject, _ master: MasterKey) throws -> SealedPayload.Key {
        if let row = try DataKeys.open(of: subject, sqlite), let wrapped = row.wrapped {
            guard let key = master.unwrap(wrapped, row.id, of: subject.text, ledger) else {
                throw EventLogError.damagedKey(row.id)
            }
            return SealedPayload.Key(id: row.id, key: key)
        }
        let id = try nextID ?? DataKeys.nextID(sqlite)
        nextID = id + 1
        let bytes = random.bytes(SealedPayload.keyBytes)
        let wrapped = try master.wrap(
            bytes, id, of: subject.text, ledger, nonce: random.bytes(SealedPayload.nonceBytes))
        try DataKeys.insert(id, subject, wrapped: wrapped, at: clock.now(), sqlite)
        return SealedPayload.Key(id: id, key: SymmetricKey(data: bytes))
    }
}
