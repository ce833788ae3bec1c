public import EventLog

/// The state of a subject that has a stream of its own, as a fold of the stream's events.
///
///     struct TaskState: StreamSubject {
///         var title: String
///         var isDone = false
///         …
///     }
public protocol StreamSubject: Sendable {
    associatedtype Event: ModuleEvent

    /// What an event makes of a subject; nil: there is none.
    static func applying(_ event: Event, to subject: Self?) -> Self?

    /// All of its parts, each of which is taken back by itself. Subjects with the same fields are the same, texts byte
    /// by byte.
    var fields: JSONObject { get }

    /// The subject of these fields.
    init(fields: JSONObject) throws

    /// The events that make one state of the other, in one append.
    static func events(from old: Self?, to new: Self?) -> [Event]
}

/// Undo for modules whose subjects have a stream each: a field that is as the event left it gets the value from before,
/// one that others have changed since is a conflict.
///
///     func makeUndo(in ledger: MemoryLedger, at head: Position) -> any ModuleUndo {
///         StreamUndo<TaskState>(in: ledger)
///     }
public struct StreamUndo<Subject: StreamSubject>: ModuleUndo {
    private typealias Stream = StreamLives<Subject>

    private let log: any EventLog
    private let events: EventCatalogue
    private var streams: [StreamName: Stream] = [:]

    private static var pageEvents: Int { 1_024 }
    /// Events of one stream.
    public static var maximumEvents: Int { 100_000 }
    /// Of the payloads of all streams that one plan looks at.
    public static var maximumBytes: Int { UndoStep.maximumBytes }
    private var bytes = 0

    public init(in ledger: MemoryLedger) {
        log = ledger.log
        events = ledger.events
    }

    public var versions: [StreamName: StreamVersion] { streams.mapValues { StreamVersion($0.entries.count) } }
    public var changesNothing: Bool { streams.values.allSatisfy(\.isUnchanged) }

    /// The streams that the plan has looked at.
    package var lookedAt: some Sequence<StreamName> { streams.keys }

    /// What the plan makes of a stream's subject: nil within if there is none, and nil if it has not looked at the
    /// stream.
    package func planned(_ stream: StreamName) -> Subject?? { streams[stream].map(\.present) }

    /// What a stream has become in the plan.
    package struct Standing {
        fileprivate var stream: StreamLives<Subject>?
    }

    package func standing(of stream: StreamName) -> Standing { Standing(stream: streams[stream]) }

    /// Leaves a stream as it stood, as if the plan had taken back nothing of it since.
    package mutating func restore(_ stream: StreamName, to standing: Standing) {
        if let former = standing.stream { streams[stream] = former } else { streams[stream]?.finish() }
    }

    public var changes: [any SubjectChange] {
        streams.filter { !$0.value.isUnchanged }.sorted { $0.key < $1.key }.map { name, stream in
            SubjectDifference(name, before: stream.original?.fields, after: stream.present?.fields)
        }
    }

    public func standIn(for event: RecordedEvent) async throws -> RecordedEvent? { nil }
    public func check(_ steps: [UndoStep]) throws {}

    public mutating func undo(_ event: RecordedEvent, isNamed: Bool) async throws -> UndoOutcome {
        // One that stands in a stream of something else has made nothing.
        guard StreamFamily.name(of: event.stream) != nil else { return .withoutEffect }
        var stream = try await stream(event.stream)
        let index = Int(event.version) - 1
        guard stream.entries.indices.contains(index) else { return .withoutEffect }
        let (before, after) = (stream.state(before: index), stream.entries[index].state)
        guard !Stream.isSame(before, after) else { return .withoutEffect }
        let target = try stream.target(of: index)
        if !target.isDifferent || !target.conflicts.isEmpty, let by = try stream.compensation(of: index) {
            streams[event.stream] = stream
            return .alreadyUndone(by: stream.entries[by].reference)
        }
        streams[event.stream] = stream
        let steps = target.isDifferent ? Subject.events(from: stream.present, to: target.state) : []
        if !steps.isEmpty {
            if target.state != nil, stream.isErased(before: index) {
                guard isNamed else { return .erased }
                throw MemoryLedgerError(
                    .cannotUndo, "The subject of \(event.stream) was erased, and cannot be put back; leave it out.",
                    memory: StreamFamily.anySubject(event.stream))
            }
            stream.set(target.state, life: target.life)
            streams[event.stream] = stream
        }
        let conflicts = target.conflicts.map { Self.conflict(event, index, $0, stream) }
        guard !steps.isEmpty || !conflicts.isEmpty else { return .withoutEffect }
        let step = UndoStep(steps.map { (event.stream, $0) }, cause: event.id)
        return .undone(steps.isEmpty ? [] : [step], conflicts: conflicts)
    }

    private mutating func stream(_ name: StreamName) async throws -> Stream {
        if let known = streams[name] { return known }
        var stream = Stream()
        var next: StreamVersion?
        repeat {
            try Task.checkCancellation()
            let page = try await log.readStream(name, from: next, direction: .forwards, limit: Self.pageEvents)
            for event in page.events {
                stream.append(event, try events.body(of: event) as? Subject.Event)
                bytes += event.payload.count
            }
            guard stream.entries.count <= Self.maximumEvents, bytes <= Self.maximumBytes else {
                throw MemoryLedgerError(
                    .cannotUndo,
                    "The stream \(name) has more than \(Self.maximumEvents) events (StreamUndo.maximumEvents), or what "
                        + "the plan looks at has more than \(Self.maximumBytes) bytes (StreamUndo.maximumBytes); undo "
                        + "less at once.")
            }
            next = page.next
        } while next != nil
        stream.finish()
        streams[name] = stream
        return stream
    }

    private static func conflict(
        _ event: RecordedEvent, _ index: Int, _ field: String, _ stream: Stream
    ) -> UndoConflict {
        let by = stream.lastChange(of: field, after: index).map { stream.entries[$0].reference }
        let reason =
            field == Stream.wholeSubject
            ? "The subject of \(event.stream) came or went since\(EventReference.by(by))."
            : "The field \(field) of \(event.stream) was changed since\(EventReference.by(by))."
        return UndoConflict(
            event: EventReference(event), memory: StreamFamily.anySubject(event.stream) ?? MemoryKey(key: ""),
            field: field, changedBy: by, reason: reason)
    }
}
