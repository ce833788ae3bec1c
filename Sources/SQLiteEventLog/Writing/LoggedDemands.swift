import EventLog
import LedgerStorage

/// What the events of `LedgerPolicyChange.stream` demand of an append, as the writer knows it.
struct LoggedDemands {
    private(set) var current: LogDemands
    private let requiresActor: Bool
    /// How many events of the stream are in it; -1: not looked at yet.
    private var version: StreamVersion = -1

    init(requiresActor: Bool) {
        self.requiresActor = requiresActor
        current = LogDemands(requiresActor: requiresActor)
    }

    /// The next `read` reads them all.
    mutating func forget() { version = -1 }

    /// Reads the stream, if it has another version than what is known.
    ///
    /// An event whose payload is damaged demands actors: it may have, and a refusal for good would be worse. Who says
    /// who acts goes on, and a later event lifts it.
    mutating func read(through version: StreamVersion, _ sqlite: SQLiteConnection, _ limits: EventLogLimits) throws {
        guard version != self.version else { return }
        current = LogDemands(requiresActor: requiresActor)
        self.version = version
        guard version > 0 else { return }
        let reader = try LogReader.alone(sqlite, limits)
        var next: StreamVersion? = 1
        while let from = next {
            do {
                let page = try reader.readStream(
                    LedgerPolicyChange.stream, from: from, direction: .forwards, limit: min(256, limits.pageEvents))
                for event in page.events { apply(event.type, event.schemaVersion, event.payload) }
                next = page.next
            } catch let error as EventLogError where error.code == .damagedPayload {
                // A page ends before what is damaged, so it is the first one here.
                current.applyDamagedPolicy()
                next = from < version ? from + 1 : nil
            }
        }
    }

    /// Takes events into account that were written to the stream.
    mutating func apply(_ events: [NewEvent], through version: StreamVersion) {
        for event in events { apply(event.type, event.schemaVersion, event.payload) }
        self.version = version
    }

    private mutating func apply(_ type: EventType, _ schemaVersion: Int, _ payload: [UInt8]) {
        current.apply(type, schemaVersion: schemaVersion, payload: payload, in: LedgerPolicyChange.stream)
    }
}
