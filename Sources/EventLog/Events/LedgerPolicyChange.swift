import Foundation
import SwiftProtobuf

/// What is to be changed in what a ledger demands of everybody; nil stays as it is. As an event it is a
/// `LedgerPolicySet` of the stream `$ledger/policy`; its schema is `Schemas/proto/ledger_policy.proto`.
///
///     let event = try LedgerPolicyChange(requiresActor: true).newEvent(id: ids.next(at: clock.now()))
///     _ = try await log.append(to: LedgerPolicyChange.stream, [event])
public struct LedgerPolicyChange: Hashable, Sendable {
    /// Every event needs an actor.
    public var requiresActor: Bool?
    /// Reads are events.
    public var auditsReads: Bool?

    public static let stream: StreamName = "$ledger/policy"
    public static let eventType: EventType = "LedgerPolicySet"
    public static let schemaVersion = 1

    public init(requiresActor: Bool? = nil, auditsReads: Bool? = nil) {
        self.requiresActor = requiresActor
        self.auditsReads = auditsReads
    }

    /// - Throws: what Protocol Buffers say of a body that is none.
    public init(payload: [UInt8]) throws {
        let body = try ProtoLedgerPolicySet(serializedBytes: payload)
        requiresActor = body.hasRequireActor ? body.requireActor : nil
        auditsReads = body.hasAuditReads ? body.auditReads : nil
    }

    /// Nil if an event is none that this version understands.
    package init?(_ type: EventType, schemaVersion: Int, payload: [UInt8]) {
        guard type == Self.eventType, schemaVersion <= Self.schemaVersion else { return nil }
        try? self.init(payload: payload)
    }

    /// The event's body in Protocol Buffers.
    public func payload() throws -> [UInt8] {
        try ProtoLedgerPolicySet.with {
            if let requiresActor { $0.requireActor = requiresActor }
            if let auditsReads { $0.auditReads = auditsReads }
        }.serializedBytes()
    }

    /// The event as it is appended to `stream`.
    public func newEvent(id: EventID, by attribution: Attribution = .init()) throws -> NewEvent {
        NewEvent(
            id: id, type: Self.eventType, schemaVersion: Self.schemaVersion, payload: try payload(),
            attribution: attribution)
    }
}
