public import EventLog
public import MemoryLedger

/// Memories that were asked for by their keys, in the order of these.
public struct FoundMemories: Hashable, Sendable, DescribedResult {
    public var memories: [Memory]
    /// What they were put into, as was asked for.
    public var context: String?
    /// The event that says so.
    public var position: Position?
    /// Those that are quarantined, and shown all the same.
    public var quarantined: Set<MemoryKey> = []

    /// One memory by itself has other ones than several.
    package static let members: [DocumentMember] = []
    package static let optionalMembers: [DocumentMember] =
        [.namespace, .key] + DocumentMember.content + [.init("meta", .object), .init("memories", .objects)]

    public init(_ memories: [Memory], context: String? = nil, position: Position? = nil) {
        self.memories = memories
        self.context = context
        self.position = position
    }

    /// Whether a memory is quarantined, and shown all the same.
    public func isQuarantined(_ memory: Memory) -> Bool {
        quarantined.contains(MemoryKey(namespace: memory.namespace, key: memory.key))
    }

    private func json(of memory: Memory) -> JSONValue {
        guard isQuarantined(memory), var object = memory.json.object else { return memory.json }
        object.append("quarantined", true)
        return .object(object)
    }

    /// One memory by itself; several, or if they were put into a context, `{"memories", "context", "position"}` with
    /// null for what there is not. A memory that is quarantined has `"quarantined": true`.
    public func document() -> JSONValue {
        if memories.count == 1, context == nil { return json(of: memories[0]) }
        return [
            "memories": .array(memories.map(json)), "context": JSONValue(optional: context),
            "position": position.map { JSONValue($0) } ?? .null,
        ]
    }
}

/// Which memories are asked for, all in one namespace.
package enum KeysParameter {
    /// Of one call.
    package static let maximumKeys = 1_000

    static let keys = Parameter(
        "keys", ArgumentType.string.list("a list of keys", count: 1...maximumKeys), "The keys.")

    static func memories(_ arguments: OperationArguments) throws -> [MemoryKey] {
        let namespace = try arguments[MemoryParameters.namespace]
        return try arguments[keys].map { MemoryKey(namespace: namespace, key: $0) }
    }

    /// - Throws: `OperationArgumentError` for too many or none.
    static func check(_ memories: [MemoryKey]) throws {
        guard (1...maximumKeys).contains(memories.count) else {
            throw OperationArgumentError(
                keys.name, after: " has 1 to \(maximumKeys) members, not \(memories.count).")
        }
    }
}

extension MemoryReading {
    /// Memories that must be there.
    func existing(_ keys: [MemoryKey]) async throws -> [Memory] {
        var found: [Memory] = []
        for key in keys { found.append(try await existing(key)) }
        return found
    }
}
