package import EventLog
import LedgerStorage

/// What is written in a memory that was read, for those who need no statistics of it: which reads wait to be counted
/// makes no difference then, and there is less to read.
package struct AccessedContent: Sendable {
    /// The memory that the key meant.
    package var memory: MemoryKey
    package var content: MemoryContent
}

/// Finds the content of a memory that is to be counted.
struct ContentFinder {
    let parts: LedgerParts
    let attribution: Attribution

    enum Answer {
        /// The memory by which the reader came is not shown.
        case noWay
        case content(MemoryContent?)
    }

    /// Both in one read: one of its own for each would cost twice as much.
    ///
    /// - Parameters:
    ///   - memory: as `resolve` answers it.
    ///   - way: the memory by which the reader came, likewise; nil: none.
    /// - Throws: `EventLogError.actorRequired` if a counted read without an actor would be refused; `masterKeyMissing`
    ///   or `masterKeyWrong`.
    func find(_ memory: MemoryKey, by way: MemoryKey?) throws -> Answer {
        let now = parts.now
        var answer = Answer.content(nil)
        guard let way else {
            try parts.tables.read { sqlite in
                try MemoryRows.content(of: memory, now: now, sqlite) { content, policy in
                    try check(memory, policy, sqlite)
                    answer = .content(content)
                }
            }
            return answer
        }
        try parts.tables.readSnapshot { sqlite in
            try MemoryRows.content(of: memory, now: now, sqlite) { content, policy in
                try check(memory, policy, sqlite)
                if !way.namespace.hasSameBytes(as: memory.namespace) { try parts.locked.check(way.namespace, sqlite) }
                answer = try MemoryRows.shows(way, now: now, sqlite) ? .content(content) : .noWay
            }
        }
        return answer
    }

    /// - Throws: as `find`.
    func check(_ memory: MemoryKey, _ policy: LedgerPolicy, _ sqlite: SQLiteConnection) throws {
        if !attribution.hasActor { try parts.policy.checkActor(attribution, stored: policy) }
        try parts.locked.check(memory.namespace, sqlite)
    }
}

extension MemoryLedger {
    /// Reads what is written in a memory and counts an access to it, as `access` does.
    package func content(accessing memory: MemoryKey, by attribution: Attribution) async throws -> AccessedContent? {
        let memory = try await resolve(memory)
        guard
            case .content(let content?) = try ContentFinder(parts: parts, attribution: attribution)
                .find(memory, by: nil)
        else { return nil }
        _ = try await reads.count(memory, .accessed, by: attribution)
        return AccessedContent(memory: memory, content: content)
    }

    /// Counts that the reader went through a memory on its way to another one, and then reads that as
    /// `content(accessing:by:)` does.
    ///
    /// - Returns: whether the memory on the way is shown; if not, nothing was read or counted.
    package func content(
        accessing memory: MemoryKey, through way: MemoryKey, by attribution: Attribution
    ) async throws -> (isWayThere: Bool, found: AccessedContent?) {
        let (memory, way) = (try await resolve(memory), try await resolve(way))
        guard
            case .content(let content) = try ContentFinder(parts: parts, attribution: attribution)
                .find(memory, by: way)
        else { return (false, nil) }
        _ = try await reads.count(way, .traversed, by: attribution)
        guard let content else { return (true, nil) }
        _ = try await reads.count(memory, .accessed, by: attribution)
        return (true, AccessedContent(memory: memory, content: content))
    }
}
