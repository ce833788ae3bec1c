public import EventLog
public import LedgerStorage
public import MemoryLedger
public import Projections

/// Sessions, and what is said in them. What was said is in the log for good: an undo of it would be another history.
public struct SessionsModule: ContextModule {
    public typealias Event = SessionEvent
    typealias Subject = SessionFold
    private typealias Name = SessionEvent.Name

    static let family = StreamFamily("sessions")
    static let finding = "SELECT username FROM sessions WHERE namespace = ? AND id = ?"

    public let events = [
        EventDefinition(Name.opened, undoing: .never("`session close` ends it")),
        EventDefinition(Name.touched, undoing: .withoutEffect),
        EventDefinition(Name.configured),
        EventDefinition(Name.closed),
        EventDefinition(Name.reopened),
        EventDefinition(Name.appended, undoing: .never("what was said is kept; `erase` takes what may not be")),
        EventDefinition(Name.evicted, undoing: .never("nothing was lost: `message list` shows what left the queue")),
    ]

    public let projectors: [any Projector] = [ContextProjector(), TimelineProjector()]

    public init() {}

    public func remains(of type: EventType) -> SessionEvent? {
        switch type {
        case Name.opened: .opened(SessionOpening(user: "", role: ""))
        case Name.closed: .closed(reason: nil)
        case Name.reopened: .reopened
        case Name.appended: .appended(SessionMessage(.system, CountedText.erased.text, tokens: 0))
        // How far it went is gone, and the queue keeps what it had.
        default: nil
        }
    }

    public func statistics(_ tables: SQLiteConnection) throws -> JSONObject {
        try counts(
            tables,
            [
                "sessions": "sessions", "messages": "external_memory WHERE memory_type = 'recall'",
                "evictions": "session_summaries",
            ])
    }
}

/// What of a session can be taken back: its settings, and that it was closed.
struct SessionFold: Sendable {
    var opening: SessionOpening
    var isClosed = false
}

extension SessionFold: StreamSubject {
    static func applying(_ event: SessionEvent, to session: SessionFold?) -> SessionFold? {
        if case .opened(let opening) = event { return session ?? SessionFold(opening: opening) }
        guard var session else { return nil }
        switch event {
        case .configured(let settings): session.opening.settings = settings
        case .closed: session.isClosed = true
        case .reopened: session.isClosed = false
        case .opened, .touched, .appended, .evicted: break
        }
        return session
    }

    var fields: JSONObject {
        var object = opening.json
        object.append("closed", .bool(isClosed))
        return object
    }

    init(fields: JSONObject) throws {
        let data = EventData(fields)
        self.init(opening: try SessionOpening(data), isClosed: data.flag("closed"))
    }

    static func events(from old: SessionFold?, to new: SessionFold?) -> [SessionEvent] {
        guard let old, let new else { return [] }
        var events: [SessionEvent] = []
        if new.opening.settings != old.opening.settings { events.append(.configured(new.opening.settings)) }
        if new.isClosed != old.isClosed { events.append(new.isClosed ? .closed(reason: nil) : .reopened) }
        return events
    }
}

extension SessionsModule: SearchedModule {
    package var texts: any TextSource { MessageTexts() }
}
