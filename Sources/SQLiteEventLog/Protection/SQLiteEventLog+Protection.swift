import CLedgerShims
package import EventLog
package import LedgerCapabilities
package import LedgerStorage
import MerkleLog

extension SQLiteEventLog {
    // MARK: Looking

    /// The protected categories, and from which position on their payloads are encrypted.
    package func protectedCategories() throws -> [ByteText: Position] {
        try file.read { try DataKeys.categories($0) }
    }

    /// Why what is encrypted cannot be read with the master key that the log was opened with; nil where it can, or
    /// nothing is encrypted.
    package func lockReason() throws -> EventProtection.LockReason? {
        try file.readSnapshot { try lockReason($0) }
    }

    package func lockReason(_ sqlite: SQLiteConnection) throws -> EventProtection.LockReason? {
        guard try DataKeys.exist(sqlite), let ledger = try LedgerID.load(sqlite) else { return nil }
        if case .failure(let locked) = try keys.masterKey(of: ledger, sqlite) { return locked.reason }
        return nil
    }

    /// The categories that cannot be read with the master key that the log was opened with, as the connection's
    /// snapshot has it. Costs one look at the file's version where nothing has changed since the last time.
    package func lockedCategories(_ sqlite: SQLiteConnection) throws -> LockedCategories {
        let ground = try KeyGround(keys, sqlite)
        if let known = sqlite.memory.lockedCategories, known.ground == ground { return known.categories }
        var locked = LockedCategories(categories: [], reason: .masterKeyMissing)
        if let reason = try lockReason(sqlite) {
            locked = LockedCategories(categories: Set(try DataKeys.categories(sqlite).keys), reason: reason)
        }
        sqlite.memory.lockedCategories = (ground, locked)
        return locked
    }

    /// The erasure that took a subject's last data key; nil where it has one, or never had any.
    package func lastErasure(of subject: StreamName) throws -> Position? {
        try file.readSnapshot { sqlite in
            guard try DataKeys.exist(sqlite) else { return nil }
            let row = try sqlite.statement(
                "SELECT erased_at FROM data_keys WHERE subject = ? ORDER BY id DESC LIMIT 1")
            row.bind(1, subject.rawValue)
            defer { row.reset() }
            return try row.step() ? row.optionalInt64(0) : nil
        }
    }

    /// Something under a subject was erased.
    package func hasErased(_ subject: StreamName) throws -> Bool {
        try file.read { sqlite in
            guard try DataKeys.exist(sqlite) else { return false }
            let row = try sqlite.statement(
                "SELECT 1 FROM data_keys WHERE subject >= ?1 AND subject < ?2 AND erased_at IS NOT NULL LIMIT 1")
            row.bind(1, subject.rawValue)
            row.bind(2, KeySubject.end(of: subject))
            defer { row.reset() }
            return try row.step()
        }
    }

    /// The users whom something of a stream is protected for that can still be read, in the order of their bytes.
    package func protectedUsers(of stream: StreamName) throws -> [String] {
        try file.read { sqlite in try DataKeys.exist(sqlite) ? DataKeys.users(of: stream, sqlite) : [] }
    }

    /// The ciphertext of the encrypted event at a position, without the number of its key.
    package func ciphertext(at position: Position) throws -> [UInt8]? {
        try file.read { sqlite in
            let row = try sqlite.statement("SELECT payload FROM events WHERE position = ? AND codec < 0")
            row.bind(1, position)
            defer { row.reset() }
            return try row.step() ? SealedPayload.ciphertext(row.bytes(0)) : nil
        }
    }

    // MARK: Protecting

    /// Encrypts the payloads of a namespace's streams from now on, in every process that has the ledger open.
    ///
    /// - Parameter event: says so, for `NamespaceProtection.stream`; writing it protects.
    /// - Throws: `masterKeyMissing`, `masterKeyWrong` or `alreadyProtected`; nothing is written then.
    package func protect(_ namespace: String, saying event: NewEvent) async throws -> ProtectionResult {
        let category = StreamName.category(ofNamespace: namespace)
        let said = StreamAppend(NamespaceProtection.stream, events: [event])
        let prepared = try PreparedAppend([said], limits: limits, encoder: PayloadEncoder(dictionary: nil))
        let keys = keys
        return try await committer.exclusively { sqlite, append in
            guard let ledger = try LedgerID.load(sqlite) else { throw EventLogError.noTree }
            let isFirst = try PayloadSealer.checkCanProtect(keys, ledger, sqlite)
            guard try DataKeys.categories(sqlite)[ByteText(category)] == nil else {
                throw EventLogError(.alreadyProtected, "\(category) is protected already; nothing is to be done.")
            }
            return ProtectionResult(position: try append(prepared).positions.last ?? 0, isFirst: isFirst)
        }
    }

    /// Wraps every data key with another master key, in one transaction, and goes on with that. What was wrapped with
    /// the former one is overwritten in the file.
    ///
    /// - Returns: how many data keys there are.
    /// - Throws: `masterKeyMissing` or `masterKeyWrong` where the log was not opened with the present one;
    ///   `invalidArgument` where nothing is protected yet; `busy` where a reader keeps the file from being cleaned,
    ///   with the new key in force.
    package func rotateMasterKey(to new: MasterKey) async throws -> Int {
        let (keys, random) = (keys, file.options.randomness)
        let count = try await committer.exclusively { sqlite, _ in
            let (ledger, old) = try self.presentMasterKey(sqlite)
            try DataKeys.setMasterKeyCheck(new.check(ledger), sqlite)
            return try DataKeys.rewrap(from: old, to: new, ledger, random, sqlite)
        }
        keys.replace(new)
        try await scrub()
        return count
    }

    /// Tells whether `rotateMasterKey` would refuse.
    ///
    /// - Throws: `masterKeyMissing`, `masterKeyWrong` or `invalidArgument`.
    package func checkMasterKey() throws {
        _ = try file.readSnapshot { try presentMasterKey($0) }
    }

    private func presentMasterKey(_ sqlite: SQLiteConnection) throws -> (LedgerID, MasterKey) {
        guard try DataKeys.exist(sqlite), let ledger = try LedgerID.load(sqlite) else {
            throw EventLogError(.invalidArgument, "Nothing is protected yet; protect a namespace with the new key.")
        }
        guard case .success(let key) = try keys.masterKey(of: ledger, sqlite) else {
            throw EventLogError.locked(try lockReason(sqlite) ?? .masterKeyMissing, "Every data key is wrapped")
        }
        return (ledger, key)
    }

    /// Writes the database again, so that nothing is left of what was deleted, neither in free pages nor in the
    /// write-ahead log.
    ///
    /// - Throws: `busy` where a reader holds on to the write-ahead log.
    package func scrub() async throws {
        let file = file
        try await onWriter { sqlite in try file.scrub(sqlite) }
    }
}
