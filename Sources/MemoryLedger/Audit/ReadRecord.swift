import Crypto
public import EventLog

/// What was asked of a ledger. An open list: later versions add some.
public struct ReadOperation: Hashable, Sendable {
    public let rawValue: String
    public init(_ rawValue: String) { self.rawValue = rawValue }

    public static let get = Self("get")
    public static let list = Self("list")
    public static let search = Self("search")
    /// A SELECT of the caller's own.
    public static let query = Self("query")
    public static let history = Self("history")
    public static let blame = Self("blame")
    public static let diff = Self("diff")
    public static let summaries = Self("summaries")
    public static let access = Self("access")
    public static let traverse = Self("traverse")
    /// Links: neighbours, ways, walks, and what is said of a namespace's links as a whole.
    public static let graph = Self("graph")
    /// A memory with those that its links lead to.
    public static let bulk = Self("bulk")
}

/// A read that is written down: what was asked for, and what was answered.
public struct ReadRecord: Hashable, Sendable {
    public var operation: ReadOperation
    public var query: JSONObject
    public var results: Int
    /// The keys that were answered, as far as there is room.
    public var keys: [String]
    /// Over all of them, each ended by a zero byte; nil where all are listed.
    public var keysSHA256: [UInt8]?
    /// The moment that was read; nil: the present.
    public var asOf: Position?

    /// The most keys that one event lists, and their bytes.
    package static let maximumKeys = 100
    package static let maximumKeyBytes = 16_384

    package init(
        operation: ReadOperation, query: JSONObject, results: Int, keys: [String], keysSHA256: [UInt8]?,
        asOf: Position?
    ) {
        self.operation = operation
        self.query = query
        self.results = results
        self.keys = keys
        self.keysSHA256 = keysSHA256
        self.asOf = asOf
    }

    /// Lists the keys as far as there is room.
    init(_ operation: ReadOperation, query: JSONObject, answered keys: [String], asOf: Position?) {
        var listed: [String] = []
        var bytes = 0
        for key in keys {
            bytes += key.utf8.count
            guard listed.count < Self.maximumKeys, bytes <= Self.maximumKeyBytes else { break }
            listed.append(key)
        }
        var digest: [UInt8]?
        if listed.count < keys.count {
            var hash = SHA256()
            for key in keys { hash.update(data: Array(key.utf8) + [0]) }
            digest = Array(hash.finalize())
        }
        self.init(
            operation: operation, query: query, results: keys.count, keys: listed, keysSHA256: digest, asOf: asOf)
    }

    /// `{"operation", "query", "results", "keys", "keys_sha256" (hexadecimal or null), "as_of" (or null)}`.
    public var json: JSONValue {
        [
            "operation": .string(operation.rawValue), "query": .object(query), "results": JSONValue(results),
            "keys": .array(keys.map { .string($0) }),
            "keys_sha256": keysSHA256.map { JSONValue(hexadecimal: $0) } ?? .null,
            "as_of": asOf.map { JSONValue($0) } ?? .null,
        ]
    }
}

/// A memory that was put into a context, and its version then.
public struct ContextEntry: Hashable, Sendable {
    public var memory: MemoryKey
    /// `Memory.version`.
    public var version: StreamVersion

    public init(_ memory: MemoryKey, version: StreamVersion) {
        self.memory = memory
        self.version = version
    }

    /// `{"namespace", "key", "version"}`.
    public var json: JSONValue {
        ["namespace": .string(memory.namespace), "key": .string(memory.key), "version": JSONValue(version)]
    }
}
