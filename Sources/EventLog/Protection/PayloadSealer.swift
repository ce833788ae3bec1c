import Crypto

/// What is stored of an event whose payload is encrypted.
struct SealedEvent {
    var stored: StoredPayload
    var blob: [UInt8]
    var protection: EventProtection

    init(stored: StoredPayload, blob: [UInt8], protection: EventProtection) {
        self.stored = stored
        self.blob = blob
        self.protection = protection
    }

    /// An event that was erased in another ledger.
    init(erased ciphertext: [UInt8]) {
        (stored, blob) = SealedPayload.withoutKey(ciphertext)
        protection = .erased(key: SealedPayload.noKey)
    }

    /// What a reader would be told of it.
    func note(in event: inout RecordedEvent) {
        event.protection = protection
        if protection.isErased { event.payload = [] }
    }
}

/// Encrypts payloads in the writer's turn, and makes the data keys that it takes.
///
/// Where nothing is protected it costs one look at `data_version` for each transaction.
///
/// Invariants:
/// 1. Nothing is written to a protected stream without the ledger's master key.
/// 2. A data key is stored in the transaction that encrypts its first payload.
final class PayloadSealer {
    private let sqlite: SQLiteConnection
    private let ring: KeyRing
    private let policy: ProtectionPolicy
    private let random: any RandomSource
    private let clock: any TimeSource
    private var ground: KeyGround?
    private var categories: Set<ByteText> = []
    private let ledger: LedgerID
    private var master: Result<MasterKey, KeyRing.Locked>?
    private var keys: [StreamName: SealedPayload.Key] = [:]
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
        policy = options.protection
        random = options.randomness
        self.clock = clock
    }

    /// Learns what is protected now. Call it at the beginning of every transaction.
    func refresh() throws {
        let now = try KeyGround(ring, sqlite)
        guard ground != now else { return }
        forget()
        categories = Set(try DataKeys.categories(sqlite).keys)
        ground = now
    }

    /// Drops what is known: the transaction was rolled back.
    func forget() {
        ground = nil
        keys.removeAll(keepingCapacity: true)
        master = nil
        nextID = nil
    }

    /// The stream's payloads are to be encrypted.
    func protects(_ stream: StreamName) -> Bool {
        !categories.isEmpty && categories.contains(ByteText(String(stream.category)))
    }

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
            keys[stream] = nil
            try DataKeys.close(stream, sqlite)
        }
        guard !event.payload.isEmpty, !policy.plainTypes.contains(event.type) else { return nil }
        let master = try unlocked(stream)
        let key = try keys[stream] ?? openKey(stream, master)
        if keys.count >= Self.maximumKeys { keys.removeAll(keepingCapacity: true) }
        keys[stream] = key
        let place = SealedPayload.Place(
            ledger: ledger, stream: stream, event: event.id, type: event.type, schemaVersion: event.schemaVersion)
        let sealed = try SealedPayload.seal(
            stored, bytes, with: key, at: place, nonce: random.bytes(SealedPayload.nonceBytes))
        return SealedEvent(stored: sealed.stored, blob: sealed.blob, protection: .decrypted(key: key.id))
    }

    private func openKey(_ stream: StreamName, _ master: MasterKey) throws -> SealedPayload.Key {
        if let row = try DataKeys.open(of: stream, sqlite), let wrapped = row.wrapped {
            guard let key = master.unwrap(wrapped, row.id, of: stream, ledger) else {
                throw EventLogError.damagedKey(row.id)
            }
            return SealedPayload.Key(id: row.id, key: key)
        }
        let id = try nextID ?? DataKeys.nextID(sqlite)
        nextID = id + 1
        let bytes = random.bytes(SealedPayload.keyBytes)
        let wrapped = try master.wrap(bytes, id, of: stream, ledger, nonce: random.bytes(SealedPayload.nonceBytes))
        try DataKeys.insert(id, stream, wrapped: wrapped, at: clock.now(), sqlite)
        return SealedPayload.Key(id: id, key: SymmetricKey(data: bytes))
    }
}
