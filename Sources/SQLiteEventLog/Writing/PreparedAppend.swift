import EventLog

/// An append with its payloads compressed, ready to be written. Made by the caller, outside the writer's turn.
struct PreparedAppend: Sendable {
    struct Event: Sendable {
        var event: NewEvent
        var stored: StoredPayload
        /// Where the stored bytes lie in `bytes`; nil where the payload is stored as it is.
        var range: Range<Int>?
    }

    struct Stream: Sendable {
        var stream: StreamName
        var condition: StreamCondition
        var events: Range<Int>
    }

    private(set) var streams: [Stream] = []
    private(set) var events: [Event] = []
    private(set) var bytes: [UInt8] = []

    /// - Throws: `EventLogError` with `limitExceeded` or `invalidArgument`.
    init(_ appends: [StreamAppend], limits: EventLogLimits, encoder: PayloadEncoder) throws {
        try limits.check(appends)
        streams.reserveCapacity(appends.count)
        events.reserveCapacity(appends.reduce(0) { $0 + $1.events.count })
        for append in appends {
            let first = events.count
            for event in append.events { add(event, encoder) }
            streams.append(Stream(stream: append.stream, condition: append.condition, events: first..<events.count))
        }
    }

    var eventIDs: [EventID] { events.map(\.event.id) }

    /// - Throws: `actorRequired`.
    func checkActors() throws {
        guard events.allSatisfy(\.event.attribution.hasActor) else { throw EventLogError.actorRequired }
    }

    private mutating func add(_ event: NewEvent, _ encoder: PayloadEncoder) {
        event.payload.withUnsafeBytes { payload in
            encoder.encode(payload) { stored, output in
                guard stored.codec != StoredPayload.asIs else {
                    return events.append(Event(event: event, stored: stored, range: nil))
                }
                let start = bytes.count
                bytes.append(contentsOf: output)
                events.append(Event(event: event, stored: stored, range: start..<bytes.count))
            }
        }
    }
}
