import EventLog
import LedgerCapabilities
import MerkleLog

/// Gathers the events of a selection, and proves them against one checkpoint.
struct EvidenceCollector {
    private let parts: LedgerParts
    private let proofs: any ProvableLog
    private let maker: String?
    /// The present, for what a key means.
    private let reader: MemoryReader

    init(_ parts: LedgerParts, _ proofs: any ProvableLog, maker: String?) {
        (self.parts, self.proofs, self.maker) = (parts, proofs, maker)
        reader = MemoryReader(MemorySource(parts))
    }

    /// - Throws: as `MemoryLedger.evidence`.
    func evidence(
        for selection: EvidenceSelection, in checkpoint: SignedCheckpoint?, verifierKeys: [NoteVerifierKey]
    ) async throws -> Evidence {
        guard !selection.isEmpty else {
            throw MemoryLedgerError(.invalidArgument, "Say which events: of a key, an actor, a request, a time.")
        }
        var selection = selection
        if let memory = selection.memory { selection.memory = try await reader.resolveInHistory(memory) }
        var gathered = try await gather(selection)
        guard let last = gathered.events.last?.position else {
            throw MemoryLedgerError(.notFound, "No event matches; look with `memledger log`, and ask for others.")
        }
        let signed = try checkpoint ?? newest(covering: last)
        let size = signed.checkpoint.size
        let all = gathered.events.count
        gathered.events.removeAll { $0.position > size }
        guard !gathered.events.isEmpty else {
            throw EventLogError(
                .noCheckpoint, "The checkpoint has \(size) events, and what was asked for came later; give a later one."
            )
        }
        let chain = try await proofs.signingKeyChain()
        let rotations = chain.links.map(\.position).filter { $0 <= size }
        let proved = try proofs.proveEach(
            of: [gathered.events.map(\.position), rotations], in: signed, maximumBytes: Evidence.maximumEntryBytes,
            limitName: "Evidence.maximumEntryBytes")
        var keys: [NoteVerifierKey] = []
        for key in chain.links.flatMap({ [$0.old, $0.new] }) + verifierKeys where !keys.contains(key) {
            keys.append(key)
        }
        return Evidence(
            ledger: try proofs.ledgerID, selection: selection, ranges: gathered.ranges(through: size),
            checkpoint: signed, verifierKeys: keys, madeAt: parts.now, maker: maker,
            eventsAfterCheckpoint: all - gathered.events.count, events: gathered.events, of: parts.events,
            proved: proved)
    }

    private func newest(covering position: Position) throws -> SignedCheckpoint {
        guard let signed = try proofs.newestCheckpoint(), signed.checkpoint.size >= position else {
            throw EventLogError(
                .noCheckpoint,
                "No checkpoint covers the event at position \(position); sign one with `memledger checkpoint`, or give "
                    + "--checkpoint.")
        }
        return signed
    }

    private func gather(_ selection: EvidenceSelection) async throws -> GatheredEvents {
        try await parts.flush()
        var gathered = GatheredEvents(selection)
        if let memory = selection.memory {
            for segment in try await HistorySegments(of: memory, reader.streams).segments {
                gathered.beginSegment()
                try await reader.streams.forEach(segment.memory, from: segment.after) { event in
                    guard event.position <= segment.through else { return false }
                    try gathered.add(event)
                    return true
                }
            }
            gathered.sort()
            return gathered
        }
        var filter = selection.filter
        var from: Position?
        if let positions = selection.positions {
            let head = try await parts.log.head()
            guard positions.lowerBound >= 1, positions.upperBound <= head else {
                throw EventLogError(
                    .unknownMoment, "The log has the positions 1 to \(head); ask for some of these.")
            }
            from = positions.lowerBound - 1
            filter.recordedThrough = filter.recordedThrough ?? Timestamp(milliseconds: .max)
        }
        for try await event in parts.log.events(filter, from: from, pageSize: Self.pageEvents) {
            if let positions = selection.positions, event.position > positions.upperBound { break }
            try gathered.add(event)
        }
        return gathered
    }

    private static let pageEvents = 1_000
}

/// What a selection finds, before it is known which checkpoint covers it.
private struct GatheredEvents {
    let selection: EvidenceSelection
    private let filter: EventFilter
    var events: [RecordedEvent] = []
    /// Of each piece of a stream, where each of its versions is.
    private var segments: [[(stream: StreamName, version: StreamVersion, position: Position)]] = []
    private var bytes = 0

    init(_ selection: EvidenceSelection) {
        self.selection = selection
        filter = selection.filter
    }

    mutating func beginSegment() { segments.append([]) }

    mutating func add(_ event: RecordedEvent) throws {
        if selection.completeness == .versions, !segments.isEmpty {
            segments[segments.count - 1].append((event.stream, event.version, event.position))
        }
        guard filter.matches(event), selection.positions?.contains(event.position) ?? true else { return }
        events.append(event)
        bytes += event.payload.count
        guard events.count <= Evidence.maximumEvents else {
            throw Evidence.limit(
                "Evidence.maximumEvents", allowed: Evidence.maximumEvents, found: events.count,
                what: "The number of events")
        }
        guard bytes <= Evidence.maximumEntryBytes else {
            throw Evidence.limit(
                "Evidence.maximumEntryBytes", allowed: Evidence.maximumEntryBytes, found: bytes,
                what: "The size of the events in bytes")
        }
    }

    /// Two pieces may share a part of a stream.
    mutating func sort() {
        events.sort { $0.position < $1.position }
        var last: Position = 0
        events.removeAll { event in
            defer { last = event.position }
            return event.position == last
        }
    }

    func ranges(through size: Position) -> [Evidence.StreamRange] {
        segments.compactMap { segment in
            let covered = segment.filter { $0.position <= size }
            guard let first = covered.first, let last = covered.last else { return nil }
            return Evidence.StreamRange(
                stream: first.stream, firstVersion: first.version, lastVersion: last.version)
        }
    }
}
