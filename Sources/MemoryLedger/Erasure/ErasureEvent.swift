public import EventLog
import LedgerCapabilities
import SwiftProtobuf

/// What the ledger's own streams say of encryption and erasure: `Schemas/proto/erasure_events.proto`.
package enum ErasureEvent: Hashable, Sendable {
    case subjectsProtected(namespace: String)
    case subjectErased(ErasedSubjects)

    package enum Name {
        package static let subjectsProtected: EventType = "SubjectsProtected"
        package static let subjectErased: EventType = "SubjectErased"

        package static let all: Set<EventType> = [subjectsProtected, subjectErased]
    }

    package static let protectionStream: StreamName = "$ledger/protection"
    package static let erasureStream: StreamName = "$ledger/erasures"
    static let schemaVersion = 1

    static let history = ProtectionHistory(
        protections: protectionStream, erasures: erasureStream,
        category: { event in
            guard case .subjectsProtected(let namespace)? = try decode(event) else { return nil }
            return MemoryStream.category(namespace)
        },
        destroyedKeys: { event in
            guard case .subjectErased(let erased)? = try decode(event) else { return [] }
            return erased.subjects.flatMap(\.keys)
        })

    package var type: EventType {
        switch self {
        case .subjectsProtected: Name.subjectsProtected
        case .subjectErased: Name.subjectErased
        }
    }

    // MARK: Encoding

    func payload() throws -> [UInt8] {
        switch self {
        case .subjectsProtected(let namespace):
            try ProtoSubjectsProtected.with { $0.namespace = namespace }.serializedBytes()
        case .subjectErased(let erased): try ProtoSubjectErased(erased).serializedBytes()
        }
    }

    /// - Returns: nil where the event is of another type.
    /// - Throws: `damagedPayload` with the position, `newerEvent` where this program does not know the schema.
    package static func decode(_ event: RecordedEvent) throws -> ErasureEvent? {
        guard Name.all.contains(event.type), !event.protection.isErased else { return nil }
        guard event.schemaVersion <= schemaVersion else { throw EventLogError.newerEvent(event, newest: schemaVersion) }
        do {
            switch event.type {
            case Name.subjectsProtected:
                return .subjectsProtected(
                    namespace: try ProtoSubjectsProtected(serializedBytes: event.payload).namespace)
            case Name.subjectErased:
                return .subjectErased(ErasedSubjects(try ProtoSubjectErased(serializedBytes: event.payload)))
            default: return nil
            }
        } catch {
            var damage = EventLogError(
                .damagedPayload,
                "The \(event.type) at position \(event.position) cannot be read (\(error)); restore the ledger from a backup."
            )
            damage.position = event.position
            throw damage
        }
    }

    package var json: JSONValue {
        switch self {
        case .subjectsProtected(let namespace): ["namespace": .string(namespace)]
        case .subjectErased(let erased): erased.json
        }
    }

    func newEvent(_ options: MemoryLedgerOptions, by context: EventContext) throws -> NewEvent {
        let now = options.clock.now()
        return NewEvent(
            id: options.ids.next(at: now), type: type, schemaVersion: Self.schemaVersion, payload: try payload(),
            occurredAt: now, context: context)
    }
}

/// The subjects of one `SubjectErased` event.
package struct ErasedSubjects: Hashable, Sendable {
    package var subjects: [ErasedSubject]
    package var reason: String
    package var selection: String
    package var part: Int
    package var parts: Int
    package var events: Int

    /// Subjects of one event.
    static let maximumSubjects = 1_000

    package var json: JSONValue {
        [
            "subjects": .array(subjects.map(\.json)), "reason": .string(reason), "selection": .string(selection),
            "part": JSONValue(part), "parts": JSONValue(parts), "events": JSONValue(events),
        ]
    }
}

/// A stream, or one life of a memory in it, that cannot be read any more.
public struct ErasedSubject: Hashable, Sendable {
    public var stream: StreamName
    /// The data keys that were destroyed, in order.
    public var keys: [Int64]
    /// What was erased is in the stream now, and not a memory that left it before.
    public var isCurrent: Bool

    /// The memory's namespace and key.
    public var memory: MemoryKey? { MemoryStream.memory(stream) }

    package var json: JSONValue {
        [
            "stream": .string(stream.rawValue), "keys": .array(keys.map { JSONValue($0) }),
            "is_current": .bool(isCurrent),
        ]
    }
}

extension ProtoSubjectErased {
    init(_ erased: ErasedSubjects) {
        self.init()
        subjects = erased.subjects.map { subject in
            Subject.with {
                $0.stream = subject.stream.rawValue
                $0.keys = subject.keys
                $0.isCurrent = subject.isCurrent
            }
        }
        reason = erased.reason
        selection = erased.selection
        part = Int32(clamping: erased.part)
        parts = Int32(clamping: erased.parts)
        events = Int64(erased.events)
    }
}

extension ErasedSubjects {
    init(_ proto: ProtoSubjectErased) {
        self.init(
            subjects: proto.subjects.map {
                ErasedSubject(stream: StreamName($0.stream), keys: $0.keys, isCurrent: $0.isCurrent)
            },
            reason: proto.reason, selection: proto.selection, part: Int(proto.part), parts: Int(proto.parts),
            events: Int(proto.events))
    }
}

extension MemoryEvent {
    /// Events of memories that hold nothing but keys stay in plain: streams are named by keys anyway. With a renaming
    /// or a deletion a memory leaves its stream, and the next one there has a data key of its own.
    static let protection: ProtectionPolicy = {
        var policy = ProtectionPolicy(
            plainTypes: [Name.renamed, Name.nameTaken], closingTypes: [Name.renamed, Name.nameTaken, Name.deleted])
        policy.history = ErasureEvent.history
        return policy
    }()

    /// What an event that was erased means: a memory that says so and nothing else. Nil where it means nothing.
    static func erased(_ type: EventType) -> MemoryEvent? {
        switch type {
        case Name.added: .added(.erased)
        case Name.replaced, Name.restored, Name.legacyRowImported: .replaced(.erased)
        case Name.updated, Name.linked, Name.unlinked, Name.metaSet: .updated(MemoryChange())
        default: nil
        }
    }
}

extension MemoryContent {
    /// What the past shows of a memory that was erased.
    package static let erased = MemoryContent(summary: "[erased]")
}

extension MemoryLedgerOptions {
    /// How the log's file is opened.
    var logFile: LedgerFileOptions {
        var file = file
        file.protection = MemoryEvent.protection
        file.requireActor = file.requireActor || requireActor
        return file
    }
}

extension MemoryStream {
    /// What the names of a namespace's streams begin with.
    package static func category(_ namespace: String) -> String {
        String(name(MemoryKey(namespace: namespace, key: "")).category)
    }

    /// The namespace of a category.
    package static func namespace(ofCategory category: String) -> String {
        memory(StreamName(category))?.namespace ?? category
    }
}
