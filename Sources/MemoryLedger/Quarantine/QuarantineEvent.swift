public import EventLog
import SwiftProtobuf

/// What is held back. Schema version 1 of each is in `Schemas/proto/oversight_events.proto`.
public enum QuarantineEvent: Hashable, Sendable {
    case quarantined(Origin, reason: String?)
    case released(Origin, reason: String?)

    public enum Name {
        public static let quarantined: EventType = "SourceQuarantined"
        public static let released: EventType = "SourceReleased"

        public static let all: Set<EventType> = [quarantined, released]
    }

    static let schemaVersion = 1
    package static let stream: StreamName = "$ledger/quarantine"

    /// - Throws: as `EventCatalogue.body(of:)`; nil if the event is of another type.
    package static func decode(_ event: RecordedEvent) throws -> QuarantineEvent? {
        guard Name.all.contains(event.type) else { return nil }
        return try event.body(newest: schemaVersion, remains: { _ in nil }, read)
    }
}

extension QuarantineEvent: ModuleEvent {
    public var type: EventType {
        switch self {
        case .quarantined: Name.quarantined
        case .released: Name.released
        }
    }

    public func payload() throws -> [UInt8] {
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
        }
    }

    public static func read(_ type: EventType, _ payload: [UInt8]) throws -> QuarantineEvent? {
        switch type {
        case Name.quarantined:
            let body = try ProtoSourceQuarantined(serializedBytes: payload)
            return .quarantined(Origin(body.origin), reason: body.hasReason ? body.reason : nil)
        case Name.released:
            let body = try ProtoSourceReleased(serializedBytes: payload)
            return .released(Origin(body.origin), reason: body.hasReason ? body.reason : nil)
        default: return nil
        }
    }

    public static func read(_ type: EventType, _ data: EventData) throws -> QuarantineEvent? {
        switch type {
        case Name.quarantined: .quarantined(try data.origin(), reason: try data.optionalText("reason"))
        case Name.released: .released(try data.origin(), reason: try data.optionalText("reason"))
        default: nil
        }
    }

    public var json: JSONValue {
        switch self {
        case .quarantined(let origin, let reason), .released(let origin, let reason):
            ["origin": origin.json, "reason": JSONValue(optional: reason)]
        }
    }

    public var words: String {
        switch self {
        case .quarantined(let origin, let reason), .released(let origin, let reason):
            ([origin.description, reason]).compactMap(\.self).joined(separator: ": ")
        }
    }
}

extension ProtoOrigin {
    fileprivate init(_ origin: Origin) {
        self.init()
        kind = origin.kind
        name = origin.name
    }
}

extension Origin {
    fileprivate init(_ proto: ProtoOrigin) { self.init(kind: proto.kind, name: proto.name) }
}
