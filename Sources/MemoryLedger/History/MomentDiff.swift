package import EventLog

/// What differs between two moments, a page at a time.
struct MomentDiff {
    private let parts: LedgerParts

    init(_ parts: LedgerParts) { self.parts = parts }

    /// - Throws: as `MemoryLedger.diff`.
    func page(_ query: DiffQuery) async throws -> DiffPage {
        guard (1...DiffQuery.maximumLimit).contains(query.limit) else {
            throw MemoryLedgerError(
                .invalidArgument, "A page holds 1 to \(DiffQuery.maximumLimit) differences, not \(query.limit).")
        }
        if let memory = query.memory, let namespace = query.namespace, !memory.namespace.hasSameBytes(as: namespace) {
            throw MemoryLedgerError(
                .invalidArgument, "The key is in namespace \(memory.namespace), not \(namespace); give one of them.")
        }
        let cursor = try query.after.map { try DiffCursor($0) }
        try await parts.flush()
        let (log, now) = (parts.log, parts.now)
        let from = try await log.resolveBoundary(query.from, now: now)
        let head = try await log.head()
        var to = try await log.resolveBoundary(query.to ?? .position(cursor?.to ?? head), now: now)
        // The present is later than the last event.
        if query.to == nil { to.time = now }
        var query = query
        query.memory = try await resolve(query.memory, from, to)
        let comparison = DiffComparison(parts: parts, query: query, from: from, to: to, after: cursor?.memory)
        let (differences, hasMore) = try await comparison.page()
        if differences.isEmpty, cursor == nil, let memory = query.memory {
            let old = try await LedgerView(parts, from).find(memory)
            let new = try await LedgerView(parts, to).find(memory)
            guard old != nil || new != nil else { throw MemoryLedgerError.notFound(memory) }
        }
        let last = hasMore ? differences.last?.memory : nil
        return DiffPage(
            from: from, to: to, differences: differences,
            next: last.map { DiffCursor(memory: $0, to: to.position).text })
    }

    /// What a key means at the later of two moments, or at the other where it means nothing then.
    private func resolve(_ memory: MemoryKey?, _ from: LogMoment, _ to: LogMoment) async throws -> MemoryKey? {
        guard let memory, memory.hasPrefix else { return memory }
        let found = try await LedgerView(parts, to).resolve(memory)
        if try await LedgerView(parts, to).includingQuarantined.find(found) != nil { return found }
        return try await LedgerView(parts, from).resolve(memory)
    }
}

extension DiffQuery {
    /// What "now" was when a page was made; nil if the cursor is none.
    package static func position(ofCursor cursor: String) -> Position? { try? DiffCursor(cursor).to }
}

/// Where a page of differences ended, and what "now" was.
private struct DiffCursor {
    var memory: MemoryKey
    var to: Position

    init(memory: MemoryKey, to: Position) {
        self.memory = memory
        self.to = to
    }

    init(_ text: String) throws {
        let parts = text.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let to = Position(parts[0]) else {
            throw MemoryLedgerError(
                .invalidArgument, "\"\(text)\" is not a cursor; pass the `next` of the page before.")
        }
        memory = try MemoryQuery.decode(cursor: String(parts[1]))
        self.to = to
    }

    var text: String { "\(to).\(MemoryQuery.cursor(after: memory))" }
}
