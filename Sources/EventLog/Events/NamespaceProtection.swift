import SwiftProtobuf

/// From the event that says it on, the payloads of a namespace's streams are encrypted. As an event it is a
/// `SubjectsProtected` of the stream `$ledger/protection`; its schema is `Schemas/proto/erasure_events.proto`.
///
///     let event = try NamespaceProtection(namespace: "people").newEvent(id: ids.next(at: clock.now()))
///     _ = try await log.append(to: NamespaceProtection.stream, [event])
public struct NamespaceProtection: Hashable, Sendable {
    public var namespace: String

    public static let stream: StreamName = "$ledger/protection"
    public static let eventType: EventType = "SubjectsProtected"
    public static let schemaVersion = 1

    public init(namespace: String) { self.namespace = namespace }

    /// - Throws: what Protocol Buffers say of a body that is none.
    public init(payload: [UInt8]) throws {
        namespace = try ProtoSubjectsProtected(serializedBytes: payload).namespace
    }

    /// Nil if an event is none that this version understands.
    package init?(_ type: EventType, schemaVersion: Int, payload: [UInt8]) {
        guard type == Self.eventType, schemaVersion <= Self.schemaVersion else { return nil }
        try? self.init(payload: payload)
    }

    /// Nil if an event is none that this version understands.
    package init?(_ event: NewEvent) {
        self.init(event.type, schemaVersion: event.schemaVersion, payload: event.payload)
    }

    /// The category whose streams are encrypted: `StreamName.protectedCategory`.
    public var category: String { StreamName.category(ofNamespace: namespace) }

    /// The event's body in Protocol Buffers.
    public func payload() throws -> [UInt8] {
        try ProtoSubjectsProtected.with { $0.namespace = namespace }.serializedBytes()
    }

    /// The event as it is appended to `stream`.
    public func newEvent(id: EventID, by attribution: Attribution = .init()) throws -> NewEvent {
        NewEvent(
            id: id, type: Self.eventType, schemaVersion: Self.schemaVersion, payload: try payload(),
            attribution: attribution)
    }
}
