import EventLog
import LedgerCapabilities
import LedgerStorage

/// Decrypts payloads for one reader, and keeps the data keys of its last events as long as they are certainly there.
///
/// Not `Sendable`: it stays on its connection's queue.
final class PayloadOpener {
    private let sqlite: SQLiteConnection
    private let ring: KeyRing
    private var ground: KeyGround?
    private var ledger: LedgerID?
    private var master: Result<MasterKey, KeyRing.Locked>?
    private var keys: [Int64: KnownKey] = [:]

    private enum KeyState {
        case usable(SealedPayload.Key)
        case locked(EventProtection.LockReason)
        case destroyed
    }

    private struct KnownKey {
        var state: KeyState
        /// Whom it protects for.
        var users: [String] = []
    }

    /// Keys kept, some 150 bytes each.
    private static let maximumKeys = 16_384

    init(_ sqlite: SQLiteConnection, _ ring: KeyRing) {
        self.sqlite = sqlite
        self.ring = ring
    }

    /// Sets the event's payload and its protection.
    ///
    /// - Parameter decoder: called where the payload is decrypted.
    func open(
        _ stored: StoredPayload, _ blob: UnsafeRawBufferPointer, into event: inout RecordedEvent,
        _ decoder: (Int?) throws -> PayloadDecoder
    ) throws {
        do {
            let id = try SealedPayload.key(of: stored, blob)
            let key = try key(id, at: event.position)
            event.protectedFor = key.users
            switch key.state {
            case .usable(let key):
                guard let ledger else { throw EventLogError.damagedKey(id) }
                let place = SealedPayload.Place(
                    ledger: ledger, stream: event.stream, event: event.id, type: event.type,
                    schemaVersion: event.schemaVersion)
                event.payload = try SealedPayload.open(
                    stored, blob, with: key, at: place, decoder(SealedPayload.dictionaryNumber(stored)))
                event.protection = .decrypted(key: id)
            case .locked(let reason): event.protection = .locked(key: id, reason: reason)
            case .destroyed: event.protection = .erased(key: id)
            }
        } catch let damage as PayloadDamage {
            throw EventLogError.damagedPayload(at: event.position, damage.reason)
        }
    }

    private func key(_ id: Int64, at position: Position) throws -> KnownKey {
        if id == SealedPayload.noKey { return KnownKey(state: .destroyed) }
        let now = try KeyGround(ring, sqlite)
        if ground != now {
            keys.removeAll(keepingCapacity: true)
            master = nil
            ground = now
        }
        if let known = keys[id] { return known }
        guard let row = try DataKeys.exist(sqlite) ? DataKeys.row(id, sqlite) : nil else {
            throw PayloadDamage(reason: "its data key \(id) is not in the ledger")
        }
        let key = KnownKey(state: try state(of: row), users: row.subject.users)
        if keys.count >= Self.maximumKeys { keys.removeAll(keepingCapacity: true) }
        keys[id] = key
        return key
    }

    private func state(of row: DataKeys.Row) throws -> KeyState {
        guard let wrapped = row.wrapped else { return .destroyed }
        guard let ledger = try self.ledger ?? LedgerID.load(sqlite) else {
            throw PayloadDamage(reason: "the ledger has no id")
        }
        self.ledger = ledger
        let master = try self.master ?? ring.masterKey(of: ledger, sqlite)
        self.master = master
        switch master {
        case .failure(let locked): return .locked(locked.reason)
        case .success(let master):
            guard let key = master.unwrap(wrapped, row.id, of: row.subject.text, ledger) else {
                throw PayloadDamage(reason: "its data key \(row.id) cannot be unwrapped")
            }
            return .usable(SealedPayload.Key(id: row.id, key: key))
        }
    }
}
