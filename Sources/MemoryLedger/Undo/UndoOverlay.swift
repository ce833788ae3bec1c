import EventLog
import LedgerStorage

/// A memory as it would be, while a plan is being made.
final class UndoMemory {
    /// What it is now; nil for one that the plan puts back.
    let original: Memory?
    /// A place in the log where it is found: its key then, and the position.
    let anchor: (memory: MemoryKey, position: Position)
    var memory: Memory
    var isAlive = true
    /// Nothing has been taken back from it yet.
    var isPristine: Bool
    /// Its statistics were set, and are shown.
    var showsStatistics = false

    init(_ memory: Memory, original: Memory?, anchor: (MemoryKey, Position)) {
        self.memory = memory
        self.original = original
        self.anchor = anchor
        isPristine = original != nil
    }
}

/// The present state with a plan's compensations applied, memory by memory as it is asked for.
///
/// Invariant: links follow renames here as they do in the projection, in the memories that have been asked for and in
/// those that are asked for later.
struct UndoOverlay {
    private let ledger: MemoryLedger
    private let head: Position
    private var slots: [MemoryKey: UndoMemory?] = [:]
    /// The keys with a prefix among them.
    private var prefixed: Set<MemoryKey> = []
    private(set) var all: [UndoMemory] = []
    /// Memories that have or had a link to a key, by their place in `all`.
    private var holders: [MemoryKey: [Int]] = [:]
    private var places: [ObjectIdentifier: Int] = [:]
    /// Where links now point that point at a key in the tables.
    private var moved: [MemoryKey: MemoryKey] = [:]
    /// The keys in the tables whose links now point at a key.
    private var movedTo: [MemoryKey: Set<MemoryKey>] = [:]

    init(ledger: MemoryLedger, head: Position) {
        self.ledger = ledger
        self.head = head
    }

    // MARK: Memories

    /// What a key holds.
    mutating func holding(_ key: MemoryKey) async throws -> UndoMemory? {
        if let known = slots[key] { return known }
        guard var memory = try await ledger.includingQuarantined.find(key) else {
            set(nil, at: key)
            return nil
        }
        let original = memory
        for index in memory.content.links.indices {
            guard let target = memory.content.links[index].key else { continue }
            let now = moved[MemoryKey(namespace: key.namespace, key: target)]
            if let now { memory.content.links[index].key = now.key }
        }
        let found = UndoMemory(memory, original: original, anchor: (key, head))
        // Links that only moved along are a difference that the plan makes.
        put(found, at: key)
        return found
    }

    private mutating func set(_ memory: UndoMemory?, at key: MemoryKey) {
        slots.updateValue(memory, forKey: key)
        if key.hasPrefix { prefixed.insert(key) }
    }

    private mutating func put(_ memory: UndoMemory, at key: MemoryKey) {
        set(memory, at: key)
        places[ObjectIdentifier(memory)] = all.count
        all.append(memory)
        noteLinks(of: memory)
    }

    /// Puts a memory back under a key that holds none.
    mutating func place(_ memory: Memory, asOf position: Position) {
        put(UndoMemory(memory, original: nil, anchor: (memory.id, position)), at: memory.id)
    }

    mutating func remove(_ memory: UndoMemory) {
        memory.isAlive = false
        set(nil, at: memory.memory.id)
    }

    mutating func set(_ content: MemoryContent, of memory: UndoMemory) {
        memory.memory.content = content
        memory.isPristine = false
        noteLinks(of: memory)
    }

    private mutating func noteLinks(of memory: UndoMemory) {
        guard let place = places[ObjectIdentifier(memory)] else { return }
        for link in memory.memory.content.links {
            guard let target = link.key else { continue }
            for key in MemoryKey(namespace: memory.memory.namespace, key: target).meanings
            where holders[key]?.last != place {
                holders[key, default: []].append(place)
            }
        }
    }

    // MARK: What links mean

    /// What a link's key means here.
    func meaning(of key: String, in namespace: String) throws -> MemoryKey {
        try MemoryKey(namespace: namespace, key: key).resolved { key in
            if let known = slots[key] { return known != nil }
            return try ledger.tables.read { try MemoryRows.head(key, now: Timestamp(milliseconds: .min), $0) } != nil
        }
    }

    private func means(_ link: MemoryLink, _ key: MemoryKey) throws -> Bool {
        guard let own = link.key else { return false }
        return try meaning(of: own, in: key.namespace) == key
    }

    // MARK: Renaming

    /// The keys of the tables whose links point at a key here, and those whose links may, as the plan has given keys
    /// with a prefix a memory or taken it away.
    private func stored(_ key: MemoryKey) -> [MemoryKey] {
        var stored: Set<MemoryKey> = []
        for key in key.meanings + prefixed.filter({ $0 != key && $0.meanings.contains(key) }) {
            stored.formUnion(movedTo[key] ?? [])
            if moved[key] == nil { stored.insert(key) }
        }
        return stored.sorted()
    }

    /// True where a link of the tables to a key came there otherwise than by the rename of another key at a position,
    /// or called that other key by more than its name.
    func hasLinks(
        to key: MemoryKey, otherThanBy position: Position, of old: MemoryKey
    ) throws -> Bool {
        let namedOtherwise = try ledger.tables.read { sqlite in
            let row = try sqlite.statement(
                """
                SELECT 1 FROM ended_links
                WHERE namespace = ? AND to_key = ? AND ended = ? AND given_key IS NOT NULL LIMIT 1
                """)
            row.bind(1, old.namespace)
            row.bind(2, old.key)
            row.bind(3, position)
            defer { row.reset() }
            return try row.step()
        }
        return try namedOtherwise
            || stored(key).contains { target in
                try ledger.tables.read { sqlite in
                    let row = try sqlite.statement(
                        "SELECT 1 FROM memory_links WHERE namespace = ? AND to_key = ? AND position <> ? LIMIT 1")
                    row.bind(1, target.namespace)
                    row.bind(2, target.key)
                    row.bind(3, position)
                    defer { row.reset() }
                    return try row.step()
                }
            }
    }

    /// The memories that point at a key, those of the tables too.
    mutating func holders(of key: MemoryKey) async throws -> [UndoMemory] {
        for target in stored(key) {
            for holder in try storedHolders(of: target) { _ = try await holding(holder) }
        }
        var seen: Set<Int> = []
        return try (holders[key] ?? []).filter { seen.insert($0).inserted }.map { all[$0] }.filter { holder in
            try holder.isAlive && holder.memory.content.links.contains { try means($0, key) }
        }
    }

    private func storedHolders(of key: MemoryKey) throws -> [MemoryKey] {
        try ledger.tables.read { sqlite in
            let rows = try sqlite.statement(
                "SELECT DISTINCT from_key FROM memory_links WHERE namespace = ? AND to_key = ? ORDER BY 1")
            rows.bind(1, key.namespace)
            rows.bind(2, key.key)
            defer { rows.reset() }
            var keys: [MemoryKey] = []
            while try rows.step() { keys.append(MemoryKey(namespace: key.namespace, key: rows.text(0))) }
            return keys
        }
    }

    /// Moves a memory to a key that holds none; all links follow.
    mutating func rename(_ memory: UndoMemory, to key: String) async throws {
        let old = memory.memory.id
        let new = MemoryKey(namespace: old.namespace, key: key)
        let followers = try await holders(of: old).map { follower in
            (
                follower,
                try follower.memory.content.links.indices.filter { try means(follower.memory.content.links[$0], old) }
            )
        }
        set(nil, at: old)
        set(memory, at: new)
        memory.memory.id = new
        memory.memory.meta.id = key
        memory.isPristine = false
        for (follower, links) in followers {
            var content = follower.memory.content
            for index in links { content.links[index].key = key }
            let wasPristine = follower.isPristine
            set(content, of: follower)
            follower.isPristine = wasPristine && follower !== memory
        }
        var sources = movedTo.removeValue(forKey: old) ?? []
        if moved[old] == nil { sources.insert(old) }
        for source in sources { moved[source] = new }
        movedTo[new, default: []].formUnion(sources)
    }

    // MARK: What it comes to

    /// A memory that is put back was read more often than the one that it takes the place of.
    var bringsBackStatistics: Bool {
        var replaced: [MemoryKey: Memory] = [:]
        for memory in all where !memory.isAlive {
            if let original = memory.original { replaced[original.id] = original }
        }
        return all.contains { memory in
            guard memory.isAlive, memory.original == nil, let old = replaced[memory.memory.id]?.meta else {
                return false
            }
            let new = memory.memory.meta
            return new.accessCount > old.accessCount || new.traverseCount > old.traverseCount
        }
    }

    /// How the memories differ from what they are now, in the order of namespace and key.
    var differences: [MemoryDifference] {
        var differences: [MemoryDifference] = []
        var replaced: [MemoryKey: Memory] = [:]
        for memory in all where !memory.isAlive {
            if let original = memory.original { replaced[original.id] = original }
        }
        for memory in all where memory.isAlive {
            let former = memory.original ?? replaced.removeValue(forKey: memory.memory.id)
            let difference = MemoryDifference(
                from: former, to: memory.memory, isReplaced: memory.original == nil,
                statistics: memory.showsStatistics)
            if var difference {
                if former == nil { difference.isReplaced = false }
                // Degrees are counted by the projection, not set by anybody.
                difference.delta.fields.removeAll { MemoryFields.degrees.contains($0.field) }
                if difference.kind == .changed, difference.delta.isEmpty { continue }
                differences.append(difference)
            }
        }
        for original in replaced.values {
            differences += [MemoryDifference(from: original, to: nil)].compactMap(\.self)
        }
        return differences.sorted { ($0.memory, $0.kind.rawValue) < ($1.memory, $1.kind.rawValue) }
    }
}
