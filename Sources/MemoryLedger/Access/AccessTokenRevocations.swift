import EmbeddedLedger
import EventLog

/// What a restore carries over: a backup from before a revocation must not bring the token back to life.
struct AccessTokenRevocations: CarriedRevocations {
    let stream = AccessTokenEvent.stream

    private static let pageEvents = 256

    func read(_ log: any EventLog) async throws -> Revocations {
        var found = Revocations()
        var next: StreamVersion?
        repeat {
            try Task.checkCancellation()
            let page = try await log.readStream(stream, from: next, direction: .forwards, limit: Self.pageEvents)
            for event in page.events { try note(event, in: &found) }
            next = page.next
        } while next != nil
        return found
    }

    private func note(_ event: RecordedEvent, in found: inout Revocations) throws {
        switch try AccessTokenEvent.decode(event) {
        case .created(let token):
            let id = ByteText(token.id)
            if found.revoked[id] == nil { found.standing.insert(id) }
        case .revoked(let id, let reason, _):
            found.standing.remove(ByteText(id))
            found.revoked.updateValue(reason, forKey: ByteText(id))
        case nil: break
        }
    }

    func event(
        revoking id: String, _ reason: String?, by attribution: Attribution, at time: Timestamp,
        ids: any EventIDSource
    ) throws -> NewEvent {
        let event = AccessTokenEvent.revoked(id: id, reason: reason, isCarriedOver: true)
        return NewEvent(
            id: ids.next(at: time), type: event.type, schemaVersion: AccessTokenEvent.schemaVersion,
            payload: try event.payload(), occurredAt: time, attribution: attribution)
    }
}

extension CarriedRevocations where Self == AccessTokenRevocations {
    static var accessTokens: Self { AccessTokenRevocations() }
}
