import Foundation
import SwiftProtobuf

/// What can happen to a ledger itself. Schema version 1 of each is in `Schemas/proto/ledger_events.proto` and
/// `Schemas/proto/erasure_events.proto`.
package enum LedgerEvent: Hashable, Sendable {
    case signingKeyRotated(SigningKeyRotation)
    case epochStarted(EpochStart)
    case subjectsProtected(namespace: String)
    case subjectErased(ErasedSubjects)

    package enum Name {
        package static let signingKeyRotated: EventType = "SigningKeyRotated"
        package static let epochStarted: EventType = "EpochStarted"

        package static let subjectsProtected = NamespaceProtection.eventType
        package static let subjectErased: EventType = "SubjectErased"

        /// What is said of encryption and erasure.
        package static let erasure: Set<EventType> = [subjectsProtected, subjectErased]
        package static let all: Set<EventType> = [signingKeyRotated, epochStarted, subjectsProtected, subjectErased]
    }

    /// Streams that begin with `$` are the ledger's own; no memory can have one.
    package enum Stream {
        package static let keys: StreamName = "$ledger/keys"
        package static let epochs: StreamName = "$ledger/epochs"
        package static let protection = NamespaceProtection.stream
        package static let erasures: StreamName = "$ledger/erasures"
    }

    package static let schemaVersion = 1

    package var type: EventType {
        switch self {
        case .signingKeyRotated: Name.signingKeyRotated
        case .epochStarted: Name.epochStarted
        case .subjectsProtected: Name.subjectsProtected
        case .subjectErased: Name.subjectErased
        }
    }

    package var stream: StreamName {
        switch self {
        case .signingKeyRotated: Stream.keys
        case .epochStarted: Stream.epochs
        case .subjectsProtected: Stream.protection
        case .subjectErased: Stream.erasures
        }
    }

    /// The event as it is appended to `stream`.
    package func newEvent(id: EventID, by attribution: Attribution = .init()) throws -> NewEvent {
        NewEvent(
            id: id, type: type, schemaVersion: Self.schemaVersion, payload: try payload(), attribution: attribution)
    }

    /// The event's body in Protocol Buffers.
    package func payload() throws -> [UInt8] {
        switch self {
        case .signingKeyRotated(let rotation):
            try ProtoSigningKeyRotated.with {
                $0.oldVerifierKey = rotation.oldKey
                $0.newVerifierKey = rotation.newKey
                $0.note = rotation.note
            }.serializedBytes()
        case .subjectsProtected(let namespace): try NamespaceProtection(namespace: namespace).payload()
        case .subjectErased(let erased): try ProtoSubjectErased(erased).serializedBytes()
        case .epochStarted(let start):
            try ProtoEpochStarted.with {
                $0.number = start.number
                $0.epochID = start.epochID
                $0.origin = start.origin
                if let checkpoint = start.checkpoint { $0.checkpoint = checkpoint }
                $0.restoredOrigin = start.restoredOrigin
                $0.restoredSize = start.restoredSize
                $0.restoredRoot = start.restoredRoot.withUnsafeBytes { .init($0) }
                if let replaced = start.replaced {
                    $0.replacedOrigin = replaced.origin
                    $0.replacedSize = replaced.size
                    $0.replacedRoot = replaced.root.withUnsafeBytes { .init($0) }
                    if let checkpoint = replaced.checkpoint { $0.replacedCheckpoint = checkpoint }
                }
            }.serializedBytes()
        }
    }

    /// The event that was recorded; nil where this version does not know its type, or it says something of erasure and
    /// was erased itself in another ledger.
    ///
    /// - Throws: `EventLogError.damagedPayload` with the position where the body is not what the type says,
    ///   `newerEvent` where this version does not know the schema.
    package static func decode(_ event: RecordedEvent) throws -> LedgerEvent? {
        guard Name.all.contains(event.type) else { return nil }
        let isAboutErasure = Name.erasure.contains(event.type)
        if isAboutErasure, event.protection.isErased { return nil }
        guard event.schemaVersion <= schemaVersion else { throw EventLogError.newerEvent(event, newest: schemaVersion) }
        do {
            return try read(event.type, event.payload)
        } catch {
            guard isAboutErasure else {
                throw EventLogError.damagedPayload(at: event.position, "it is no \(event.type): \(error)")
            }
            var damage = EventLogError(
                .damagedPayload,
                "The \(event.type) at position \(event.position) cannot be read (\(error)); restore the ledger from a backup."
            )
            damage.position = event.position
            throw damage
        }
    }

    package static func read(_ type: EventType, _ payload: [UInt8]) throws -> LedgerEvent? {
        switch type {
        case Name.signingKeyRotated:
            let body = try ProtoSigningKeyRotated(serializedBytes: payload)
            return .signingKeyRotated(
                SigningKeyRotation(oldKey: body.oldVerifierKey, newKey: body.newVerifierKey, note: body.note))
        case Name.epochStarted:
            let body = try ProtoEpochStarted(serializedBytes: payload)
            guard let root = MerkleHash(body.restoredRoot) else {
                throw EventLogError.proof("its root has no 32 bytes")
            }
            return .epochStarted(
                EpochStart(
                    number: body.number, epochID: body.epochID, origin: body.origin,
                    checkpoint: body.hasCheckpoint ? body.checkpoint : nil, restoredOrigin: body.restoredOrigin,
                    restoredSize: body.restoredSize, restoredRoot: root, replaced: try replaced(body)))
        case Name.subjectsProtected:
            return .subjectsProtected(namespace: try NamespaceProtection(payload: payload).namespace)
        case Name.subjectErased: return .subjectErased(try ErasedSubjects(payload: payload))
        default: return nil
        }
    }

    private static func replaced(_ body: ProtoEpochStarted) throws -> ReplacedLog? {
        guard body.hasReplacedOrigin else { return nil }
        guard body.hasReplacedSize, body.replacedSize >= 0, let root = MerkleHash(body.replacedRoot) else {
            throw EventLogError.proof("the log that was replaced has no size, or no root of 32 bytes")
        }
        return ReplacedLog(
            origin: body.replacedOrigin, size: body.replacedSize, root: root,
            checkpoint: body.hasReplacedCheckpoint ? body.replacedCheckpoint : nil)
    }
}

/// From one signing key to the next. See `SigningKeyChain` for what the note must say.
package struct SigningKeyRotation: Hashable, Sendable {
    package var oldKey: String
    package var newKey: String
    /// A signed note that names both keys, signed by both.
    package var note: String

    package init(oldKey: String, newKey: String, note: String) {
        self.oldKey = oldKey
        self.newKey = newKey
        self.note = note
    }
}

/// A restored log goes on under another origin.
package struct EpochStart: Hashable, Sendable {
    /// 2 for the first restored backup.
    package var number: Int64
    /// 16 hexadecimal digits.
    package var epochID: String
    /// `memory-ledger/<ledger id>/<epoch id>`.
    package var origin: String
    /// The last signed checkpoint that the restored log continues.
    package var checkpoint: String?
    package var restoredOrigin: String
    package var restoredSize: Int64
    package var restoredRoot: MerkleHash
    /// What it was put in the place of; nil where there was nothing that could be read.
    package var replaced: ReplacedLog?

    package init(
        number: Int64, epochID: String, origin: String, checkpoint: String?, restoredOrigin: String,
        restoredSize: Int64, restoredRoot: MerkleHash, replaced: ReplacedLog? = nil
    ) {
        self.number = number
        self.epochID = epochID
        self.origin = origin
        self.checkpoint = checkpoint
        self.restoredOrigin = restoredOrigin
        self.restoredSize = restoredSize
        self.restoredRoot = restoredRoot
        self.replaced = replaced
    }
}

/// A log that gave way to a restored one, as it was then.
package struct ReplacedLog: Hashable, Sendable {
    package var origin: String
    package var size: Int64
    package var root: MerkleHash
    /// Its last signed checkpoint.
    package var checkpoint: String?

    package init(origin: String, size: Int64, root: MerkleHash, checkpoint: String?) {
        (self.origin, self.size, self.root, self.checkpoint) = (origin, size, root, checkpoint)
    }
}
