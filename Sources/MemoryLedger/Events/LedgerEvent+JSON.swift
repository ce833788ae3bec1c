import EventLog

extension LedgerEvent {
    /// The event's body: the fields of its message in `Schemas/proto/ledger_events.proto`.
    var json: JSONValue {
        switch self {
        case .signingKeyRotated(let rotation):
            [
                "old_verifier_key": .string(rotation.oldKey), "new_verifier_key": .string(rotation.newKey),
                "note": .string(rotation.note),
            ]
        case .epochStarted(let start):
            [
                "number": JSONValue(start.number), "epoch_id": .string(start.epochID),
                "origin": .string(start.origin), "checkpoint": JSONValue(optional: start.checkpoint),
                "restored_origin": .string(start.restoredOrigin), "restored_size": JSONValue(start.restoredSize),
                "restored_root": .string(start.restoredRoot.description),
            ]
        }
    }
}
