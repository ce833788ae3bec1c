public import EventLog
public import MemoryLedger

/// The namespaces whose memories are encrypted, and what a call did about it.
public struct ProtectedNamespaces: Sendable, DescribedResult {
    package static let members: [DocumentMember] = [.init("namespaces", .objects)]

    /// Each with the position from which on it is encrypted.
    public var namespaces: [(namespace: String, position: Position)]
    /// The one that is encrypted from now on.
    public var protected: String?
    /// Those that are encrypted from now on because sessions are; nil if they were not asked for.
    public var protectedNow: [String]?
    /// Data keys that were wrapped with another master key.
    public var rewrappedKeys: Int?

    public init(
        _ namespaces: [(namespace: String, position: Position)], protected: String? = nil, rewrappedKeys: Int? = nil
    ) {
        self.namespaces = namespaces
        self.protected = protected
        self.rewrappedKeys = rewrappedKeys
    }

    /// `{"namespaces": [{"namespace", "position"}], "protected", "data_keys_rewrapped"}`, and `"protected_now"` if
    /// sessions were to be protected.
    public func document() -> JSONValue {
        var object: JSONObject = [
            "namespaces": .array(
                namespaces.map { ["namespace": .string($0.namespace), "position": JSONValue($0.position)] }),
            "protected": JSONValue(optional: protected),
            "data_keys_rewrapped": rewrappedKeys.map { JSONValue($0) } ?? .null,
        ]
        if let protectedNow { object.append("protected_now", .array(protectedNow.map { .string($0) })) }
        return .object(object)
    }
}
