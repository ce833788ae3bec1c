/// The layouts in which the old system kept its memories. Which one a database has is read off its schema, never
/// guessed from its contents.
public enum LegacyFormat: String, Hashable, Sendable, CaseIterable {
    /// Keyv with @keyv/sqlite 3 or 4: `keyv(key, value)`, the namespace in front of the key.
    case keyv
    /// Keyv 6 with @keyv/sqlite 6: `keyv(key, value, namespace, expires)`; `expires` may still be missing.
    case keyv6
    /// The first native tables: `memories` with a namespace column, JSON in `keywords`, `meta` and `links`.
    case kvMemory1 = "kv-memory-1"
    /// The later native tables: `memories` without a namespace, links in `memory_links` only.
    case kvMemory2 = "kv-memory-2"

    var isKeyv: Bool { self == .keyv || self == .keyv6 }
}
