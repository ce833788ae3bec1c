import EventLog
import LedgerStorage

/// Links whose keys begin with their namespace's prefix count for what their key means, event by event: for the memory
/// of that very key as long as there is one, else for the key without the prefix.
///
/// Invariant: after each event the row of a link to a key counts for `MemoryKey.resolved` of that key, by what has a
/// row in `memories`; expired and quarantined memories have one.
extension MemoryWriter {
    /// What a link's key means.
    func target(of key: String, in namespace: NamespaceState) throws -> KeySlot {
        let memory = MemoryKey(namespace: namespace.name, key: key)
        guard memory.hasPrefix else { return try slot(memory) }
        guard try hasPrefixedLives(namespace) else { return try slot(memory.withoutPrefixes) }
        return try slot(memory.resolved { try slot($0).state != nil })
    }

    /// What stands in a link's row of its key where it means another one.
    static func givenKey(_ key: String?, to target: KeySlot) -> String? {
        // Prefixes that are taken off make it shorter.
        key?.utf8.count == target.memory.key.utf8.count ? nil : key
    }

    private func hasPrefixedLives(_ namespace: NamespaceState) throws -> Bool {
        if let known = namespace.hasPrefixedLives { return known }
        let find = try rows(.findLife)
        find.bind(1, namespace.name)
        defer { find.reset() }
        let found = try find.step()
        namespace.hasPrefixedLives = found
        return found
    }

    /// The event is about to put a memory under a key or to take one away: who has its links is seen to at its end.
    func noteOccupancy(of slot: KeySlot) {
        guard slot.hasPrefix, !unsettled.contains(where: { $0.slot === slot }) else { return }
        unsettled.append((slot, slot.state != nil))
    }

    /// Lets links go to the keys with a prefix that hold a memory since the event, and away from those that hold none.
    func settleLinks() throws {
        guard !unsettled.isEmpty else { return }
        let changed = unsettled
        unsettled = []
        for (slot, hadMemory) in changed where hadMemory && slot.state == nil { try release(slot) }
        for (slot, hadMemory) in changed where !hadMemory && slot.state != nil { try attract(slot) }
    }

    private func release(_ slot: KeySlot) throws {
        try note(.endLife, slot)
        guard let other = try otherMeaning(of: slot) else { return }
        for (link, _) in try linksTo(slot) { try settle(link, given: link.given ?? slot.memory.key, slot, other) }
    }

    private func attract(_ slot: KeySlot) throws {
        try note(.beginLife, slot)
        slot.namespace.hasPrefixedLives = true
        guard let other = try otherMeaning(of: slot) else { return }
        for (link, _) in try linksTo(other) {
            guard let given = link.given,
                MemoryKey(namespace: slot.memory.namespace, key: given).meanings.contains(slot.memory)
            else { continue }
            try settle(link, given: given, other, slot)
        }
    }

    /// What the links to a key with a prefix mean while it holds no memory.
    private func otherMeaning(of slot: KeySlot) throws -> KeySlot? {
        guard let shorter = slot.memory.withoutPrefix else { return nil }
        return try self.slot(shorter.resolved { try self.slot($0).state != nil })
    }

    private func settle(_ link: LinkRow, given: String, _ from: KeySlot, _ target: KeySlot) throws {
        try move(link, to: target, given: Self.givenKey(given, to: target))
        countLink(at: from, by: -1)
        countLink(at: target, by: 1)
    }

    private func note(_ statement: MemoryStatements.Statement, _ slot: KeySlot) throws {
        let note = try rows(statement)
        note.bind(1, slot.memory.namespace)
        note.bind(2, slot.memory.key)
        note.bind(3, position)
        try note.run()
    }
}
