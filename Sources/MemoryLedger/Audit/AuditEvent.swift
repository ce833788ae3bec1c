public import EventLog
import FoundationEssentials
import SwiftProtobuf

/// What was read, and what an agent was given to answer by. Schema version 1 of each is in
/// `Schemas/proto/oversight_events.proto`.
public enum AuditEvent: Hashable, Sendable {
    case memoriesRead(ReadRecord)
    case contextComposed([ContextEntry])

    /// The types of these events.
    public enum Name {
        public static let memoriesRead: EventType = "MemoriesRead"
        public static let contextComposed: EventType = "ContextComposed"

        public static let all: Set<EventType> = [memoriesRead, contextComposed]
    }

    static let schemaVersion = 1

    /// Where reads of a namespace are written down; of all namespaces if it is nil.
    package static func reads(_ namespace: String?) -> StreamName {
        StreamName("$reads/" + (namespace.map(StreamName.escaped) ?? ""))
    }

    /// What was put into a context.
    package static func context(_ id: String) -> StreamName { StreamName("$contexts/" + id) }
}

extension AuditEvent: ModuleEvent {
    public var type: EventType {
        switch self {
        case .memoriesRead: Name.memoriesRead
        case .contextComposed: Name.contextComposed
        }
    }

    public func payload() throws -> [UInt8] {
        switch self {
        case .memoriesRead(let record): try ProtoMemoriesRead(record).serializedBytes()
        case .contextComposed(let entries):
            try ProtoContextComposed.with {
                $0.entries = entries.map { entry in
                    .with {
                        $0.namespace = entry.memory.namespace
                        $0.key = entry.memory.key
                        $0.version = entry.version
                    }
                }
            }.serializedBytes()
        }
    }

    public static func read(_ type: EventType, _ payload: [UInt8]) throws -> AuditEvent? {
        switch type {
        case Name.memoriesRead: .memoriesRead(ReadRecord(try ProtoMemoriesRead(serializedBytes: payload)))
        case Name.contextComposed:
            .contextComposed(
                try ProtoContextComposed(serializedBytes: payload).entries.map {
                    ContextEntry(MemoryKey(namespace: $0.namespace, key: $0.key), version: $0.version)
                })
        default: nil
        }
    }

    public static func read(_ type: EventType, _ data: EventData) throws -> AuditEvent? {
        switch type {
        case Name.memoriesRead:
            .memoriesRead(
                ReadRecord(
                    operation: ReadOperation(try data.text("operation")), query: try data.data("query").object,
                    results: try data.count("results"), keys: try data.texts("keys"),
                    keysSHA256: try data.optionalText("keys_sha256").map { try EventData.bytes($0) },
                    asOf: try data.optionalInteger("as_of")))
        case Name.contextComposed:
            .contextComposed(
                try data.list("memories").map { ContextEntry(try $0.memory(), version: try $0.integer("version")) })
        default: nil
        }
    }

    public var json: JSONValue {
        switch self {
        case .memoriesRead(let record): record.json
        case .contextComposed(let entries): ["memories": .array(entries.map(\.json))]
        }
    }

    public var words: String {
        switch self {
        case .memoriesRead(let read):
            ([read.operation.rawValue, Figures.count(read.results, "memory", "memories")] + read.keys)
                .joined(separator: " ")
        case .contextComposed(let entries): entries.map { "\($0.memory.key)@\($0.version)" }.joined(separator: " ")
        }
    }
}

extension ProtoMemoriesRead {
    fileprivate init(_ record: ReadRecord) {
        self.init()
        operation = record.operation.rawValue
        queryJson = JSONValue(record.query).description
        results = Int64(record.results)
        keys = record.keys
        if let digest = record.keysSHA256 { keysSha256 = .init(digest) }
        if let asOf = record.asOf { self.asOf = asOf }
    }
}

extension ReadRecord {
    fileprivate init(_ proto: ProtoMemoriesRead) {
        self.init(
            operation: ReadOperation(proto.operation), query: JSONObject(text: proto.queryJson),
            results: Int(clamping: proto.results), keys: proto.keys,
            keysSHA256: proto.hasKeysSha256 ? [UInt8](proto.keysSha256) : nil,
            asOf: proto.hasAsOf ? proto.asOf : nil)
    }
}
