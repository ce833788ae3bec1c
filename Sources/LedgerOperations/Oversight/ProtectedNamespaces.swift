public import EventLog
public import MemoryLedger

/// The namespaces whose memories are encrypted, and what a call did about it.
public struct ProtectedNamespaces: Sendable, DescribedResult {
    package static let members: [DocumentMember] = [.init("namespaces", .objects)]

    /// Each with the position from which on it is encrypted.
    public var namespaces: [(namespace: String, position: Position)]
    /// The one that is encrypted from now on.
    public var protected: String?
    /// Data keys that were wrapped with another master key.
    public var rewrappedKeys: Int?

    public init(
        _ namespaces: [(namespace: String, position: Position)], protected: String? = nil, rewrappedKeys: Int? = nil
    ) {
        self.namespaces = namespaces
        self.protected = protected
        self.rewrappedKeys = rewrappedKeys
    }

    /// `{"namespaces": [{"namespace", "position"}], "protected", "data_keys_rewrapped"}`.
    public func document() -> JSONValue {
        [
            "namespaces": .array(
                namespaces.map { ["namespace": .string($0.namespace), "position": JSONValue($0.position)] }),
            "protected": JSONValue(optional: protected),
            "data_keys_rewrapped": rewrappedKeys.map { JSONValue($0) } ?? .null,
        ]
    }
}
