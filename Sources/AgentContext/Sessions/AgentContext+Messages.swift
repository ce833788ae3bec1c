public import EventLog
import LedgerStorage
public import MemoryLedger

/// A message that was appended, and what it led to.
public struct AppendedMessage: Hashable, Sendable {
    public var id: String
    /// 1, 2, 3, … in its session.
    public var number: Int64
    public var tokens: Int
    public var isEstimated: Bool
    public var position: Position
    /// The session with it.
    public var state: SessionState
}

/// What left a queue, and what took its place.
public struct EvictedMessages: Hashable, Sendable {
    public var eviction: Eviction
    /// The summary's: 1, 2, 3, … in its session.
    public var number: Int
    public var position: Position
    /// The session after it.
    public var state: SessionState
}

extension AgentContext {
    /// Appends what is said in a session, and tells how near its context is to its budget.
    ///
    /// - Throws: `AgentContextError` with `noSession`, `sessionEnded` or `noRoom` (the queue has
    ///   `ContextLimits.queueMessages`); `MemoryLedgerError.invalidArgument`; what appending throws.
    public func append(_ message: SessionMessage, to session: MemoryKey) async throws -> AppendedMessage {
        let message = try checked(message)
        if let appended = try await append(remembering: message, to: session) { return appended }
        let now = now
        var before: Turn?
        let erasures = LedgerEvent.Stream.erasures
        let stream = SessionsModule.family.stream(session.namespace, session.key)
        let committed = try await ledger.commit(
            to: [stream, erasures], by: attribution, isRestricted: true
        ) { tables, versions in
            var turn = try ledger.turn(of: session, withRows: false, isRead: true, tables)
            _ = try SessionRows.open(turn.state, at: now)
            try checkRoom(turn.state)
            turn.versions = Turn.Versions(session: versions[stream] ?? 0, erasures: versions[erasures] ?? 0)
            before = turn
            return [
                StreamChange(stream, [SessionEvent.appended(message)], for: turn.state.users),
                // What is erased in between is not appended to.
                StreamChange(erasures),
            ]
        }
        guard let before, let appended = await appended(message, to: before, committed, at: now) else {
            throw AgentContextError.noSession(session.key, session.namespace)
        }
        return appended
    }

    /// The same, decided on what is remembered of the session, so that nothing is read.
    ///
    /// - Returns: nil if that is nothing, not enough, or not true any more.
    private func append(
        remembering message: SessionMessage, to session: MemoryKey
    ) async throws -> AppendedMessage? {
        let stream = SessionsModule.family.stream(session.namespace, session.key)
        let now = now
        guard let turns = ledger.source.turns, let turn = turns.last(stream),
            let versions = turn.versions, turn.state.isOpen(at: now), turn.state.hasRoom
        else { return nil }
        let changes = [
            StreamChange(
                stream, [SessionEvent.appended(message)], .atVersion(versions.session), for: turn.state.users),
            // What is erased in between is not appended to.
            StreamChange(
                LedgerEvent.Stream.erasures, [],
                versions.erasures == 0 ? .mustNotExist : .atVersion(versions.erasures)),
        ]
        guard let committed = try await ledger.commit(remembered: changes, by: attribution) else {
            turns.drop(stream)
            return nil
        }
        return await appended(message, to: turn, committed, at: now)
    }

    private func appended(
        _ message: SessionMessage, to turn: Turn, _ committed: CommittedEvents, at now: Timestamp
    ) async -> AppendedMessage? {
        guard let id = committed.ids.first, let position = committed.positions.first else { return nil }
        var after = turn
        after.append(message, at: now)
        var state: SessionState?
        if let turns = ledger.source.turns {
            state = turns.advance(turn, to: position) { $0.append(message, at: now) }?.state
            if state == nil {
                // Others have changed the session's context, too. The message stands, whatever keeps that from being
                // read.
                state = try? await ledger.session(MemoryKey(namespace: turn.state.namespace, key: turn.state.id))
            }
        }
        return AppendedMessage(
            id: id.description, number: after.state.messages, tokens: message.tokens ?? 0,
            isEstimated: message.isEstimated, position: position, state: state ?? after.state)
    }

    /// - Throws: `AgentContextError.noRoom`.
    private func checkRoom(_ state: SessionState) throws {
        guard !state.hasRoom else { return }
        throw AgentContextError(
            .noRoom,
            "The queue of session \(state.id) has \(state.queued) messages, the most that there may be "
                + "(ContextLimits.queueMessages); evict some with `session evict`.")
    }

    /// With its tokens.
    private func checked(_ message: SessionMessage) throws -> SessionMessage {
        try check(message.content, "A message", bytes: ContextLimits.contentBytes, tokens: message.tokens)
        var message = message
        let calls = message.toolCalls.isEmpty ? "" : JSONValue.array(message.toolCalls).description
        try check(calls, "The calls of a message", bytes: ContextLimits.metadataBytes)
        guard message.toolCalls.isEmpty || message.role == .assistant else {
            throw MemoryLedgerError(.invalidArgument, "Only an assistant's message has tool calls.")
        }
        guard message.toolCallID == nil || message.role == .tool else {
            throw MemoryLedgerError(.invalidArgument, "Only a tool's message is the result of a call.")
        }
        if message.tokens == nil {
            message.tokens = counter.count(message.content) + (calls.isEmpty ? 0 : counter.count(calls))
            message.isEstimated = true
        }
        return message
    }

    /// Moves the oldest messages out of the queue, which recall keeps, and puts a summary of them and of the summary
    /// before in their place. As many go as the session's settings say, and as the budget needs; a call never without
    /// its result.
    ///
    /// - Parameter tokens: of the summary, as the model counts them; nil: they are estimated.
    /// - Throws: `AgentContextError` with `noSession`, `sessionEnded`, `nothingToEvict` or `noRoom` (the summary
    ///   itself); `MemoryLedgerError.invalidArgument`; what appending throws.
    public func evict(
        _ session: MemoryKey, summary: String, tokens: Int? = nil
    ) async throws -> EvictedMessages {
        try check(summary, "A summary", bytes: ContextLimits.contentBytes, tokens: tokens)
        guard !summary.isEmpty else {
            throw MemoryLedgerError(.invalidArgument, "The summary is empty; say what leaves the queue.")
        }
        let summary = counted(summary, tokens)
        let now = now
        var done: (Eviction, SessionState)?
        let stream = SessionsModule.family.stream(session.namespace, session.key)
        let committed = try await ledger.commit(to: [stream], by: attribution) { tables in
            let state = try SessionRows.open(session, at: now, tables)
            let eviction = try decide(state, summary, MessageRows.queue(state.id, tables))
            var after = state
            after.evictedThrough = eviction.last
            after.evictions += 1
            after.tokens.summary = summary.tokens
            after.tokens.queue -= eviction.tokens
            after.updatedAt = now
            done = (eviction, after)
            return [StreamChange(stream, [SessionEvent.evicted(eviction)], for: state.users)]
        }
        guard let (eviction, state) = done, let position = committed.positions.first else {
            throw AgentContextError.noSession(session.key, session.namespace)
        }
        return EvictedMessages(eviction: eviction, number: state.evictions, position: position, state: state)
    }

    private func decide(_ state: SessionState, _ summary: CountedText, _ queue: [QueuedMessage]) throws -> Eviction {
        let before = state.tokens
        let fixed = before.system + before.working + summary.tokens
        guard fixed <= state.settings.budget else {
            let others = before.system + before.working
            throw AgentContextError(
                .noRoom,
                "The budget of \(state.settings.budget) tokens has no room for the summary (\(summary.tokens)) beside the "
                    + "role's instructions (\(before.system)) and the blocks (\(before.working)); "
                    + (others >= state.settings.budget ? "shorten these, or raise the budget." : "give a shorter one."),
                ["tokens": JSONValue(fixed), "budget": JSONValue(state.settings.budget)])
        }
        let plan = EvictionPlan(
            queue, room: state.settings.budget - fixed,
            share: (before.queue * state.settings.evictionPercent + 99) / 100)
        guard let plan, let first = queue.first else {
            throw AgentContextError(
                .nothingToEvict,
                queue.isEmpty
                    ? "The queue of session \(state.id) is empty."
                    : "All messages in the queue belong to calls that wait for their results; append those first.")
        }
        return Eviction(
            messages: first.number...queue[plan.count - 1].number, count: plan.count, tokens: plan.tokens,
            summary: summary, tokensBefore: before.total, tokensAfter: fixed + before.queue - plan.tokens,
            settings: state.settings)
    }
}
