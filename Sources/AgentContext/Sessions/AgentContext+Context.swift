import EventLog
import LedgerStorage
public import MemoryLedger

extension AgentContext {
    /// What goes to the model: the role's instructions, blocks, memories that are asked for, the summary of what was
    /// evicted, and as many of the last messages as have room. Equal calls of equal positions give equal contexts.
    ///
    /// - Parameters:
    ///   - reading: the ledger, or a moment of it.
    ///   - budget: tokens; nil: the session's.
    ///   - memories: keys of memories that are put in, in this order, at most `ContextLimits.includedMemories`.
    /// - Throws: `AgentContextError` with `noSession` or `noRoom`; `MemoryLedgerError` with `notFound` or
    ///   `invalidArgument`.
    public func context(
        of session: MemoryKey, budget: Int? = nil, including memories: [MemoryKey] = [],
        in reading: any MemoryReading
    ) async throws -> AssembledContext {
        if let budget { try Self.check(budget: budget) }
        guard memories.count <= ContextLimits.includedMemories else {
            throw MemoryLedgerError(
                .invalidArgument,
                "A context has at most \(ContextLimits.includedMemories) memories, not \(memories.count).")
        }
        for _ in 0..<Self.maximumAttempts {
            var included: [ContextSegment] = []
            var before: Position?
            if !memories.isEmpty {
                before = try await reading.readContext(session.namespace) { try reading.position(of: $0) }
            }
            for key in memories { included.append(try await segment(of: key, in: reading)) }
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
            of: session, budget: seen.budget, including: seen.memories.map(\.key), in: then)
    }

    static func check(budget: Int) throws {
        guard (1...SessionSettings.maximumBudget).contains(budget) else {
            throw MemoryLedgerError(
                .invalidArgument, "A budget is 1 to \(SessionSettings.maximumBudget) tokens, not \(budget).")
        }
    }

    private func segment(of key: MemoryKey, in reading: any MemoryReading) async throws -> ContextSegment {
        guard let memory = try await reading.get(key) else { throw MemoryLedgerError.notFound(key) }
        let text = [memory.content.summary, memory.content.text].filter { !$0.isEmpty }.joined(separator: "\n\n")
        var segment = ContextSegment(.memory, name: memory.key, content: text, tokens: counter.count(text))
        segment.version = memory.version
        return segment
    }
}
