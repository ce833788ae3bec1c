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
    /// Reads what is written in a memory and counts an access to it, with what its links show; that is read in the same
    /// snapshot, and so without this access.
    ///
    /// - Throws: as `content(accessing:by:)`, and where the outlines must be written down and cannot be. Then nothing is
    ///   counted.
    func outlinedContent(accessing memory: MemoryKey, by attribution: Attribution) async throws -> OutlinedContent? {
        let memory = memory.hasPrefix ? try await resolve(memory) : memory
        let finder = ContentFinder(parts: parts, attribution: attribution)
        let found: OutlinedContent?
        switch try finder.outlined(memory) {
        case .done(let answer): found = answer
        case .again: found = try await reads.consistently({ try finder.outlined(memory, $0) }, add: finder.add)
        }
        guard let found else { return nil }
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
    fileprivate func outlined(_ memory: MemoryKey) throws -> ReadAttempt<OutlinedContent?> {
        try parts.counter.attempt({ try outlined(memory, $0) }, add: add)
    }

    fileprivate func outlined(_ memory: MemoryKey, _ withPosition: Bool) throws -> (OutlinedContent?, Position?) {
        let now = parts.now
        var found: OutlinedContent?
        let position = try parts.readServing(withPosition) { sqlite in
            try MemoryRows.content(of: memory, now: now, sqlite) { content, policy in
                try check(memory, policy, sqlite)
                guard let content else { return }
                var outlined = OutlinedContent(content: content, now: now)
                let keys = content.links.compactMap(\.key)
                if !keys.isEmpty {
                    outlined.linked = try MemoryRows.linked(of: keys, namespace: memory.namespace, now: now, sqlite)
                    outlined.mustAudit = try parts.policy.mustAudit(attribution, stored: policy)
                }
                found = outlined
            }
        }
        return (found, position)
    }

    fileprivate func add(_ found: inout OutlinedContent?, _ counts: (MemoryKey) -> ReadCounter.Counts?) {
        guard var outlined = found else { return }
        found = nil
        for (key, linked) in outlined.linked {
            if let added = counts(linked.memory) {
                var linked = linked
                added.apply(to: &linked.meta)
                outlined.linked[key] = linked
            }
        }
        found = outlined
    }
}
