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
        let count = appends.reduce(0) { $0 + $1.events.count }
        guard count <= limits.appendEvents else {
            throw EventLogError.limit("appendEvents", allowed: limits.appendEvents, found: count, what: "The append")
        }
        streams.reserveCapacity(appends.count)
        events.reserveCapacity(count)
        for append in appends {
            try limits.check(append.stream)
            let first = events.count
            for event in append.events {
                try limits.check(event)
                add(event, encoder)
            }
            streams.append(Stream(stream: append.stream, condition: append.condition, events: first..<events.count))
        }
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

extension EventLogLimits {
    /// Throws `limitExceeded` or `invalidArgument` where a name is not a stream's.
    func check(_ stream: StreamName) throws {
        try check(stream.rawValue, "streamNameBytes", streamNameBytes, what: "The stream name")
    }

    /// Throws `limitExceeded` or `invalidArgument` where an event cannot be stored.
    func check(_ event: NewEvent) throws {
        try check(event.type.rawValue, "labelBytes", labelBytes, what: "The event type")
        if let actor = event.context.actor { try check(actor, "labelBytes", labelBytes, what: "The actor") }
        if let id = event.context.correlationID { try check(id, "labelBytes", labelBytes, what: "The correlation id") }
        if let id = event.context.causationID { try check(id, "labelBytes", labelBytes, what: "The causation id") }
        guard event.schemaVersion >= 1, event.schemaVersion <= Int(Int32.max) else {
            throw EventLogError(.invalidArgument, "A schema version is 1 or more, not \(event.schemaVersion).")
        }
        guard event.payload.count <= payloadBytes else {
            throw EventLogError.limit(
                "payloadBytes", allowed: payloadBytes, found: event.payload.count, what: "The event's payload in bytes")
        }
    }

    private func check(_ text: String, _ name: String, _ allowed: Int, what: String) throws {
        let bytes = text.utf8
        guard !bytes.isEmpty else { throw EventLogError(.invalidArgument, "\(what) is empty; give it a text.") }
        guard bytes.count <= allowed else {
            throw EventLogError.limit(name, allowed: allowed, found: bytes.count, what: "\(what)'s length in bytes")
        }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw EventLogError(.invalidArgument, "\(what) has a control character; leave it out.")
        }
    }
}
