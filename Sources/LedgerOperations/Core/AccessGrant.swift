import EventLog
public import MemoryLedger

/// What a caller may do: how much, and with the memories of which namespaces.
///
///     let grant = AccessGrant(.write, namespaces: ["research"])
///     try grant.check(AddMemory(MemoryKey(namespace: "research", key: "tea"), content))
public struct AccessGrant: Hashable, Sendable {
    /// How much a caller may do.
    public typealias Scope = AccessScope

    public var scope: Scope
    /// Compared byte by byte; nil: all namespaces.
    public let namespaces: [String]?
    private let known: Set<ByteText>?

    public init(_ scope: Scope, namespaces: [String]?) {
        self.scope = scope
        self.namespaces = namespaces
        known = namespaces.map { names in Set(names.map { ByteText($0) }) }
    }

    /// What a token lets its holder do.
    public init(_ token: AccessToken) { self.init(token.scope, namespaces: token.namespaces) }

    /// What the owner of the file may do, who has it in hands anyway.
    public static let everything = AccessGrant(.admin, namespaces: nil)

    /// Whether the memories of a namespace are among what the caller may read; nil: those of all.
    public func includes(namespace: String?) -> Bool {
        guard let known else { return true }
        guard let namespace else { return false }
        return known.contains(ByteText(namespace))
    }

    /// The namespace that the caller may do something in, if there is one only.
    package var onlyNamespace: String? { namespaces?.count == 1 ? namespaces?.first : nil }

    /// Whether a call is allowed; every front end that takes calls from others asks this, through
    /// `OperationRequest.perform`.
    ///
    /// - Throws: `AccessDeniedError`.
    public func check<Operation: LedgerOperation>(_ operation: Operation) throws {
        let needed = Operation.requiredScope
        guard scope >= needed else { throw AccessDeniedError(Operation.name, needs: needed) }
        guard Operation.scope == .namespace, known != nil else { return }
        guard let asked = operation.namespaces else { throw AccessDeniedError(Operation.name, namespace: nil) }
        if let other = asked.first(where: { !includes(namespace: $0) }) {
            throw AccessDeniedError(Operation.name, namespace: other)
        }
    }

    /// Whether the caller may read a namespace, for what is about one and is no operation: a session in it.
    ///
    /// - Parameter name: what is asked for, for the error.
    /// - Throws: `AccessDeniedError`.
    package func check(_ name: String, in namespace: String) throws {
        guard includes(namespace: namespace) else { throw AccessDeniedError(name, namespace: namespace) }
    }
}

/// A caller may not do what it asked for. Says nothing of what there is.
public struct AccessDeniedError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was asked for: an operation's name, or what the caller knows it by.
    public private(set) var name: String
    private let reason: String

    public var description: String { "\(name) \(reason)" }

    init(_ operation: String, needs scope: AccessGrant.Scope) {
        name = operation
        reason = "needs a token with the scope \(scope.rawValue); ask who runs the ledger for one."
    }

    /// - Parameter namespace: nil: all of them.
    init(_ operation: String, namespace: String?) {
        name = operation
        let place = namespace.map { "the namespace \(EchoedText.of($0))" } ?? "all namespaces; name one of the token's"
        reason = "is not allowed in \(place)."
    }

    /// The same, about what the caller has called: a tool or a route.
    package func naming(_ name: String) -> Self {
        var error = self
        error.name = name
        return error
    }
}
