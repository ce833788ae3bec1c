public import EventLog
import SwiftProtobuf

/// What is held back. Schema version 1 of each is in `Schemas/proto/oversight_events.proto`.
public enum QuarantineEvent: Hashable, Sendable {
    case quarantined(Contributor, reason: String?)
    case released(Contributor, reason: String?)

    /// The types of these events.
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
        case .quarantined(let contributor, let reason):
            try ProtoSourceQuarantined.with {
                $0.origin = ProtoOrigin(contributor)
                if let reason { $0.reason = reason }
            }.serializedBytes()
        case .released(let contributor, let reason):
            try ProtoSourceReleased.with {
                $0.origin = ProtoOrigin(contributor)
                if let reason { $0.reason = reason }
            }.serializedBytes()
        }
    }

    public static func read(_ type: EventType, _ payload: [UInt8]) throws -> QuarantineEvent? {
        switch type {
        case Name.quarantined:
            let body = try ProtoSourceQuarantined(serializedBytes: payload)
            return .quarantined(Contributor(body.origin), reason: body.hasReason ? body.reason : nil)
        case Name.released:
            let body = try ProtoSourceReleased(serializedBytes: payload)
            return .released(Contributor(body.origin), reason: body.hasReason ? body.reason : nil)
        default: return nil
        }
    }

    public static func read(_ type: EventType, _ data: EventData) throws -> QuarantineEvent? {
        switch type {
        case Name.quarantined: .quarantined(try data.contributor(), reason: try data.optionalText("reason"))
        case Name.released: .released(try data.contributor(), reason: try data.optionalText("reason"))
        default: nil
        }
    }

    public var json: JSONValue {
        switch self {
        case .quarantined(let contributor, let reason), .released(let contributor, let reason):
            ["origin": contributor.json, "reason": JSONValue(optional: reason)]
        }
    }

    public var words: String {
        switch self {
        case .quarantined(let contributor, let reason), .released(let contributor, let reason):
            ([contributor.description, reason]).compactMap(\.self).joined(separator: ": ")
        }
    }
}

extension ProtoOrigin {
    fileprivate init(_ contributor: Contributor) {
        self.init()
        kind = contributor.kind
        name = contributor.name
    }
}

extension Contributor {
    fileprivate init(_ proto: ProtoOrigin) { self.init(kind: proto.kind, name: proto.name) }
}
