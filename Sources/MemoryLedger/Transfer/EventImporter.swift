import EventLog

/// Appends lines of an export in batches.
///
/// Invariants:
/// 1. Events are appended in the order of their lines.
/// 2. When an error names a line, every event before it has been appended, and none after it.
/// 3. An event is appended at most once, whatever the log held before.
struct EventImporter {
    let ledger: MemoryLedger
    let limits: EventImportLimits
    var report = EventImportReport()
    private var tally = ExportTally()

    private var batch: [(line: Int, event: EventLine)] = []
    private var batchBytes = 0
    private var batchIDs: Set<EventID> = []
    /// Streams of modules and of the ledger of which a line was left out.
    private var gaps: Set<StreamName> = []

    init(_ ledger: MemoryLedger, limits: EventImportLimits) {
        self.ledger = ledger
        self.limits = limits
    }

    var log: any EventLog { ledger.log }

    /// Cuts off a line; where that fails, what stands before it is appended first.
    mutating func splitting(_ split: () throws -> [UInt8]?) async throws -> [UInt8]? {
        do {
            return try split()
        } catch {
            try await appendBatch()
            throw error
        }
    }

    /// Takes a line. An empty one means nothing.
    ///
    /// - Parameter isUnfinished: No line break follows, so that the file may have been cut within the line.
    mutating func take(_ bytes: [UInt8], number: Int, isUnfinished: Bool = false) async throws {
        guard bytes.contains(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }) else { return }
        do {
            switch try ExportLine(bytes, of: ledger.events) {
            case .begin: tally.begin(line: number)
            case .end(let events): tally.end(stated: events, line: number)
            case .event(let line):
                tally.count()
                try await take(line, number: number)
            }
        } catch let fault as EventLine.Fault {
            // The export was cut off here, which `finish` says.
            if isUnfinished, tally.isOpen, fault.kind == .syntax { return }
            try await appendBatch()
            throw Self.error(fault, number)
        }
    }

    private static func error(_ fault: EventLine.Fault, _ number: Int) -> EventImportError {
        switch fault.kind {
        case .newerEvent:
            EventImportError(
                .newerEvent, line: number, "Line \(number) cannot be read: \(fault.reason); use a newer program.")
        case .syntax, .other:
            EventImportError(
                .malformedLine, line: number, "Line \(number) is not an event: \(fault.reason); correct or remove it.")
        }
    }

    /// Appends what is left, and looks whether the file had its end.
    mutating func finish(lastLine: Int) async throws {
        try await appendBatch()
        tally.finish(line: lastLine)
        report.incomplete = tally.incomplete
    }

    private mutating func take(_ event: EventLine, number: Int) async throws {
        var line = event
        let decision = try await decision(on: line, number)
        report.events += 1
        switch decision {
        // Where a line of the stream was left out, the versions that follow are others here.
        case .taken: if gaps.contains(line.stream) { line.version = nil }
        case .takenAnywhere: line.version = nil
        case .duplicate:
            report.duplicates += 1
            return
        case .leftOut:
            report.leftOut += 1
            if line.stream.beginsWithDollar { gaps.insert(line.stream) }
            return
        }
        guard batchIDs.insert(line.event.id).inserted else {
            report.duplicates += 1
            return
        }
        batch.append((number, line))
        batchBytes += line.event.payload.count
        if batch.count >= limits.batchEvents || batchBytes >= limits.batchBytes { try await appendBatch() }
    }

    // MARK: Appending

    /// Appends what has been taken: at once where the log knows none or all of it, else what is new of it.
    mutating func appendBatch() async throws {
        guard !batch.isEmpty else { return }
        let events = batch
        batch = []
        batchBytes = 0
        batchIDs = []
        do {
            try await append(events)
        } catch let error as EventLogError where error.code == .eventIDReused {
            try await appendSingly(try await unknown(events))
        } catch let error as EventLogError where Self.concernsTheEvents(error) {
            try await appendSingly(events)
        }
    }

    /// The events that the log does not have; counts the others.
    private mutating func unknown(
        _ events: [(line: Int, event: EventLine)]
    ) async throws -> [(line: Int, event: EventLine)] {
        var unknown: [(line: Int, event: EventLine)] = []
        for (line, event) in events {
            guard let known = try await log.event(id: event.event.id) else {
                unknown.append((line, event))
                continue
            }
            guard known.stream == event.stream, known.type == event.event.type else {
                try await appendSingly(unknown)
                throw EventImportError(
                    .refused, line: line,
                    "Line \(line): the ledger has event \(known.id) as another event, at position \(known.position); "
                        + "import into another ledger.")
            }
            report.duplicates += 1
        }
        return unknown
    }

    /// Appends the events together, and where the log refuses that, one by one, to find which it is.
    private mutating func appendSingly(_ events: [(line: Int, event: EventLine)]) async throws {
        guard !events.isEmpty else { return }
        do {
            return try await append(events)
        } catch let error as EventLogError where Self.concernsTheEvents(error) && events.count > 1 {
            for event in events { try await appendSingly([event]) }
        } catch let error as EventLogError where Self.concernsTheEvents(error) {
            let line = events[0].line
            throw EventImportError(.refused, line: line, "Line \(line): \(error.message)", underlying: error)
        }
    }

    private mutating func append(_ events: [(line: Int, event: EventLine)]) async throws {
        let result = try await log.append(try Self.appends(events))
        guard !result.isRepetition else {
            report.duplicates += events.count
            return
        }
        report.imported += events.count
        report.firstPosition = report.firstPosition ?? result.positions.first
        report.lastPosition = result.positions.last ?? report.lastPosition
    }

    /// The events in their order, those of one stream that stand together as one part. The first part of a stream says
    /// at which version it must be.
    private static func appends(_ events: [(line: Int, event: EventLine)]) throws -> [StreamAppend] {
        var appends: [StreamAppend] = []
        // The version that each stream stands at after the events so far; nil where no line has said it.
        var versions: [StreamName: StreamVersion?] = [:]
        for (_, event) in events {
            var condition = StreamCondition.any
            if let reached = versions[event.stream] {
                if let reached, let version = event.version, version != reached &+ 1 {
                    throw EventLogError.outOfOrder(event, expected: reached &+ 1)
                }
                versions.updateValue(event.version ?? reached.map { $0 &+ 1 }, forKey: event.stream)
            } else {
                if let version = event.version { condition = version == 1 ? .mustNotExist : .atVersion(version - 1) }
                versions.updateValue(event.version, forKey: event.stream)
            }
            if appends.last?.stream == event.stream {
                appends[appends.count - 1].events.append(event.event)
            } else {
                appends.append(StreamAppend(event.stream, condition, events: [event.event]))
            }
        }
        return appends
    }

    /// False where trying again with fewer events would not help: a full disk, another writer, a closed log.
    private static func concernsTheEvents(_ error: EventLogError) -> Bool {
        [
            .conflict, .limitExceeded, .invalidArgument, .eventIDReused, .projectionFailed, .damagedPayload,
            .actorRequired,
        ]
        .contains(error.code)
    }
}

extension EventLogError {
    /// Two lines of one import that do not follow each other in their stream.
    fileprivate static func outOfOrder(_ event: EventLine, expected: StreamVersion) -> EventLogError {
        EventLogError(
            .invalidArgument,
            "Stream \(event.stream) goes on at version \(expected), not \(event.version ?? 0); import its lines in order."
        )
    }
}
