package import EventLog
package import LedgerStorage

/// What protecting streams did.
package struct ProtectionResult: Sendable {
    /// Of the event that says so; payloads after it are encrypted.
    package var position: Position
    /// It is the ledger's first: the master key is bound to it now.
    package var isFirst: Bool

    package init(position: Position, isFirst: Bool) {
        self.position = position
        self.isFirst = isFirst
    }
}

/// What an erasure destroys, and the events that say so.
package struct ErasureDecision: Sendable {
    /// An event, and the data keys that go with it.
    package struct Part: Sendable {
        package var event: NewEvent
        package var keys: [Int64]

        package init(event: NewEvent, keys: [Int64]) {
            self.event = event
            self.keys = keys
        }
    }

    package var stream: StreamName
    package var parts: [Part]

    package init(stream: StreamName, parts: [Part]) {
        self.stream = stream
        self.parts = parts
    }
}

/// An event as an erasure looks at it: its payload is not opened.
package struct EventOutline: Sendable {
    /// With an empty payload, and the users that it is protected for.
    package var event: RecordedEvent
    /// The data key that the payload is encrypted with; nil where it is in plain.
    package var key: Int64?
    /// Bytes that are stored of the payload.
    package var storedBytes: Int

    package init(event: RecordedEvent, key: Int64? = nil, storedBytes: Int) {
        self.event = event
        self.key = key
        self.storedBytes = storedBytes
    }

    /// There is something that an erasure would have to take, and cannot.
    package var isPlain: Bool { key == nil && storedBytes > 0 }
}

/// A data key of what is protected for a user.
package struct ProtectedPart: Sendable {
    package var key: Int64
    package var stream: StreamName

    package init(key: Int64, stream: StreamName) { (self.key, self.stream) = (key, stream) }
}

/// What an erasure may look at: the log and the tables as they are in the transaction that erases.
package protocol ErasureScope {
    /// The events of a stream in their order.
    ///
    /// - Throws: `limitExceeded` for a stream that is too long; it is erased with its category only.
    func outlines(of stream: StreamName) throws -> [EventOutline]
    /// Calls back with every event of a category: `StreamName.protectedCategory`.
    func forEach(inCategory category: String, _ body: (EventOutline) throws -> Void) throws
    /// Looks into the projections, as they are in the transaction.
    func read<T>(_ body: (SQLiteConnection) throws -> T) rethrows -> T
    /// The stream of an event; nil if there is no such event.
    func stream(at position: Position) throws -> StreamName?
    /// An event with its payload.
    func event(at position: Position) throws -> RecordedEvent?
    /// The parts of streams that are protected for a user, erased or not, in the order of their keys.
    func parts(for user: String) throws -> [ProtectedPart]
    /// Those of the keys that are still there.
    func intact(_ keys: Set<Int64>) throws -> Set<Int64>
}

/// What a log tells of what it encrypts and has erased.
package protocol EncryptionState: Sendable {
    /// The protected categories, and from which position on their payloads are encrypted.
    func protectedCategories() throws -> [ByteText: Position]
    /// Why what is encrypted cannot be read with the master key that the log was opened with; nil if it can, or
    /// nothing is encrypted.
    func lockReason() throws -> EventProtection.LockReason?
    /// The erasure that took a subject's last data key; nil if it has one, or never had any.
    func lastErasure(of subject: StreamName) throws -> Position?
    /// Something under a subject was erased.
    func hasErased(_ subject: StreamName) throws -> Bool
    /// The users whom something of a stream is protected for that can still be read, in the order of their bytes.
    func protectedUsers(of stream: StreamName) throws -> [String]
    /// The ciphertext of the encrypted event at a position, without the number of its key; nil if it is not encrypted.
    func ciphertext(at position: Position) throws -> [UInt8]?
    /// The erasures whose purge is due.
    func duePurges() throws -> [Position]
}

/// A log that encrypts the payloads of protected categories, and erases by destroying their keys: an optional
/// capability of an `EventLog`.
package protocol EncryptingLog: EventLog, EncryptionState {
    /// Encrypts the payloads of a namespace's streams from now on, in every process that has the ledger open. Appending
    /// the event does the same, and is no error if the namespace is protected already.
    ///
    /// - Parameter event: says so, for `NamespaceProtection.stream`.
    /// - Throws: `masterKeyMissing`, `masterKeyWrong` or `alreadyProtected`; nothing is written then.
    func protect(_ namespace: String, saying event: NewEvent) async throws -> ProtectionResult
    /// Wraps every data key with another master key, in one transaction, and goes on with that.
    ///
    /// - Returns: how many data keys there are.
    func rotateMasterKey(to new: MasterKey) async throws -> Int

    /// Looks at what an erasure would find, in one snapshot.
    func inErasureScope<T>(_ body: (any ErasureScope) throws -> T) throws -> T
    /// Destroys data keys and appends the events that say so, in one transaction, which also notes that a purge is due.
    ///
    /// - Parameter decide: called in the transaction; nothing is written if it throws.
    /// - Returns: the positions of the events, and what was decided.
    func erase<T: Sendable>(
        _ decide: @escaping @Sendable (any ErasureScope) throws -> (ErasureDecision, T)
    ) async throws -> (positions: [Position], T)
}
