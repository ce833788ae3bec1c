public import EventLog
public import Projections

extension MemoryLedger {
    /// What an event did: the rows that it touched, before and after, projector by projector and table by table.
    ///
    /// The projections are built again up to the event, in a file among those of the moments, and the event is applied
    /// to them. Of a rename each of the two events is explained for itself.
    ///
    /// - Throws: `EventLogError.unknownMoment` where the log has no such event; `invalidArgument` for a time, which is
    ///   no event.
    public func explain(_ moment: Moment) async throws -> EventExplanation {
        switch moment {
        case .position, .event: break
        case .time, .occurred:
            throw MemoryLedgerError(
                .invalidArgument, "A time is no event; give the event's id or position: `log` shows them.")
        }
        try await flushReads()
        let position = try await log.resolve(moment, now: options.clock.now()).position
        guard let event = try await log.event(at: position) else {
            throw EventLogError(.unknownMoment, "The log has no event at \(position); `log` shows those that it has.")
        }
        return try await moments.explain(event)
    }
}

extension EventExplanation {
    /// `{"event": as `RecordedEvent.json`, "projections": [{"name", "version", "complete", "tables": [{"name",
    /// "rows": [{"before": {COLUMN: VALUE}, "after"}]}]}]}`; `before` is null for a new row, `after` for one that went.
    ///
    /// Columns that hold JSON stay text, bytes are `{"$base64": …}`.
    ///
    /// - Parameter catalogue: the types of events that are known.
    public func json(of catalogue: EventCatalogue = .builtIn) throws -> JSONValue {
        [
            "event": try catalogue.json(of: event),
            "projections": .array(
                projections.map { projection in
                    [
                        "name": .string(projection.name), "version": JSONValue(projection.version),
                        "complete": .bool(projection.isComplete),
                        "tables": .array(projection.tables.map(\.json)),
                    ]
                }),
        ]
    }
}

extension EventExplanation.Table {
    fileprivate var json: JSONValue {
        [
            "name": .string(name),
            "rows": .array(rows.map { ["before": json($0.before), "after": json($0.after)] }),
        ]
    }

    private func json(_ row: [ColumnValue]?) -> JSONValue {
        guard let row else { return .null }
        return .object(JSONObject(zip(columns, row).map { JSONObject.Member(name: $0, value: $1.json) }))
    }
}

extension ColumnValue {
    package var json: JSONValue {
        switch self {
        case .null: .null
        case .integer(let value): JSONValue(value)
        case .real(let value): JSONValue(value)
        case .text(let value): .string(value)
        case .blob(let bytes): ["$base64": JSONValue(base64: bytes)]
        }
    }
}
