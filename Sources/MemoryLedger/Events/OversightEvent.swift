package import EventLog
import FoundationEssentials
import SwiftProtobuf

/// What can happen to a ledger as a whole. Schema version 1 of each is `Schemas/proto/oversight_events.proto`.
package enum OversightEvent: Hashable, Sendable {
    case quarantined(Origin, reason: String?)
    case released(Origin, reason: String?)
    case policySet(LedgerPolicyChange)
    case memoriesRead(ReadRecord)
    case contextComposed([ContextEntry])

    package typealias Name = MemoryEvent.Name

    package var type: EventType {
        switch self {
        case .quarantined: Name.quarantined
        case .released: Name.released
        case .policySet: Name.policySet
        case .memoriesRead: Name.memoriesRead
        case .contextComposed: Name.contextComposed
        }
    }

    // MARK: Encoding

    func payload() throws -> [UInt8] {
        switch self {
        case .quarantined(let origin, let reason):
            try ProtoSourceQuarantined.with {
                $0.origin = ProtoOrigin(origin)
                if let reason { $0.reason = reason }
            }.serializedBytes()
        case .released(let origin, let reason):
            try ProtoSourceReleased.with {
                $0.origin = ProtoOrigin(origin)
                if let reason { $0.reason = reason }
            }.serializedBytes()
        case .policySet(let change): try change.payload()
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

    // MARK: Decoding

    static func decode(_ type: EventType, _ payload: [UInt8]) throws -> OversightEvent? {
        switch type {
        case Name.quarantined:
            try {
                let body = try ProtoSourceQuarantined(serializedBytes: payload)
                return .quarantined(Origin(body.origin), reason: body.hasReason ? body.reason : nil)
            }()
        case Name.released:
            try {
                let body = try ProtoSourceReleased(serializedBytes: payload)
                return .released(Origin(body.origin), reason: body.hasReason ? body.reason : nil)
            }()
        case Name.policySet: .policySet(try LedgerPolicyChange(payload: payload))
        case Name.memoriesRead: .memoriesRead(ReadRecord(try ProtoMemoriesRead(serializedBytes: payload)))
        case Name.contextComposed:
            .contextComposed(
                try ProtoContextComposed(serializedBytes: payload).entries.map {
                    ContextEntry(MemoryKey(namespace: $0.namespace, key: $0.key), version: $0.version)
                })
        default: nil
        }
    }

    // MARK: JSON

    package var json: JSONValue {
        switch self {
        case .quarantined(let origin, let reason), .released(let origin, let reason):
            ["origin": origin.json, "reason": JSONValue(optional: reason)]
        case .policySet(let change): change.json
        case .memoriesRead(let record): record.json
        case .contextComposed(let entries): ["memories": .array(entries.map(\.json))]
        }
    }
}

extension MemoryEvent.Name {
    package static let quarantined: EventType = "SourceQuarantined"
    package static let released: EventType = "SourceReleased"
    package static let policySet = LedgerPolicyChange.eventType
    package static let memoriesRead: EventType = "MemoriesRead"
    package static let contextComposed: EventType = "ContextComposed"

    /// The events of the ledger as a whole that are about memories and readers.
    package static let oversight: Set<EventType> = [quarantined, released, policySet, memoriesRead, contextComposed]
    /// The events that say what was read, and change nothing.
    package static let audit: Set<EventType> = [memoriesRead, contextComposed]
}

extension ProtoOrigin {
    init(_ origin: Origin) {
        self.init()
        kind = origin.kind
        name = origin.name
    }
}

extension Origin {
    init(_ proto: ProtoOrigin) { self.init(kind: proto.kind, name: proto.name) }
}

extension ProtoProvenance {
    init(_ provenance: Provenance) {
        self.init()
        if let source = provenance.source {
            self.source = .with {
                $0.kind = source.kind.rawValue
                $0.name = source.name
            }
        }
        if let trust = provenance.trust { self.trust = Int32(clamping: trust) }
        derivedFrom = provenance.derivedFrom.map { key in
            .with {
                $0.namespace = key.namespace
                $0.key = key.key
            }
        }
    }
}

extension Provenance {
    init(_ proto: ProtoProvenance) {
        self.init(
            source: proto.hasSource
                ? Source(Source.Kind(rawValue: proto.source.kind) ?? .other, proto.source.name) : nil,
            trust: proto.hasTrust ? Int(proto.trust) : nil,
            derivedFrom: proto.derivedFrom.map { MemoryKey(namespace: $0.namespace, key: $0.key) })
    }
}

extension ProtoMemoriesRead {
    init(_ record: ReadRecord) {
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
    init(_ proto: ProtoMemoriesRead) {
        self.init(
            operation: ReadOperation(proto.operation), query: JSONObject(text: proto.queryJson),
            results: Int(clamping: proto.results), keys: proto.keys,
            keysSHA256: proto.hasKeysSha256 ? [UInt8](proto.keysSha256) : nil,
            asOf: proto.hasAsOf ? proto.asOf : nil)
    }
}
