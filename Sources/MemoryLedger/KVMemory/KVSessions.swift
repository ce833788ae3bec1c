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
    /// There are `KVSessions.maximumSessions` already.
    case tooManySessions

    public var description: String {
        switch self {
        case .invalidSession: "invalid session"
        case .tooManySessions: "too many sessions; try again in a few minutes"
        }
    }
}

/// Sessions in memory. One ends five minutes after it was made or last written; reading it does not renew it.
///
///     let session = try await service.sessions.open(namespace: "mem")
///     let linked = try await service.getMemory(session: session, "tea")
public actor KVSessions {
    private struct Entry {
        var session: KVSession
        var endsAt: Timestamp
    }

    /// How long a session lives without being written.
    public static let lifetimeMilliseconds: Int64 = 300_000
    public static let maximumSessions = 100_000

    private let clock: any TimeSource
    private let random: @Sendable () -> UInt64
    private var entries: [String: Entry] = [:]

    /// - Parameter random: 64 random bits; the system's generator unless told.
    public init(
        clock: any TimeSource, random: @escaping @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }
    ) {
        self.clock = clock
        self.random = random
    }

    /// Makes a session. Answers its id, 32 hexadecimal digits.
    ///
    /// - Throws: `KVSessionError.tooManySessions`.
    public func open(namespace: String = MemoryKey.defaultNamespace) throws -> String {
        if entries.count >= Self.maximumSessions {
            let now = clock.now()
            entries = entries.filter { $0.value.endsAt > now }
            guard entries.count < Self.maximumSessions else { throw KVSessionError.tooManySessions }
        }
        let id = hex(random()) + hex(random())
        write(KVSession(namespace: namespace, lastMemoryKey: ""), id)
        return id
    }

    /// The session; nil where there is none or it has ended.
    public func session(_ id: String) -> KVSession? {
        guard let entry = entries[id] else { return nil }
        guard entry.endsAt > clock.now() else {
            entries[id] = nil
            return nil
        }
        return entry.session
    }

    /// Notes the memory that was read last, which renews the session.
    public func remember(_ key: String, in id: String) {
        guard var session = session(id) else { return }
        session.lastMemoryKey = key
        write(session, id)
    }

    private func write(_ session: KVSession, _ id: String) {
        let endsAt = Timestamp(milliseconds: clock.now().milliseconds + Self.lifetimeMilliseconds)
        entries[id] = Entry(session: session, endsAt: endsAt)
    }

    private func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
