import EventLog
import LedgerStorage
import MemoryLedger
import Projections

/// Counts every event of the log, whatever it is, by when it occurred.
///
/// Invariants:
/// 1. The rows of a namespace have every event of it once in each span: its hour, its day, its month.
/// 2. Those of a session have every event of its stream, also when it is erased; those of a user the events of the
///    user's own stream, and of the sessions that are theirs.
/// 3. An event is either in these rows or in the tail, whatever transactions the events came in.
/// 4. Whose a session is, is known of its first event alone. When that is erased it is not known any more, and the
///    events of the session are no user's.
struct TimelineProjector: Projector {
    let name = "context_timeline"
    let version = 2
    let eventTypes: Set<EventType>? = nil
    /// Every program without this projector leaves its tables behind, and what else there is can be read all the same.
    let mayLag = true
    var schema: ProjectionSchema { Self.schema }

    private static let schema: ProjectionSchema = {
        var schema = ProjectionSchema(
            script: String(decoding: PackageResources.context_timeline_sql, as: UTF8.self))
        schema.lookupIndexes = [sessionIndex]
        return schema
    }()

    private static let sessionIndex = "idx_timeline_session"

    /// All others are counted, whatever they say.
    func needsPayload(of type: EventType) -> Bool {
        type == SessionEvent.Name.opened || type == ErasedSubject.eventType
    }

    func makeWriter(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) -> any ProjectionWriter {
        TimelineWriter(sqlite, lacksIndexes: isBeingBuilt)
    }

    /// An erasure looks for a session's rows.
    static func createLookupIndex(_ sqlite: SQLiteConnection) throws { try schema.createIndex(sessionIndex, sqlite) }
}

/// Keeps the last events in the tail; what leaves it is counted in memory, and added to the rows before each commit.
final class TimelineWriter: ProjectionWriter {
    private let sqlite: SQLiteConnection
    private let rows: TimelineRowWriter
    private let tail: TimelineTail
    private let sessions = SessionsModule()
    private var lacksIndexes: Bool
    /// Whose the events of a stream are, by the stream of a session or a user.
    private var places: [StreamName: TimelinePlace] = [:]
    /// The same of other streams, by namespace.
    private var namespaces: [ByteText: TimelinePlace] = [:]
    /// Of the stream before: events of one kind come together.
    private var last: (stream: StreamName, place: TimelinePlace)?
    private var tallies: [TimelineTally] = []
    private var found: [TimelineTally.Key: TimelineTally] = [:]
    private var current: TimelineTally?

    /// Kept in memory, some 300 bytes each.
    private static let maximumPlaces = 16_384
    private static let maximumTallies = 16_384

    init(_ sqlite: SQLiteConnection, lacksIndexes: Bool) {
        (self.sqlite, self.lacksIndexes) = (sqlite, lacksIndexes)
        rows = TimelineRowWriter(sqlite)
        tail = TimelineTail(sqlite)
    }

    func apply(_ event: RecordedEvent) throws {
        let place = try place(of: event)
        try tail.add(TimelineEvent(event, at: place), leaving: count)
        guard event.type == ErasedSubject.eventType else { return }
        for subject in try event.erasedSubjects() where subject.isCurrent { try erase(subject.stream) }
    }

    func flush() throws {
        try writeTallies()
        try tail.flush()
    }

    private func writeTallies() throws {
        try rows.add(tallies)
        forgetTallies()
    }

    func forget() {
        rows.forget()
        tail.forget()
        forgetTallies()
        places.removeAll()
        namespaces.removeAll()
        last = nil
    }

    private func forgetTallies() {
        tallies.removeAll(keepingCapacity: true)
        found.removeAll(keepingCapacity: true)
        current = nil
    }

    private func count(_ event: TimelineEvent) throws {
        if let current, current.counts(event) { return current.add(event) }
        try tally(TimelineTally.Key(place: event.place, type: event.type, minute: event.minute)).add(event)
    }

    private func tally(_ key: TimelineTally.Key) throws -> TimelineTally {
        if let known = found[key] {
            current = known
            return known
        }
        if tallies.count >= Self.maximumTallies { try writeTallies() }
        let tally = TimelineTally(key)
        tallies.append(tally)
        found[key] = tally
        current = tally
        return tally
    }

    // MARK: Whose an event is

    private func place(of event: RecordedEvent) throws -> TimelinePlace {
        let stream = event.stream
        if event.type == SessionEvent.Name.opened, let session = SessionsModule.family.subject(stream) {
            try open(session, event)
        }
        if let last, last.stream == stream || Self.areOfOneNamespace(last.stream, stream) { return last.place }
        let place = try place(of: stream)
        last = (stream, place)
        return place
    }

    /// Two streams of memories in one namespace.
    private static func areOfOneNamespace(_ left: StreamName, _ right: StreamName) -> Bool {
        guard !left.beginsWithDollar, !right.beginsWithDollar else { return false }
        var bytes = right.rawValue.utf8.makeIterator()
        for byte in left.rawValue.utf8 {
            guard bytes.next() == byte else { return false }
            if byte == UInt8(ascii: "/") { return true }
        }
        return false
    }

    private func place(of stream: StreamName) throws -> TimelinePlace {
        if let session = SessionsModule.family.subject(stream) {
            return try place(stream) {
                TimelinePlace(session.namespace, user: try owner(of: session), session: session.key)
            }
        }
        if let user = UsersModule.family.subject(stream) {
            return place(stream) { TimelinePlace(user.namespace, user: user.key) }
        }
        let namespace = StreamFamily.namespace(of: stream) ?? ""
        if let known = namespaces[ByteText(namespace)] { return known }
        if namespaces.count >= Self.maximumPlaces { namespaces.removeAll() }
        let place = TimelinePlace(namespace)
        namespaces[ByteText(namespace)] = place
        return place
    }

    private func place(_ stream: StreamName, _ make: () throws -> TimelinePlace) rethrows -> TimelinePlace {
        if let known = places[stream] { return known }
        if places.count >= Self.maximumPlaces { places.removeAll() }
        let place = try make()
        places[stream] = place
        return place
    }

    private func owner(of session: MemoryKey) throws -> String {
        let find = try sqlite.statement(
            "SELECT username FROM timeline_owners WHERE namespace = ? AND session = ?")
        find.bind(1, session.namespace)
        find.bind(2, session.key)
        defer { find.reset() }
        return try find.step() ? find.text(0) : ""
    }

    private func open(_ session: MemoryKey, _ event: RecordedEvent) throws {
        guard case .opened(let opening)? = try sessions.body(of: event), !opening.user.isEmpty else { return }
        let add = try sqlite.statement(
            "INSERT OR IGNORE INTO timeline_owners (namespace, session, username) VALUES (?, ?, ?)")
        add.bind(1, session.namespace)
        add.bind(2, session.key)
        add.bind(3, opening.user)
        try add.run()
        forget(place: event.stream)
    }

    private func forget(place stream: StreamName) {
        places[stream] = nil
        last = nil
    }

    /// From here on nothing says whose a session was.
    private func erase(_ stream: StreamName) throws {
        guard let session = SessionsModule.family.subject(stream) else { return }
        // Whether or not it is known whose the session is: a rebuild, which cannot know it, makes the same tables.
        try tail.leave(count)
        let owner = try owner(of: session)
        guard !owner.isEmpty else { return }
        try writeTallies()
        if lacksIndexes {
            try TimelineProjector.createLookupIndex(sqlite)
            lacksIndexes = false
        }
        try rows.disown(session, of: owner)
        let remove = try sqlite.statement("DELETE FROM timeline_owners WHERE namespace = ? AND session = ?")
        remove.bind(1, session.namespace)
        remove.bind(2, session.key)
        try remove.run()
        forget(place: stream)
    }
}

/// Whose an event is.
final class TimelinePlace {
    let namespace: String
    /// Empty: of no user, or it is not known whose.
    let user: String
    /// Empty: it is of none.
    let session: String

    init(_ namespace: String, user: String = "", session: String = "") {
        (self.namespace, self.user, self.session) = (namespace, user, session)
    }

    func isIn(_ namespace: String) -> Bool { self.namespace.hasSameBytes(as: namespace) }
}

/// Events of one type and one minute that are not in the rows yet.
final class TimelineTally {
    struct Key: Hashable {
        var place: TimelinePlace
        var type: EventType
        /// When it begins.
        var minute: Timestamp

        static func == (left: Self, right: Self) -> Bool {
            left.place === right.place && left.minute == right.minute && left.type == right.type
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(ObjectIdentifier(place))
            hasher.combine(minute)
        }
    }

    let key: Key
    private(set) var events: Int64 = 0
    private(set) var bytes: Int64 = 0

    init(_ key: Key) { self.key = key }

    func counts(_ event: TimelineEvent) -> Bool {
        key.minute == event.minute && key.place === event.place && key.type == event.type
    }

    func add(_ event: TimelineEvent) {
        events += 1
        bytes += event.bytes
    }
}
