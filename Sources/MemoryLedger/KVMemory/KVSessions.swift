public import EventLog
import Synchronization

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
///     let session = service.sessions.open(namespace: "mem")
///     let linked = try await service.getMemory(session: session, "tea")
public final class KVSessions: Sendable {
    /// How long a session lives without being written.
    public static let lifetimeMilliseconds: Int64 = 300_000
    public static let maximumSessions = 100_000

    private let clock: any TimeSource
    private let random: @Sendable () -> UInt64
    // A lock, and no actor: a request asks twice, and would change threads for it.
    private let state = Mutex(KVSessionTable())

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
        let id = hex(random()) + hex(random())
        let now = clock.now()
        state.withLock { $0.open(KVSession(namespace: namespace, lastMemoryKey: ""), id, of: owner ?? "", at: now) }
        return id
    }

    /// The session; nil where there is none or it has ended.
    public func session(_ id: String) -> KVSession? {
        let now = clock.now()
        return state.withLock { $0.session(id, at: now) }
    }

    /// Notes the memory that was read last, which renews the session.
    public func remember(_ key: String, in id: String) {
        let now = clock.now()
        state.withLock { $0.remember(key, in: id, at: now) }
    }

    private func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
