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
    /// The user's erasure takes it.
    package func isProtected(for user: String) -> Bool { protectedFor.contains { $0.hasSameBytes(as: user) } }

    /// - Throws: `masterKeyMissing` or `masterKeyWrong` where the payload is locked.
    public func checkUnlocked() throws {
        guard case .locked(_, let reason) = protection else { return }
        var error = EventLogError.locked(reason, "The \(type) at position \(position) is encrypted")
        error.position = position
        error.stream = stream
        throw error
    }
}
