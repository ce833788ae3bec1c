/// Whether an event's payload is encrypted in the log, and what a reader got of it.
public enum EventProtection: Hashable, Sendable {
    /// The payload is stored as it is, or compressed.
    case none
    /// It is encrypted with this data key; the event has it in plain.
    case decrypted(key: Int64)
    /// It is encrypted, and the ledger was opened without the key that it takes: the event's payload is empty.
    case locked(key: Int64, reason: LockReason)
    /// It is encrypted with a key that was destroyed: it cannot be read any more, and the event's payload is empty.
    case erased(key: Int64)

    /// Why a payload cannot be decrypted.
    public enum LockReason: Hashable, Sendable {
        case masterKeyMissing
        case masterKeyWrong
    }

    /// The data key's number; nil where the payload is not encrypted.
    public var key: Int64? {
        switch self {
        case .none: nil
        case .decrypted(let key), .locked(let key, _), .erased(let key): key
        }
    }

    public var isErased: Bool {
        if case .erased = self { true } else { false }
    }

    public var isLocked: Bool {
        if case .locked = self { true } else { false }
    }
}

extension RecordedEvent {
    /// - Throws: `masterKeyMissing` or `masterKeyWrong` where the payload is locked.
    public func checkUnlocked() throws {
        guard case .locked(_, let reason) = protection else { return }
        var error = EventLogError.locked(reason, "The \(type) at position \(position) is encrypted")
        error.position = position
        error.stream = stream
        throw error
    }
}

/// Which payloads of protected streams stay in plain, and where a subject ends. The log knows no types of its own.
public struct ProtectionPolicy: Sendable {
    /// Events of these types are stored in plain: they hold nothing but names of streams.
    public var plainTypes: Set<EventType>
    /// With an event of these types the subject that a stream had is there no more: what comes next has another data
    /// key, so that the one can be erased without the other.
    public var closingTypes: Set<EventType>
    /// Where the log says what is protected; nil where the tables are not compared with it.
    package var history: ProtectionHistory?

    public init(plainTypes: Set<EventType> = [], closingTypes: Set<EventType> = []) {
        self.plainTypes = plainTypes
        self.closingTypes = closingTypes
    }
}
