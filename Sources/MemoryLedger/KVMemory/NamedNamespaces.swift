import EventLog
import Synchronization

/// Namespaces that were named to a service, whether or not they hold a memory.
final class NamedNamespaces: Sendable {
    private let names = Mutex<Set<ByteText>>([])

    func contains(_ namespace: String) -> Bool { names.withLock { $0.contains(ByteText(namespace)) } }

    /// - Throws: `KVNamespaceError` where there are too many.
    func add(_ namespace: String) throws {
        try names.withLock { names in
            guard names.count < KVMemoryService.maximumNamedNamespaces else { throw KVNamespaceError.tooManyNamespaces }
            names.insert(ByteText(namespace))
        }
    }
}

/// Why a namespace is not remembered.
public enum KVNamespaceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There are `KVMemoryService.maximumNamedNamespaces` already that hold no memory.
    case tooManyNamespaces

    public var description: String {
        switch self {
        case .tooManyNamespaces: "too many namespaces without a memory; add memories to those that are there"
        }
    }
}
