public import EventLog
import LedgerStorage
public import MemoryLedger

extension AgentContext {
    /// What goes to the model: the role's instructions, blocks, memories that are asked for, the summary of what was
    /// evicted, and as many of the last messages as have room. Equal calls of equal positions give equal contexts.
    ///
    /// - Parameters:
    ///   - reading: the ledger, or a moment of it.
    ///   - budget: tokens; nil: the session's.
    ///   - memories: keys of memories that are put in, in this order, each once, at most
    ///     `ContextLimits.includedMemories`.
    ///   - tokens: of each of these, as the model counts them; nil: they are estimated, and all are if there are none.
    /// - Throws: `AgentContextError` with `noSession` or `noRoom`; `MemoryLedgerError` with `notFound` or
    ///   `invalidArgument`.
    public func context(
        of session: MemoryKey, budget: Int? = nil, including memories: [MemoryKey] = [], tokens: [Int?] = [],
        in reading: any MemoryReading
    ) async throws -> AssembledContext {
        if let budget { try Self.check(budget: budget) }
        let wanted = try Self.wanted(memories, tokens)
        for _ in 0..<Self.maximumAttempts {
            var included: [ContextSegment] = []
            var before: Position?
            if !memories.isEmpty {
                before = try await reading.readContext(session.namespace) { try reading.position(of: $0) }
            }
            for (key, tokens) in wanted {
                included.append(try await self.included(key, tokens, in: reading).segment)
            }
            let turn = try await reading.readContext(session.namespace) {
                try reading.turn(of: session, withRows: true, $0)
            }
            // All of it stands at one position.
            guard memories.isEmpty || before == turn.position, let rows = turn.rows else { continue }
            let assembly = ContextAssembly(
                fixed: rows.fixed(with: included), queue: rows.queue, budget: budget ?? turn.state.settings.budget)
            return try assembly.assembled(at: turn.position)
        }
        throw MemoryLedgerError(
            .contention, "Others wrote \(Self.maximumAttempts) times while the context was read; try again.")
    }

    private static let maximumAttempts = 32

    /// What a message answered: the context that was recorded with it, put together again.
    ///
    /// - Throws: `AgentContextError.noMessage`, also for one that was appended without; as `context(of:)`.
    public func context(answeredBy number: Int64, of session: MemoryKey) async throws -> AssembledContext {
        let message = try await ledger.readContext(session.namespace) { tables in
            _ = try SessionRows.get(session, tables)
            return try MessageRows.find(number: number, of: session.key, tables)
        }
        guard let message else {
            throw AgentContextError(
                .noMessage, "Session \(session.key) has no message \(number); `message list` shows those it has.")
        }
        guard let seen = message.message.context else {
            throw AgentContextError(
                .noMessage,
                "Message \(number) of session \(session.key) was appended without the context that it answers; "
                    + "give a position to assemble the session's context of then.")
        }
        guard !seen.isOfAnotherLedger else {
            throw AgentContextError(
                .noMessage,
                "Message \(number) of session \(session.key) was imported with its agent; the context that it answers "
                    + "stands at position \(seen.position) of the ledger that it was said in: ask that one.")
        }
        let then = try await ledger.asOf(.position(seen.position)).reading(by: attribution)
        return try await context(
            of: session, budget: seen.budget, including: seen.memories.map(\.key), tokens: seen.memories.map(\.tokens),
            in: then)
    }

    /// The context that a message answers, to be given with it: `SessionMessage.context`.
    ///
    /// - Parameters:
    ///   - memories: keys of those that were put in; each must have been there.
    ///   - tokens: as `context(of:)` was given them.
    /// - Throws: `MemoryLedgerError` with `notFound` or `invalidArgument`; `EventLogError.unknownMoment`.
    public func seen(
        at position: Position, budget: Int, memories: [MemoryKey] = [], tokens: [Int?] = []
    ) async throws -> SeenContext {
        let then = try await ledger.asOf(.position(position)).reading(by: attribution)
        var seen = SeenContext(position: position, budget: budget)
        for (key, tokens) in try Self.wanted(memories, tokens) {
            seen.memories.append(try await included(key, tokens, in: then).seen)
        }
        return seen
    }

    /// Each memory once, the first time that it is named.
    private static func wanted(_ memories: [MemoryKey], _ tokens: [Int?]) throws -> [(key: MemoryKey, tokens: Int?)] {
        var named: Set<MemoryKey> = []
        return zip(memories, try checked(tokens, of: memories)).filter { named.insert($0.0).inserted }
    }

    /// One for each memory.
    private static func checked(_ tokens: [Int?], of memories: [MemoryKey]) throws -> [Int?] {
        guard memories.count <= ContextLimits.includedMemories else {
            throw MemoryLedgerError(
                .invalidArgument,
                "A context has at most \(ContextLimits.includedMemories) memories, not \(memories.count).")
        }
        guard !tokens.isEmpty else { return memories.map { _ in nil } }
        guard tokens.count == memories.count else {
            throw MemoryLedgerError(
                .invalidArgument,
                "Tokens are given of \(tokens.count) memories, and \(memories.count) are put in; give them of each.")
        }
        for count in tokens.compactMap(\.self) where !(0...ContextLimits.tokens).contains(count) {
            throw MemoryLedgerError(.invalidArgument, "Tokens are 0 to \(ContextLimits.tokens), not \(count).")
        }
        return tokens
    }

    static func check(budget: Int) throws {
        guard (1...SessionSettings.maximumBudget).contains(budget) else {
            throw MemoryLedgerError(
                .invalidArgument, "A budget is 1 to \(SessionSettings.maximumBudget) tokens, not \(budget).")
        }
    }

    /// A memory as a context has it, and as is recorded of that.
    private func included(
        _ key: MemoryKey, _ tokens: Int?, in reading: any MemoryReading
    ) async throws -> (segment: ContextSegment, seen: SeenMemory) {
        guard let memory = try await reading.get(key) else { throw MemoryLedgerError.notFound(key) }
        let text = [memory.content.summary, memory.content.text].filter { !$0.isEmpty }.joined(separator: "\n\n")
        var segment = ContextSegment(.memory, name: memory.key, content: text, tokens: tokens ?? counter.count(text))
        segment.version = memory.version
        var seen = SeenMemory(memory.id, version: memory.version, tokens: segment.tokens)
        seen.isEstimated = tokens == nil
        return (segment, seen)
    }
}
