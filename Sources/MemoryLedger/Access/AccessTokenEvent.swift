package import EventLog
import SwiftProtobuf

/// Who may ask the service. Schema version 1 of each is in `Schemas/proto/access_events.proto`.
package enum AccessTokenEvent: Hashable, Sendable {
    case created(AccessTokenCreation)
    /// - isCarriedOver: by a restore, from the ledger that was replaced.
    case revoked(id: String, reason: String?, isCarriedOver: Bool)

    /// The types of these events.
    package enum Name {
        package static let created: EventType = "AccessTokenCreated"
        package static let revoked: EventType = "AccessTokenRevoked"

        package static let all: Set<EventType> = [created, revoked]
    }

    static let schemaVersion = 1
    package static let stream: StreamName = "$ledger/tokens"

    /// - Throws: as `EventCatalogue.body(of:)`; nil if the event is of another type, or in another stream, where it
    ///   means nothing.
    static func decode(_ event: RecordedEvent) throws -> AccessTokenEvent? {
        guard Name.all.contains(event.type), event.stream == stream else { return nil }
        return try event.body(newest: schemaVersion, remains: { _ in nil }, read)
    }
}

/// A token that begins to hold.
package struct AccessTokenCreation: Hashable, Sendable {
    package var id: String
    package var actor: String
    package var scope: AccessScope
    /// Nil: all.
    package var namespaces: [String]?
    package var secretSHA256: [UInt8]
    package var expiresAt: Timestamp?
}

extension AccessTokenEvent: ModuleEvent {
    package var type: EventType {
        switch self {
        case .created: Name.created
        case .revoked: Name.revoked
        }
    }

    package func payload() throws -> [UInt8] {
        switch self {
        case .created(let token):
            try ProtoAccessTokenCreated.with {
                $0.tokenID = token.id
                $0.actor = token.actor
                $0.scope = token.scope.rawValue
                $0.namespaces = token.namespaces ?? []
                $0.allNamespaces = token.namespaces == nil
                $0.secretSha256 = .init(token.secretSHA256)
                if let time = token.expiresAt { $0.expiresAt = time.milliseconds }
            }.serializedBytes()
        case .revoked(let id, let reason, let isCarriedOver):
            try ProtoAccessTokenRevoked.with {
                $0.tokenID = id
                if let reason { $0.reason = reason }
                $0.carriedOver = isCarriedOver
            }.serializedBytes()
        }
    }

    package static func read(_ type: EventType, _ payload: [UInt8]) throws -> AccessTokenEvent? {
        switch type {
        case Name.created: .created(try AccessTokenCreation(ProtoAccessTokenCreated(serializedBytes: payload)))
        case Name.revoked:
            try ProtoAccessTokenRevoked(serializedBytes: payload).revocation
        default: nil
        }
    }

    /// The JSON of a token has no hash, so none is made of it.
    package static func read(_ type: EventType, _ data: EventData) throws -> AccessTokenEvent? {
        guard type == Name.revoked else { return nil }
        return .revoked(
            id: try data.text("token_id"), reason: try data.optionalText("reason"),
            isCarriedOver: try data.member("carried_over").bool ?? false)
    }

    /// Without the hash of the secret, which is of use to no reader.
    package var json: JSONValue {
        switch self {
        case .created(let token):
            var object: JSONObject = [
                "token_id": .string(token.id), "actor": .string(token.actor), "scope": .string(token.scope.rawValue),
                "namespaces": .array((token.namespaces ?? []).map { .string($0) }),
                "all_namespaces": .bool(token.namespaces == nil),
            ]
            if let time = token.expiresAt { object.append("expires_at", JSONValue(time.milliseconds)) }
            return .object(object)
        case .revoked(let id, let reason, let isCarriedOver):
            return [
                "token_id": .string(id), "reason": JSONValue(optional: reason), "carried_over": .bool(isCarriedOver),
            ]
        }
    }

    package var words: String {
        switch self {
        case .created(let token):
            let places = token.namespaces?.joined(separator: ", ") ?? "all namespaces"
            let end = token.expiresAt.map { " until \($0.rfc3339)" } ?? ""
            return "\(token.id) as \(token.actor): \(token.scope.rawValue) in \(places)\(end)"
        case .revoked(let id, let reason, let isCarriedOver):
            return id + (isCarriedOver ? ", carried over by a restore" : "") + (reason.map { ": \($0)" } ?? "")
        }
    }
}

extension ProtoAccessTokenRevoked {
    fileprivate var revocation: AccessTokenEvent {
        .revoked(id: tokenID, reason: hasReason ? reason : nil, isCarriedOver: carriedOver)
    }
}

extension AccessTokenCreation {
    /// - Throws: `EventDataError` for a scope or a hash that cannot be: nothing may be granted by guessing.
    fileprivate init(_ proto: ProtoAccessTokenCreated) throws {
        guard let scope = AccessScope(rawValue: proto.scope) else {
            throw EventDataError("`scope` is none that this program knows")
        }
        guard proto.secretSha256.count == Self.hashBytes else {
            throw EventDataError("`secret_sha256` has no \(Self.hashBytes) bytes")
        }
        self.init(
            id: proto.tokenID, actor: proto.actor, scope: scope,
            namespaces: proto.allNamespaces ? nil : proto.namespaces, secretSHA256: [UInt8](proto.secretSha256),
            expiresAt: proto.hasExpiresAt ? Timestamp(milliseconds: proto.expiresAt) : nil)
    }

    private static let hashBytes = 32
}
