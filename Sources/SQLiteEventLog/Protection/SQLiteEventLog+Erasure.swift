package import EventLog
package import LedgerCapabilities

extension SQLiteEventLog {
    /// Looks at what an erasure would find, in one snapshot.
    package func inErasureScope<T>(_ body: (any ErasureScope) throws -> T) throws -> T {
        try file.readSnapshot { try body(OwnErasureScope(log: self, sqlite: $0)) }
    }

    /// Destroys data keys and appends the events that say so, in one transaction, which also notes that a purge is due:
    /// from then on the payloads cannot be read, but what was made of them is still there.
    ///
    /// - Parameter decide: called in the transaction; nothing is written where it throws.
    /// - Returns: the positions of the events, and what was decided.
    package func erase<T: Sendable>(
        _ decide: @escaping @Sendable (any ErasureScope) throws -> (ErasureDecision, T)
    ) async throws -> (positions: [Position], T) {
        let (keys, clock, limits) = (keys, clock, limits)
        defer { keys.noteChange() }
        return try await committer.exclusively { [self] sqlite, append in
            let (decision, result) = try decide(OwnErasureScope(log: self, sqlite: sqlite))
            let prepared = try PreparedAppend(
                [StreamAppend(decision.stream, events: decision.parts.map(\.event))], limits: limits,
                encoder: PayloadEncoder(dictionary: nil))
            let positions = try append(prepared).positions
            let now = clock.now()
            for (part, position) in zip(decision.parts, positions) {
                for key in part.keys { try DataKeys.destroy(key, erasedAt: position, at: now, sqlite) }
            }
            if let last = positions.last { try DataKeys.requestPurge(last, at: now, sqlite) }
            return (positions, result)
        }
    }

    /// The erasures whose purge is due.
    package func duePurges() throws -> [Position] { try file.readSnapshot { try DataKeys.duePurges($0) } }

    /// The position of the last erasure; 0 where there was none. What is built beside the ledger is of no use once it
    /// has moved.
    func lastErasure() throws -> Position { try file.read { try DataKeys.lastErasure($0) } }
}
