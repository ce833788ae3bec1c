import EventLog
import LedgerStorage

/// Which memories a session of the old program's second version finds: those whose whole key begins with the session's
/// namespace and a colon, in capitals or not, as `LIKE` compared them there.
///
/// In a ledger that is: what the namespace has, but for migrated memories whose keys begin with something else; and
/// migrated memories of any namespace whose keys begin with it. One that was renamed here may have lost its prefix, so
/// that it counts as the namespace's own.
struct SessionMemories {
    private let namespace: String
    private let prefix: [UInt8]
    private let migrated: MigratedKeys
    private let allows: (String) -> Bool

    /// - Parameter allows: a namespace may be looked into.
    init(of namespace: String, _ migrated: MigratedKeys, where allows: @escaping (String) -> Bool) {
        (self.namespace, self.migrated, self.allows) = (namespace, migrated, allows)
        prefix = Self.folded((namespace + ":").utf8)
    }

    private static func folded(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        bytes.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    }

    func has(_ memory: MemoryKey) throws -> Bool {
        let isOwn = memory.namespace.hasSameBytes(as: namespace)
        let isNamed = Self.folded(memory.key.utf8.prefix(prefix.count)) == prefix
        switch (isOwn, isNamed) {
        case (true, true): return true
        case (true, false): return try !migrated.hasRowKey(memory)
        case (false, true):
            return try allows(memory.namespace)
                && migrated.find(memory.key) { $0.hasSameBytes(as: memory.namespace) } == memory
        case (false, false): return false
        }
    }
}
