public import EventLog

/// The memories of one namespace, with the methods of the system that this one replaces.
///
/// Differences, all on purpose: `updateKey` onto a taken key throws instead of replacing, links that point at the old
/// key follow a rename, the degrees are real, and there is a `delete`.
public struct KVMemory: Sendable {
    public let namespace: String
    let ledger: MemoryLedger
    let context: EventContext

    /// - Parameter context: who acts; goes into every event.
    public init(
        _ ledger: MemoryLedger, namespace: String = MemoryKey.defaultNamespace,
        by context: EventContext = EventContext()
    ) {
        self.ledger = ledger
        self.namespace = namespace
        self.context = context
    }

    /// Writes a memory, replacing what the key holds; its statistics begin anew.
    public func add(_ key: String, _ value: MemoryContent) async throws {
        try await ledger.put(memory(key), value, by: context)
    }

    /// The memory, or nil. Counts nothing.
    public func get(_ key: String) async throws -> Memory? {
        try await ledger.reading(by: context).get(memory(key))
    }

    /// Replaces the statistics, but for the degrees.
    ///
    /// - Throws: `KVMemoryError`, `KVMemory: setMeta: key K not found`.
    public func setMeta(_ key: String, _ meta: MemoryMeta) async throws {
        try await naming("setMeta", key) {
            try await ledger.setMeta(memory(key), MemoryMetaValues(meta), by: context)
        }
    }

    /// Changes the fields that are given; lists are replaced whole.
    ///
    /// - Throws: `KVMemoryError`, `KVMemory: update: key K not found`.
    public func update(_ key: String, _ partial: MemoryChange) async throws {
        try await naming("update", key) {
            if partial.isEmpty {
                // Nothing changes, so nothing happened; but a missing key is an error all the same.
                guard try await ledger.find(memory(key)) != nil else { throw MemoryLedgerError.notFound(memory(key)) }
            } else {
                try await ledger.update(memory(key), partial, by: context)
            }
        }
    }

    /// Moves a memory to another key.
    ///
    /// - Throws: `KVMemoryError`, `KVMemory: updateKey: key K not found`, or that the new key already exists.
    public func updateKey(_ oldKey: String, _ newKey: String) async throws {
        try await naming("updateKey", oldKey) {
            let (old, new) = (memory(oldKey), memory(newKey))
            if old == new {
                guard try await ledger.find(old) != nil else { throw MemoryLedgerError.notFound(old) }
            } else {
                try await ledger.rename(old, to: new.key, by: context)
            }
        }
    }

    /// Deletes a memory; its history stays.
    ///
    /// - Throws: `KVMemoryError`, `KVMemory: delete: key K not found`.
    public func delete(_ key: String) async throws {
        try await naming("delete", key) { try await ledger.delete(memory(key), by: context) }
    }

    private func memory(_ key: String) -> MemoryKey { Self.memory(namespace, key) }

    /// The memory that a key of the old system means: there, `a` and `mem:a` are one in the namespace `mem`.
    static func memory(_ namespace: String, _ key: String) -> MemoryKey {
        let prefix = namespace.utf8.count + 1
        guard key.utf8.count > prefix, key.utf8.starts(with: namespace.utf8),
            key.utf8.dropFirst(prefix - 1).first == UInt8(ascii: ":")
        else { return MemoryKey(namespace: namespace, key: key) }
        return MemoryKey(namespace: namespace, key: String(decoding: key.utf8.dropFirst(prefix), as: UTF8.self))
    }

    private func naming(_ method: String, _ key: String, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as MemoryLedgerError where error.code == .notFound {
            throw KVMemoryError(.notFound, "KVMemory: \(method): key \(key) not found")
        } catch let error as MemoryLedgerError where error.code == .alreadyExists {
            let taken = error.memory?.key ?? key
            throw KVMemoryError(.alreadyExists, "KVMemory: \(method): key \(taken) already exists")
        }
    }
}

/// An error in the words of the system that this one replaces.
public struct KVMemoryError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        case notFound
        case alreadyExists
    }

    public var code: Code
    public var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
