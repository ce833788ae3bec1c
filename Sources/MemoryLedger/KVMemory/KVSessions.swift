public import EventLog

/// A client's session: which namespace it works in, and which memory it read last.
public struct KVSession: Hashable, Sendable {
    public var namespace: String
    /// Empty until a memory was read.
    public var lastMemoryKey: String

    /// `{"kv_namespace", "last_memory_key"}`.
    public var json: JSONValue {
        ["kv_namespace": .string(namespace), "last_memory_key": .string(lastMemoryKey)]
    }
}

/// Why a call in a session fails.
public enum KVSessionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no session of that id, or it has ended.
    case invalidSession

    public var description: String { "invalid session" }
}

/// Sessions in memory. One ends five minutes after it was made or last written; reading it does not renew it.
///
/// There is always room for another: if there are too many, the one that would end first goes, of the owner that has
/// the most. So an owner that opens too many loses its own, and others keep theirs.
///
///     let session = await service.sessions.open(namespace: "mem")
///     let linked = try await service.getMemory(session: session, "tea")
public actor KVSessions {
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

    /// How long a session lives without being written.
    public static let lifetimeMilliseconds: Int64 = 300_000
    public static let maximumSessions = 100_000

    private let clock: any TimeSource
    private let random: @Sendable () -> UInt64
    private var entries: [String: Entry] = [:]
    private var owners: [String: Owner] = [:]
    private var turn: UInt64 = 0

    /// - Parameter random: 64 random bits; the system's generator unless told.
    public init(
        clock: any TimeSource, random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }
    ) {
        self.clock = clock
        self.random = random
    }

    /// Makes a session. Answers its id, 32 hexadecimal digits.
    ///
    /// - Parameter owner: who asks for it, such as the actor of a token; nil: one of those of whom nothing is known.
    public func open(namespace: String = MemoryKey.defaultNamespace, owner: String? = nil) -> String {
        if entries.count >= Self.maximumSessions { removeEnded() }
        while entries.count >= Self.maximumSessions { removeOne() }
        let id = hex(random()) + hex(random())
        write(KVSession(namespace: namespace, lastMemoryKey: ""), id, owner ?? "")
        return id
    }

    /// The session; nil where there is none or it has ended.
    public func session(_ id: String) -> KVSession? {
        guard let entry = entries[id] else { return nil }
        guard entry.endsAt > clock.now() else {
            remove(id)
            return nil
        }
        return entry.session
    }

    /// Notes the memory that was read last, which renews the session.
    public func remember(_ key: String, in id: String) {
        guard var session = session(id), let owner = entries[id]?.owner else { return }
        session.lastMemoryKey = key
        write(session, id, owner)
    }

    private func write(_ session: KVSession, _ id: String, _ name: String) {
        let endsAt = Timestamp(milliseconds: clock.now().milliseconds + Self.lifetimeMilliseconds)
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

    private func remove(_ id: String) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        owners[entry.owner]?.count -= 1
        if owners[entry.owner]?.count == 0 { owners[entry.owner] = nil }
    }

    private func removeEnded() {
        let now = clock.now()
        for name in owners.keys {
            while let id = first(of: name), let entry = entries[id], entry.endsAt <= now { remove(id) }
        }
    }

    /// The session that ends first of the owner that has the most.
    private func removeOne() {
        let largest = owners.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }
        guard let name = largest?.key, let id = first(of: name) else { return entries.removeAll() }
        remove(id)
    }

    private func first(of name: String) -> String? {
        guard var owner = owners.removeValue(forKey: name) else { return nil }
        defer { owners[name] = owner }
        while owner.first < owner.queue.count {
            let place = owner.queue[owner.first]
            if entries[place.id]?.turn == place.turn { return place.id }
            owner.first += 1
        }
        return nil
    }

    private func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
