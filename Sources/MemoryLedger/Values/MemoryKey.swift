import EventLog

/// Where a memory lives: its namespace and its key within it. Either may contain colons.
///
///     let tea = MemoryKey(key: "tea")  // in the namespace "mem"
///     let login = MemoryKey(namespace: "project", key: "ui:login")
public struct MemoryKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var namespace: String
    public var key: String

    public init(namespace: String = MemoryKey.defaultNamespace, key: String) {
        self.namespace = namespace
        self.key = key
    }

    /// Where memories go when no namespace is named: `mem`.
    public static let defaultNamespace = "mem"

    /// Byte by byte, as the database compares: `é` as one character and as two are different keys.
    public static func == (left: Self, right: Self) -> Bool {
        left.namespace.hasSameBytes(as: right.namespace) && left.key.hasSameBytes(as: right.key)
    }

    public func hash(into hasher: inout Hasher) {
        namespace.hashBytes(into: &hasher)
        key.hashBytes(into: &hasher)
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.namespace.hasSameBytes(as: right.namespace)
            ? left.key.utf8.lexicographicallyPrecedes(right.key.utf8)
            : left.namespace.utf8.lexicographicallyPrecedes(right.namespace.utf8)
    }

    /// For messages only; with colons in a namespace it cannot be taken apart again.
    public var description: String { "\(namespace):\(key)" }
}
