import EventLog
import LedgerStorage
public import MemoryLedger

/// A passage that is to be inserted.
public struct NewPassage: Hashable, Sendable {
    public var content: String
    public var tags: [String] = []
    public var metadata: JSONObject = [:]
    public var tokens: Int?
    /// What a model makes of it: at most `ContextLimits.embeddingBytes`, which mean what you make of them.
    public var embedding: [UInt8]?
    /// Whose it is.
    public var user: String?
    /// The session that it is inserted in: its user is whose it is, unless another is named.
    public var session: String?

    public init(_ content: String) { self.content = content }
}

/// What inserting a passage led to.
public struct InsertedPassage: Hashable, Sendable {
    public var passage: StoredPassage
    /// It was there already, as it is shown; nothing was appended.
    public var wasThere: Bool
    /// It goes with a user who is erased; nil: the ledger protects nothing.
    public var isProtected: Bool?
}

extension AgentContext {
    /// Puts a passage into an archive. One that says the same, byte by byte, is there once.
    ///
    /// - Throws: `AgentContextError.noSession`; `MemoryLedgerError.invalidArgument`; what appending throws.
    public func insert(
        _ new: NewPassage, into archive: String, in namespace: String = MemoryKey.defaultNamespace
    ) async throws -> InsertedPassage {
        try check(name: archive, "The archive")
        try check(new.content, "A passage", bytes: ContextLimits.contentBytes, tokens: new.tokens)
        guard !new.content.isEmpty else { throw MemoryLedgerError(.invalidArgument, "The passage is empty.") }
        try check(JSONValue.object(new.metadata).description, "Metadata", bytes: ContextLimits.metadataBytes)
        guard new.tags.count <= ContextLimits.tags else {
            throw MemoryLedgerError(
                .invalidArgument, "A passage has at most \(ContextLimits.tags) tags, not \(new.tags.count).")
        }
        for tag in new.tags { try check(name: tag, "The tag") }
        if let bytes = new.embedding?.count, bytes > ContextLimits.embeddingBytes {
            throw MemoryLedgerError(
                .invalidArgument, "An embedding has at most \(ContextLimits.embeddingBytes) bytes, not \(bytes).")
        }
        if let user = new.user { try check(name: user, "The user") }
        let id = PassageRows.streamID(new.content, archive)
        var wasThere = false
        let stream = PassagesModule.family.stream(namespace, id)
        try await ledger.commit(to: [stream], by: attribution) { tables in
            wasThere = try PassageRows.find(streamID: id, namespace, tables) != nil
            guard !wasThere else { return [] }
            let (passage, users) = try passage(new, archive, namespace, tables)
            return [StreamChange(stream, [PassageEvent.inserted(passage)], for: users)]
        }
        let stored = try await ledger.readContext(namespace) { try PassageRows.find(streamID: id, namespace, $0) }
        guard let stored else { throw AgentContextError.noPassage(id, archive) }
        return InsertedPassage(
            passage: stored, wasThere: wasThere, isProtected: try await isProtected(stored, in: namespace))
    }

    private func isProtected(_ stored: StoredPassage, in namespace: String) async throws -> Bool? {
        guard try protects(namespace) != nil else { return nil }
        return try await ledger.log.event(at: stored.position)?.protectedFor.isEmpty == false
    }

    /// The passage, and those whose it is: the session's user, and the one that was named.
    private func passage(
        _ new: NewPassage, _ archive: String, _ namespace: String, _ tables: SQLiteConnection
    ) throws -> (Passage, users: [String]) {
        let text = counted(new.content, new.tokens)
        var passage = Passage(text.text, archive: archive, tokens: text.tokens, isEstimated: text.isEstimated)
        for tag in new.tags where !passage.tags.contains(where: { $0.utf8.elementsEqual(tag.utf8) }) {
            passage.tags.append(tag)
        }
        passage.metadata = new.metadata
        passage.embedding = new.embedding
        passage.user = new.user
        let named = new.user.map { [$0] } ?? []
        guard let session = new.session else { return (passage, named) }
        let state = try SessionRows.get(MemoryKey(namespace: namespace, key: session), tables)
        passage.session = session
        passage.user = new.user ?? state.user
        return (passage, UserNames.joined(state.users, named))
    }

    /// Takes a passage out of an archive. An undo of the event brings it back.
    ///
    /// - Parameter id: as `StoredPassage.id`.
    /// - Throws: `AgentContextError.noPassage`; what appending throws.
    public func delete(
        passage id: String, from archive: String, in namespace: String = MemoryKey.defaultNamespace
    ) async throws {
        let found = try await ledger.readContext(namespace) { try PassageRows.find(id: id, archive, namespace, $0) }
        guard let found else { throw AgentContextError.noPassage(id, archive) }
        let stream = PassageRows.streamID(found.passage.content, archive)
        try await ledger.commit(to: PassagesModule.family.stream(namespace, stream), by: attribution) { tables in
            guard try PassageRows.find(id: id, archive, namespace, tables) != nil else {
                throw AgentContextError.noPassage(id, archive)
            }
            return [PassageEvent.deleted]
        }
    }
}

extension AgentContextError {
    static func noPassage(_ id: String, _ archive: String) -> Self {
        Self(.noPassage, "There is no passage \(id) in archive \(archive); `archive list` shows those that it has.")
    }
}
