import EventLog
import LedgerStorage

/// What is written in a memory, with what its links show of the memories of its namespace that they point at.
struct OutlinedContent {
    var content: MemoryContent
    fileprivate var linked: [ByteText: MemoryRows.Linked] = [:]
    fileprivate var mustAudit = false
    fileprivate let now: Timestamp

    /// Nil: the link's key means no memory that is shown.
    func outline(of key: String) -> LinkedOutline? { linked[ByteText(key)]?.outline(now) }
}

extension MemoryRows.Linked {
    func outline(_ now: Timestamp) -> LinkedOutline {
        LinkedOutline(memory: memory, summary: summary, points: MemoryScore(meta, at: now).points)
    }
}

extension MemoryLedger {
    /// Reads what is written in a memory and counts an access to it, with what its links show; that is read in the
    /// same snapshot, and so without this access.
    ///
    /// - Throws: as `content(accessing:by:)`, and where the outlines must be written down and cannot be. Then nothing
    ///   is counted.
    func outlinedContent(accessing memory: MemoryKey, by attribution: Attribution) async throws -> OutlinedContent? {
        let memory = memory.hasPrefix ? try await resolve(memory) : memory
        let finder = ContentFinder(parts: parts, attribution: attribution)
        var answer: OutlinedContent?
        while case .again(let append) = try finder.read(memory, into: &answer) { await append.hasEnded() }
        guard let found = answer else { return nil }
        _ = try await reads.count(memory, .accessed, by: attribution)
        if found.mustAudit {
            let keys = found.linked.keys.map(\.text).sorted { $0.precedesByBytes($1) }
            let count = found.content.links.count { $0.key != nil }
            try await reading(by: attribution).audit(.summaries, memory.namespace, ["keys": JSONValue(count)], keys)
        }
        return found
    }
}

extension ContentFinder {
    /// As `PresentReader.read`.
    fileprivate func read(_ memory: MemoryKey, into found: inout OutlinedContent?) throws -> ReadAttempt {
        let now = parts.now
        return try parts.counter.attempt { withPosition in
            try parts.readServing(withPosition) { sqlite in
                found = nil
                try MemoryRows.content(of: memory, now: now, sqlite) { content, policy in
                    try check(memory, policy, sqlite)
                    guard let content else { return }
                    let keys = content.links.compactMap(\.key)
                    found = OutlinedContent(content: content, now: now)
                    if keys.isEmpty { return }
                    found?.linked = try MemoryRows.linked(of: keys, namespace: memory.namespace, now: now, sqlite)
                    found?.mustAudit = try parts.policy.mustAudit(attribution, stored: policy)
                }
            }
        } add: { counts in
            guard var linked = found?.linked else { return }
            found?.linked = [:]
            for index in linked.values.indices {
                if let added = counts(linked.values[index].memory) { linked.values[index].meta.add(added) }
            }
            found?.linked = linked
        }
    }
}
