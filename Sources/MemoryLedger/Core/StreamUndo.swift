public import EventLog

/// The state of a subject that has a stream of its own, as a fold of the stream's events.
public protocol StreamSubject: Hashable, Sendable {
    associatedtype Event: ModuleEvent

    /// What an event makes of a subject; nil: there is none.
    static func applying(_ event: Event, to subject: Self?) -> Self?

    /// Its parts, each of which is taken back by itself. Equal subjects have equal fields.
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
    private struct Entry {
        var reference: EventReference
        /// After the event.
        var state: Subject?
    }

    private struct Stream {
        var entries: [Entry] = []
        var original: Subject?
        /// With what the plan has taken back.
        var present: Subject?

        func state(before index: Int) -> Subject? { index == 0 ? nil : entries[index - 1].state }
    }

    /// What is left to do.
    private struct Target {
        var state: Subject?
        var isDifferent = false
        var conflicts: [String] = []
    }

    private let log: any EventLog
    private let events: EventCatalogue
    private var streams: [StreamName: Stream] = [:]

    private static var pageEvents: Int { 1_024 }
    /// Events of one stream.
    public static var maximumEvents: Int { 100_000 }

    public init(in ledger: MemoryLedger) {
        log = ledger.log
        events = ledger.events
    }

    public var versions: [StreamName: StreamVersion] { streams.mapValues { StreamVersion($0.entries.count) } }
    public var changesNothing: Bool { streams.values.allSatisfy { $0.original == $0.present } }

    public var changes: [any SubjectChange] {
        streams.filter { $0.value.original != $0.value.present }.sorted { $0.key < $1.key }.map { name, stream in
            SubjectDifference(name, before: stream.original?.fields, after: stream.present?.fields)
        }
    }

    public func standIn(for event: RecordedEvent) async throws -> RecordedEvent? { nil }
    public func check(_ steps: [UndoStep]) throws {}

    public mutating func undo(_ event: RecordedEvent, isNamed: Bool) async throws -> UndoOutcome {
        var stream = try await stream(event.stream)
        let index = Int(event.version) - 1
        guard stream.entries.indices.contains(index) else { return .withoutEffect }
        let (before, after) = (stream.state(before: index), stream.entries[index].state)
        guard before != after else { return .withoutEffect }
        let target = try Self.target(before, after, stream.present)
        if !target.isDifferent || !target.conflicts.isEmpty, let by = try Self.compensation(of: index, in: stream) {
            return .alreadyUndone(by: by)
        }
        var steps: [UndoStep] = []
        if target.isDifferent {
            let events = Subject.events(from: stream.present, to: target.state)
            steps = [UndoStep(events.map { (event.stream, $0) }, cause: event.id)]
            stream.present = target.state
            streams[event.stream] = stream
        }
        let conflicts = target.conflicts.map { Self.conflict(event, index, $0, stream) }
        return steps.isEmpty && conflicts.isEmpty ? .withoutEffect : .undone(steps, conflicts: conflicts)
    }

    // MARK: The stream

    private mutating func stream(_ name: StreamName) async throws -> Stream {
        if let known = streams[name] { return known }
        var stream = Stream()
        var next: StreamVersion?
        repeat {
            try Task.checkCancellation()
            let page = try await log.readStream(name, from: next, direction: .forwards, limit: Self.pageEvents)
            for event in page.events {
                var state = stream.entries.last?.state
                if let body = try events.body(of: event) as? Subject.Event {
                    state = Subject.applying(body, to: state)
                }
                stream.entries.append(Entry(reference: EventReference(event), state: state))
            }
            guard stream.entries.count <= Self.maximumEvents else {
                throw MemoryLedgerError(
                    .cannotUndo,
                    "The stream \(name) has more than \(Self.maximumEvents) events (StreamUndo.maximumEvents), too many "
                        + "to undo any of them.")
            }
            next = page.next
        } while next != nil
        stream.original = stream.entries.last?.state
        stream.present = stream.original
        streams[name] = stream
        return stream
    }

    // MARK: Comparing

    private static func target(_ before: Subject?, _ after: Subject?, _ present: Subject?) throws -> Target {
        guard let before, let after, let present else {
            // It came or went with the event, or is gone.
            if present == after { return Target(state: before, isDifferent: true) }
            if present == before { return Target(state: present) }
            return Target(state: present, conflicts: changed(after, present))
        }
        let (old, new, now) = (before.fields, after.fields, present.fields)
        var fields = now
        var target = Target(state: present)
        for name in names(old, new) where !isSame(old[name], new[name]) {
            if isSame(now[name], new[name]) {
                fields.remove(name)
                if let value = old[name] { fields.append(name, value) }
                target.isDifferent = true
            } else if !isSame(now[name], old[name]) {
                target.conflicts.append(name)
            }
        }
        if target.isDifferent { target.state = try Subject(fields: fields) }
        return target
    }

    /// The fields that differ; `""` if one of the two is not there.
    private static func changed(_ left: Subject?, _ right: Subject?) -> [String] {
        guard let left = left?.fields, let right = right?.fields else { return [""] }
        return names(left, right).filter { !isSame(left[$0], right[$0]) }
    }

    private static func names(_ left: JSONObject, _ right: JSONObject) -> [String] {
        left.members.map(\.name) + right.members.map(\.name).filter { left[$0] == nil }
    }

    private static func isSame(_ left: JSONValue?, _ right: JSONValue?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return left.isSame(as: right)
    }

    // MARK: What others did

    /// The event that took another one back and stands.
    private static func compensation(of index: Int, in stream: Stream) throws -> EventReference? {
        let id = stream.entries[index].reference.id
        for later in stream.entries.indices.dropFirst(index + 1) {
            let entry = stream.entries[later]
            guard entry.reference.context.causationID.flatMap({ EventID($0) }) == id,
                try !target(stream.state(before: index), stream.entries[index].state, entry.state).isDifferent,
                // Each undoing of an undoing is later: the search ends.
                try compensation(of: later, in: stream) == nil
            else { continue }
            return entry.reference
        }
        return nil
    }

    private static func conflict(
        _ event: RecordedEvent, _ index: Int, _ field: String, _ stream: Stream
    ) -> UndoConflict {
        let later = stream.entries.indices.dropFirst(index + 1).last { later in
            changed(stream.state(before: later), stream.entries[later].state).contains { $0 == field || $0.isEmpty }
        }
        let by = later.map { stream.entries[$0].reference }
        let reason =
            field.isEmpty
            ? "The subject of \(event.stream) came or went since\(EventReference.by(by))."
            : "The field \(field) of \(event.stream) was changed since\(EventReference.by(by))."
        return UndoConflict(
            event: EventReference(event), memory: StreamFamily.anySubject(event.stream) ?? MemoryKey(key: ""),
            field: field, changedBy: by, reason: reason)
    }
}
