public import EventLog
import LedgerStorage
public import MemoryLedger
import TextSearch

/// Which messages are recalled: of a session, or of all sessions of a user.
public struct RecallQuery: Hashable, Sendable {
    public var namespace: String
    public var session: String?
    public var user: String?
    /// Of these; empty: of all.
    public var roles: [SessionMessage.Role] = []
    /// Both ends count.
    public var from: Timestamp?
    public var to: Timestamp?
    /// 1 to `ContextLimits.pageEntries`.
    public var limit = 20
    public var isOldestFirst = false
    /// The position of the last message of the page before.
    public var after: Position?

    public init(of session: MemoryKey) { (namespace, self.session) = (session.namespace, session.key) }

    public init(user: String, in namespace: String = MemoryKey.defaultNamespace) {
        (self.user, self.namespace) = (user, namespace)
    }
}

/// A page of messages.
public struct MessagePage: Hashable, Sendable {
    public var messages: [RecalledMessage]
    /// On all pages.
    public var total: Int64
    public var next: Position?
}

/// A message that a search found.
public struct FoundMessage: Hashable, Sendable {
    public var message: RecalledMessage
    public var relevance: Double
    public var excerpt: MarkedText
}

/// A page of what a search of messages found, the most relevant first.
public struct MessageSearchPage: Hashable, Sendable {
    public var messages: [FoundMessage]
    public var total: Int
    public var next: String?
    /// What was said up to this position was looked at.
    public var indexedTo: Position
    public var position: Position
    public var indexProblem: String?
}

extension MemoryReading {
    /// A page of what was said, the newest first.
    ///
    /// - Throws: `AgentContextError` with `noSession` or `noUser`; `MemoryLedgerError.invalidArgument`.
    public func messages(_ query: RecallQuery) async throws -> MessagePage {
        try query.check()
        return try await readContext(query.namespace) { tables in
            try query.checkExists(tables)
            var wanted = query
            wanted.limit += 1
            var (messages, total) = try MessageRows.page(wanted, tables)
            let hasMore = messages.count > query.limit
            if hasMore { messages.removeLast() }
            return MessagePage(
                messages: messages, total: total, next: hasMore ? messages.last?.position : nil)
        }
    }

    /// The messages around one, the oldest first, with it.
    ///
    /// - Parameter count: so many before it and behind it, at most.
    /// - Throws: `AgentContextError` with `noSession` or `noMessage`; `MemoryLedgerError.invalidArgument`.
    public func messages(
        around number: Int64, of session: MemoryKey, count: Int
    ) async throws -> [RecalledMessage] {
        var query = RecallQuery(of: session)
        query.limit = max(count, 1)
        try query.check()
        return try await readContext(session.namespace) { tables in
            try query.checkExists(tables)
            guard let middle = try MessageRows.find(number: number, of: session.key, tables) else {
                throw AgentContextError(
                    .noMessage, "Session \(session.key) has no message \(number); `message list` shows those it has.")
            }
            guard count > 0 else { return [middle] }
            query.after = middle.position
            let before = try MessageRows.list(query, tables)
            query.isOldestFirst = true
            return try before.reversed() + [middle] + MessageRows.list(query, tables)
        }
    }

    /// A page of what was said with these words, the most relevant first; the language is that of `MemorySearch.text`.
    ///
    /// - Parameters:
    ///   - after: the `next` of the page before; `query.after` does not count.
    ///   - waits: as `MemorySearch.waitsForIndex`.
    /// - Throws: `AgentContextError` with `noSession` or `noUser`; as `search`.
    public func searchMessages(
        _ text: String, _ query: RecallQuery, after: String? = nil, waits: Bool = false,
        report: @escaping @Sendable (_ done: Position, _ of: Position) -> Void = { _, _ in }
    ) async throws -> MessageSearchPage {
        try query.check()
        try await readContext(query.namespace) { try query.checkExists($0) }
        var search = ModuleSearch(
            MessageTexts.name, text, namespace: query.namespace, scope: query.scope, question: query.json,
            limit: query.limit, after: after)
        search.waitsForIndex = waits
        let page = try await searchTexts(
            search, report: report, count: { try MessageRows.said(query, $0) },
            isShown: { tables in query.isTimed ? { try MessageRows.isWanted($0, query, tables) } : nil },
            row: { found, tables in
                try MessageRows.find(position: found.began, tables).map {
                    FoundMessage(
                        message: $0, relevance: found.relevance, excerpt: found.excerpt($0.message.content))
                }
            })
        return MessageSearchPage(
            messages: page.rows.compactMap(\.self), total: page.total, next: page.next, indexedTo: page.indexedTo,
            position: page.position, indexProblem: page.indexProblem)
    }
}

extension RecallQuery {
    /// - Throws: `MemoryLedgerError.invalidArgument`.
    fileprivate func check() throws {
        guard (1...ContextLimits.pageEntries).contains(limit) else {
            throw MemoryLedgerError(
                .invalidArgument, "A page has 1 to \(ContextLimits.pageEntries) messages, not \(limit).")
        }
        guard (session == nil) != (user == nil) else {
            throw MemoryLedgerError(.invalidArgument, "Messages are of a session or of a user; name one of them.")
        }
    }

    fileprivate func checkExists(_ tables: SQLiteConnection) throws {
        if let session { _ = try SessionRows.get(MemoryKey(namespace: namespace, key: session), tables) }
        guard let user, try !People.has(user: user, namespace, tables) else { return }
        throw AgentContextError.noUser(user, namespace)
    }

    /// What the index does not know is asked for.
    fileprivate var isTimed: Bool { from != nil || to != nil }

    /// The narrowest first.
    fileprivate var scope: [[FilterTerm]] {
        var scope: [[FilterTerm]] = []
        if let session { scope.append([.encode(kind: MessageTexts.session, value: session)]) }
        if let user { scope.append([.encode(kind: MessageTexts.user, value: MessageTexts.user(user, namespace))]) }
        if !roles.isEmpty { scope.append(roles.map { .encode(kind: MessageTexts.role, value: $0.rawValue) }) }
        return scope
    }

    fileprivate var json: JSONObject {
        [
            "namespace": .string(namespace), "session": session.map { .string($0) } ?? .null,
            "user": user.map { .string($0) } ?? .null, "roles": .array(roles.map { .string($0.rawValue) }),
            "from": JSONValue(milliseconds: from), "to": JSONValue(milliseconds: to),
        ]
    }
}
