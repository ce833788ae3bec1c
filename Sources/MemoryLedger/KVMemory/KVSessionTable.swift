import EventLog

/// What `KVSessions` knows, and which session goes if there are too many.
struct KVSessionTable {
    private struct Entry {
        var session: KVSession
        var owner: String
        var endsAt: Timestamp
        /// Of the writing that it is from: the queue of its owner has it in this place.
        var turn: UInt64
    }

    /// The sessions of one owner. Its queue has each of them in the order of their writings, the last of a session
    /// counts; so the first that is still true is the one that ends first.
    private struct Owner {
        var count = 0
        var queue: [(id: String, turn: UInt64)] = []
        var first = 0
    }

    private var entries: [String: Entry] = [:]
    private var owners: [String: Owner] = [:]
    private var turn: UInt64 = 0

    mutating func open(_ session: KVSession, _ id: String, of owner: String, at now: Timestamp) {
        if entries.count >= KVSessions.maximumSessions { removeEnded(at: now) }
        while entries.count >= KVSessions.maximumSessions { removeOne() }
        write(session, id, owner, at: now)
    }

    mutating func session(_ id: String, at now: Timestamp) -> KVSession? {
        guard let entry = entries[id] else { return nil }
        guard entry.endsAt > now else {
            remove(id)
            return nil
        }
        return entry.session
    }

    mutating func remember(_ key: String, in id: String, at now: Timestamp) {
        guard var session = session(id, at: now), let owner = entries[id]?.owner else { return }
        session.lastMemoryKey = key
        write(session, id, owner, at: now)
    }

    private mutating func write(_ session: KVSession, _ id: String, _ name: String, at now: Timestamp) {
        let endsAt = Timestamp(milliseconds: now.milliseconds + KVSessions.lifetimeMilliseconds)
        turn += 1
        var owner = owners.removeValue(forKey: name) ?? Owner()
        if entries.updateValue(Entry(session: session, owner: name, endsAt: endsAt, turn: turn), forKey: id) == nil {
            owner.count += 1
        }
        owner.queue.append((id, turn))
        // Places that are not true any more are as many as true ones at most.
        if owner.queue.count > 2 * owner.count + Self.spareTurns {
            owner.queue = owner.queue[owner.first...].filter { entries[$0.id]?.turn == $0.turn }
            owner.first = 0
        }
        owners[name] = owner
    }

    // MARK: Removing

    /// So that a queue is not tidied at each writing of a few sessions.
    private static let spareTurns = 64

    private mutating func remove(_ id: String) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        owners[entry.owner]?.count -= 1
        if owners[entry.owner]?.count == 0 { owners[entry.owner] = nil }
    }

    private mutating func removeEnded(at now: Timestamp) {
        for name in owners.keys {
            while let id = first(of: name), let entry = entries[id], entry.endsAt <= now { remove(id) }
        }
    }

    /// The session that ends first of the owner that has the most.
    private mutating func removeOne() {
        let largest = owners.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }
        guard let name = largest?.key, let id = first(of: name) else { return entries.removeAll() }
        remove(id)
    }

    private mutating func first(of name: String) -> String? {
        guard var owner = owners.removeValue(forKey: name) else { return nil }
        defer { owners[name] = owner }
        while owner.first < owner.queue.count {
            let place = owner.queue[owner.first]
            if entries[place.id]?.turn == place.turn { return place.id }
            owner.first += 1
        }
        return nil
    }
}
