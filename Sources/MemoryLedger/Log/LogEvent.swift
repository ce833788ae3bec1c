package import EventLog

/// What the log says of itself: its keys and epochs, what it demands, what it protects and what was erased.
package enum LogEvent: Hashable, Sendable {
    case ledger(LedgerEvent)
    case policySet(LedgerPolicyChange)
}

extension LogEvent: ModuleEvent {
    package var type: EventType {
        switch self {
        case .ledger(let event): event.type
        case .policySet: LedgerPolicyChange.eventType
        }
    }

    package func payload() throws -> [UInt8] {
        switch self {
        case .ledger(let event): try event.payload()
        case .policySet(let change): try change.payload()
        }
    }

    package static func read(_ type: EventType, _ payload: [UInt8]) throws -> LogEvent? {
        if type == LedgerPolicyChange.eventType { return .policySet(try LedgerPolicyChange(payload: payload)) }
        return try LedgerEvent.read(type, payload).map { .ledger($0) }
    }

    package static func read(_ type: EventType, _ data: EventData) throws -> LogEvent? {
        switch type {
        case LedgerPolicyChange.eventType: .policySet(data.policyChange())
        case LedgerEvent.Name.subjectsProtected:
            .ledger(.subjectsProtected(namespace: try data.text("namespace")))
        case LedgerEvent.Name.subjectErased: .ledger(.subjectErased(try data.erasedSubjects()))
        case LedgerEvent.Name.signingKeyRotated: .ledger(.signingKeyRotated(try data.rotation()))
        case LedgerEvent.Name.epochStarted: .ledger(.epochStarted(try data.epochStart()))
        default: nil
        }
    }

    package var json: JSONValue {
        switch self {
        case .ledger(let event): event.json
        case .policySet(let change): change.json
        }
    }

    package var words: String {
        switch self {
        case .ledger(.signingKeyRotated(let rotation)): "to \(rotation.newKey)"
        case .ledger(.epochStarted(let start)): start.origin
        case .policySet(let change): change.json.description
        case .ledger(.subjectsProtected(let namespace)): "namespace \(namespace)"
        case .ledger(.subjectErased(let erased)): "\(erased.selection): \(erased.reason)"
        }
    }
}

extension EventData {
    fileprivate func policyChange() -> LedgerPolicyChange {
        LedgerPolicyChange(
            requiresActor: object[LedgerPolicy.requireActorName]?.bool,
            auditsReads: object[LedgerPolicy.auditReadsName]?.bool)
    }

    fileprivate func rotation() throws -> SigningKeyRotation {
        SigningKeyRotation(
            oldKey: try text("old_verifier_key"), newKey: try text("new_verifier_key"), note: try text("note"))
    }

    fileprivate func epochStart() throws -> EpochStart {
        let replaced = try optionalText("replaced_origin").map { origin in
            ReplacedLog(
                origin: origin, size: try integer("replaced_size"), root: try root("replaced_root"),
                checkpoint: try optionalText("replaced_checkpoint"))
        }
        return EpochStart(
            number: try integer("number"), epochID: try text("epoch_id"), origin: try text("origin"),
            checkpoint: try optionalText("checkpoint"), restoredOrigin: try text("restored_origin"),
            restoredSize: try integer("restored_size"), restoredRoot: try root("restored_root"), replaced: replaced)
    }

    private func root(_ name: String) throws -> MerkleHash {
        guard let root = MerkleHash(try Self.bytes(text(name))) else {
            throw EventDataError("`\(name)` has no 32 bytes")
        }
        return root
    }

    fileprivate func erasedSubjects() throws -> ErasedSubjects {
        ErasedSubjects(
            subjects: try list("subjects").map { subject in
                ErasedSubject(
                    stream: StreamName(try subject.text("stream")),
                    keys: try subject.array("keys").map { try Self.integer($0, "keys") },
                    isCurrent: subject.object["is_current"]?.bool ?? false, user: try subject.optionalText("user"))
            },
            reason: try text("reason"), selection: try text("selection"), part: try count("part"),
            parts: try count("parts"), events: try count("events"))
    }
}
