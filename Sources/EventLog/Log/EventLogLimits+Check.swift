extension EventLogLimits {
    /// Checks an append before the log is looked at: every backend calls it first.
    ///
    /// - Throws: `EventLogError` with `limitExceeded`, which names the limit, or `invalidArgument`, if the append
    ///   cannot be stored, whatever the log holds.
    public func check(_ appends: [StreamAppend]) throws {
        guard !appends.isEmpty else {
            throw EventLogError(.invalidArgument, "The append names no stream; give it at least one.")
        }
        let count = appends.reduce(0) { $0 + $1.events.count }
        guard count <= appendEvents else {
            throw EventLogError.limit("appendEvents", allowed: appendEvents, found: count, what: "The append")
        }
        for append in appends {
            try check(append.stream)
            for event in append.events { try check(event) }
        }
    }

    /// Checks an append to a log that takes no event without an actor.
    ///
    /// - Throws: `EventLogError` with `actorRequired` if an event of the append has none.
    public static func checkActors(_ appends: [StreamAppend]) throws {
        for append in appends where !append.events.allSatisfy(\.attribution.hasActor) {
            throw EventLogError.actorRequired
        }
    }

    /// Throws `limitExceeded` or `invalidArgument` where a name is not a stream's.
    package func check(_ stream: StreamName) throws {
        try check(stream.rawValue, "streamNameBytes", streamNameBytes, what: "The stream name")
    }

    /// Throws `limitExceeded` or `invalidArgument` where an event cannot be stored.
    package func check(_ event: NewEvent) throws {
        try check(event.type.rawValue, "labelBytes", labelBytes, what: "The event type")
        try check(event.attribution)
        if !event.protectedFor.isEmpty { try check(protectedFor: event.protectedFor) }
        guard event.schemaVersion >= 1, event.schemaVersion <= Int(Int32.max) else {
            throw EventLogError(.invalidArgument, "A schema version is 1 or more, not \(event.schemaVersion).")
        }
        guard event.payload.count <= payloadBytes else {
            throw EventLogError.limit(
                "payloadBytes", allowed: payloadBytes, found: event.payload.count, what: "The event's payload in bytes")
        }
    }

    /// Throws `limitExceeded` or `invalidArgument` where an event cannot have the context.
    package func check(_ attribution: Attribution) throws {
        if let actor = attribution.actor { try check(actor, "labelBytes", labelBytes, what: "The actor") }
        if let id = attribution.correlationID { try check(id, "labelBytes", labelBytes, what: "The correlation id") }
        if let id = attribution.causationID { try check(id, "labelBytes", labelBytes, what: "The causation id") }
    }

    private func check(protectedFor users: [String]) throws {
        guard users.count <= protectedUsers else {
            throw EventLogError.limit(
                "protectedUsers", allowed: protectedUsers, found: users.count,
                what: "The number of users that an event is protected for")
        }
        for user in users { try check(user, "labelBytes", labelBytes, what: "The user") }
    }

    /// Checks the `limit` of a query or of a page of a stream, in events.
    ///
    /// - Throws: `EventLogError` with `limitExceeded` or `invalidArgument` if a page cannot have that many events.
    public func check(pageLimit limit: Int) throws {
        guard limit >= 1 else { throw EventLogError(.invalidArgument, "A page holds 1 event or more, not \(limit).") }
        guard limit <= pageEvents else {
            throw EventLogError.limit("pageEvents", allowed: pageEvents, found: limit, what: "The page's limit")
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
