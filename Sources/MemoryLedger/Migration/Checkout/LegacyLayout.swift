import EventLog

/// A layout of the old program that a checkout can be written in, so that the old program can go on with it.
///
///     let report = try await ledger.checkout(in: .keyv, to: "kv.db")
public enum LegacyLayout: String, Hashable, Sendable, CaseIterable {
    /// Keyv with @keyv/sqlite 3 or 4, as kv-memory up to 0.3.0 reads it. It holds all fields of a memory.
    case keyv
    /// The native tables of kv-memory 1.3.0 to 2.0.0. No namespaces, domains, types, keywords or expiries, and no links
    /// to keys that hold no memory.
    case kvMemory2 = "kv-memory-2"

    /// What `migrate` finds in such a file.
    var format: LegacyFormat {
        switch self {
        case .keyv: .keyv
        case .kvMemory2: .kvMemory2
        }
    }

    /// The table that its memories are in.
    var table: String {
        switch self {
        case .keyv: "keyv"
        case .kvMemory2: "memories"
        }
    }

    /// The key of a memory's row. Several memories may have one: the old program does not tell them apart.
    func rowKey(of memory: MemoryKey) -> String {
        if self == .kvMemory2, memory.namespace.hasSameBytes(as: MemoryKey.defaultNamespace) { return memory.key }
        // Keyv puts the namespace in front unless it stands there already, and later versions have no other convention.
        return memory.hasPrefix ? memory.key : "\(memory.namespace):\(memory.key)"
    }
}
