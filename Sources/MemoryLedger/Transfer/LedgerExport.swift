public import EventLog
import LedgerCapabilities

/// What an export wrote.
public struct EventExportReport: Hashable, Sendable {
    public var events: Int
    public var firstPosition: Position?
    public var lastPosition: Position?
}

extension MemoryLedger {
    /// Writes every event as one line of JSON, between a line that says what this is and one that counts them
    /// (`Schemas/EXPORT.md`), so that an import can tell whether it has all of it. An event's line has the shape of
    /// `RecordedEvent.json()`, and `"payload"`, the event's body in base64: nothing is lost even of types that this
    /// program does not know.
    ///
    ///     try await ledger.exportEvents { line in try file.write(contentsOf: line) }
    ///
    /// Access tokens are left out: they are of no use outside this ledger.
    ///
    /// One page of events is in memory at a time, bounded by `EventLogLimits.pageBytes`.
    ///
    /// - Parameters:
    ///   - after: The position to begin after.
    ///   - moment: Only events that had happened by then; nil: all.
    ///   - write: Takes a line with its line break. What it throws ends the export.
    /// Encrypted payloads are written in plain, so an export is out of the reach of erasures; an erased event has
    /// `"erased": true` and its ciphertext for a payload.
    ///
    /// - Throws: `EventLogError.damagedPayload` with the position; the events before it have been written.
    ///   `masterKeyMissing` or `masterKeyWrong` in the same way.
    @discardableResult
    public func exportEvents(
        after position: Position = 0, through moment: LogMoment? = nil, to write: ([UInt8]) async throws -> Void
    ) async throws -> EventExportReport {
        try await flushReads()
        var report = EventExportReport(events: 0, firstPosition: nil, lastPosition: nil)
        let last = if let moment { moment.position } else { try await log.head() }
        try await write(ExportLine.begin(after: position, through: last))
        for try await event in log.events(from: position) {
            if event.position > last { break }
            guard moment?.includes(event) ?? true, events.isExported(event) else { continue }
            try event.checkUnlocked()
            let ciphertext = event.protection.isErased ? try encryption?.ciphertext(at: event.position) : nil
            try await write(try EventLine.write(event, of: events, ciphertext: ciphertext))
            report.events += 1
            report.firstPosition = report.firstPosition ?? event.position
            report.lastPosition = event.position
        }
        try await write(ExportLine.end(report))
        return report
    }
}

extension EventCatalogue {
    /// False for what is of use in its own ledger alone, and for all of the tokens' stream: a newer program may have
    /// types there that this one does not know.
    fileprivate func isExported(_ event: RecordedEvent) -> Bool {
        event.stream != AccessTokenEvent.stream && self[event.type]?.isExported ?? true
    }
}
