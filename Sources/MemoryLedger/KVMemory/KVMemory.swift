public import EventLog

/// The memories of one namespace, with the methods of the system that this one replaces.
///
///     let memories = KVMemory(ledger, namespace: "mem", by: Attribution(actor: "assistant"))
///     try await memories.add("tea", MemoryContent(summary: "Likes green tea"))
///     let tea = try await memories.get("tea")
///
/// Differences, all on purpose: `updateKey` throws where the new key is taken, instead of replacing, and where it is
/// the old one, instead of deleting; links that point at the old key follow a rename, the degrees are real, there is
/// a `delete`, and keys have 1 to 1,024 bytes without control characters (`MemoryLimitError`).
///
/// A key that begins with `<namespace>:` is the same as without, unless an import brought a memory with that very key
/// (`MemoryReading.resolve`).
public struct KVMemory: Sendable {
    public let namespace: String
    let ledger: MemoryLedger
    let attribution: Attribution

    /// - Parameter attribution: who acts; goes into every event.
    public init(
        _ ledger: MemoryLedger, namespace: String = MemoryKey.defaultNamespace,
        by attribution: Attribution = Attribution()
    ) {
        self.ledger = ledger
        self.namespace = namespace
        self.attribution = attribution
    }

    /// Writes a memory, replacing what the key holds; its statistics begin again.
    public func add(_ key: String, _ value: MemoryContent) async throws {
        try await ledger.put(memory(key), value, by: attribution)
    }

    /// The memory, or nil. Counts nothing.
    public func get(_ key: String) async throws -> Memory? {
        try await ledger.reading(by: attribution).get(memory(key))
    }

    /// Replaces the statistics, but for the degrees.
    ///
    /// - Throws: `KVMemoryError`, `KVMemory: setMeta: key K not found`.
    public func setMeta(_ key: String, _ meta: MemoryMeta) async throws {
        try await naming("setMeta", key) {
            try await ledger.setMeta(memory(key), MemoryMetaValues(meta), by: attribution)
        }
    }

    /// Changes the fields that are given; lists are replaced whole.
    ///
    /// - Parameter meta: replaces the statistics too, as `setMeta` does; nil leaves them.
    /// - Throws: `KVMemoryError`, `KVMemory: update: key K not found`.
    public func update(_ key: String, _ partial: MemoryChange, meta: MemoryMeta? = nil) async throws {
        try await naming("update", key) {
            if let meta {
                try await ledger.update(memory(key), partial, MemoryMetaValues(meta), by: attribution)
            } else if partial.isEmpty {
                // Nothing changes, so nothing happened; but a missing key is an error all the same.
                try await checkThatItIsThere(key)
            } else {
                try await ledger.update(memory(key), partial, by: attribution)
            }
        }
    }

    /// Moves a memory to another key.
    ///
    /// - Throws: `KVMemoryError`: `KVMemory: updateKey: key K not found`, `KVMemory: updateKey: key K already exists`,
    ///   or `KVMemory: updateKey: old_key and new_key must be different` where both mean the same memory.
    public func updateKey(_ oldKey: String, _ newKey: String) async throws {
        try await naming("updateKey", oldKey) {
            do {
                try await ledger.rename(memory(oldKey), to: newKey, by: attribution)
            } catch let error as MemoryLedgerError where error.code == .sameKey {
                // What is missing is said first.
                try await checkThatItIsThere(oldKey)
                throw error
            }
        }
    }

    private func checkThatItIsThere(_ key: String) async throws {
        let memory = try await ledger.resolve(memory(key))
        guard try await ledger.find(memory) != nil else { throw MemoryLedgerError.notFound(memory) }
    }

    /// Deletes a memory; its history stays.
    ///
    /// - Throws: `KVMemoryError`, `KVMemory: delete: key K not found`.
    public func delete(_ key: String) async throws {
        try await naming("delete", key) { try await ledger.delete(memory(key), by: attribution) }
    }

    private func memory(_ key: String) -> MemoryKey { MemoryKey(namespace: namespace, key: key) }

    private func naming(_ method: String, _ key: String, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as MemoryLedgerError where error.code == .notFound {
            throw KVMemoryError(.notFound, "KVMemory: \(method): key \(key) not found")
        } catch let error as MemoryLedgerError where error.code == .alreadyExists {
            let taken = error.memory?.key ?? key
            throw KVMemoryError(.alreadyExists, "KVMemory: \(method): key \(taken) already exists")
        } catch let error as MemoryLedgerError where error.code == .sameKey {
            throw KVMemoryError(.sameKey, "KVMemory: \(method): old_key and new_key must be different")
        }
    }
}

/// An error in the words of the system that this one replaces.
public struct KVMemoryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong.
    public enum Code: Hashable, Sendable {
        case notFound
        case alreadyExists
        /// Both keys mean the same memory.
        case sameKey
    }

    public var code: Code
    public var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
