public import EventLog
import EventLogTesting
import MemoryLedger

extension ProjectorCheck {
    /// The rows are the same in whichever order events of independent streams came.
    ///
    /// Within a stream the order is kept, and between streams that depend on each other: those of one append as far as
    /// they are named, those that a rename connects, those of an import, those that link to a key that was renamed (the
    /// link follows or not), and those that `coupledStreams` names. Whatever is connected so, over any number of steps,
    /// keeps its order; everything else is shuffled.
    ///
    /// Positions differ from one order to another, so columns that hold some are compared by stream and version. All
    /// events are taken by the log at one time, and happened when they happened.
    ///
    /// - Parameters:
    ///   - together: Streams that were appended to together, where that matters.
    ///   - rounds: How many orders to try.
    ///   - seed: The orders follow from it; a failure says how to repeat its own.
    /// - Throws: `ExpectationFailure` with the order and the rows that differ, or where everything is connected, so
    ///   that there is nothing to shuffle.
    public func expectSameRowsInAnyOrder(
        of events: [RecordedEvent], together: [[StreamName]] = [], rounds: Int = 20, seed: UInt64 = 1,
        fileID: StaticString = #fileID, line: UInt = #line
    ) async throws {
        let place = SourcePlace(fileID, line)
        var groups = StreamGroups(events, extra: coupledStreams)
        for streams in together { groups.connect(streams) }
        let parts = groups.parts(of: events)
        guard parts.count > 1 else {
            throw ExpectationFailure(
                "All events depend on each other, so there is no other order to try; give events of several streams.",
                at: place)
        }
        let expected = try await contents(inOrder: events)
        for round in 0..<max(1, rounds) {
            let roundSeed = seed &+ UInt64(round)
            var random = SeededRandom(roundSeed)
            let order = Self.interleave(parts, &random)
            let difference = expected.difference(to: try await contents(inOrder: order))
            if difference.isEmpty { continue }
            throw ExpectationFailure(
                "The rows differ in another order of independent events (repeat with seed: \(roundSeed), rounds: 1).",
                Self.lines(order) + difference, at: place)
        }
    }

    private func contents(inOrder events: [RecordedEvent]) async throws -> TableContents {
        let ledger = try await openLedger()
        let places = try await append(events, to: ledger)
        var names: [Position: String] = [:]
        for (event, position) in zip(events, places) { names[position] = Self.name(event) }
        return try await ledger.readTables { try TableContents(all, $0, positions: positions, names: names) }
    }

    private static func name(_ event: RecordedEvent) -> String { "\(event.stream)@\(event.version)" }

    /// Takes from the parts in turn, by chance, as long as they have some; each keeps its own order.
    private static func interleave(
        _ parts: [[RecordedEvent]], _ random: inout SeededRandom
    ) -> [RecordedEvent] {
        var turns = parts.enumerated().flatMap { index, part in [Int](repeating: index, count: part.count) }
        turns.shuffle(using: &random)
        var next = [Int](repeating: 0, count: parts.count)
        return turns.map { part in
            defer { next[part] += 1 }
            return parts[part][next[part]]
        }
    }

    /// An order is shown so far.
    private static let maximumShownEvents = 60

    private static func lines(_ order: [RecordedEvent]) -> [String] {
        let shown = order.prefix(maximumShownEvents).map { "\(name($0)) \($0.type)" }
        let more = order.count > shown.count ? ", … \(order.count - shown.count) more" : ""
        return ["  in this order: " + shown.joined(separator: ", ") + more]
    }
}

/// Which streams depend on each other: a union of sets.
struct StreamGroups {
    private var numbers: [StreamName: Int] = [:]
    private var parents: [Int] = []

    init(_ events: [RecordedEvent], extra: (RecordedEvent) -> [StreamName]) {
        var hasQuarantines = false
        let renamed = Set(events.filter { $0.type == MemoryEvent.Name.renamed }.map(\.stream))
        for event in events {
            connect([event.stream] + extra(event))
            // Any memory may come from what is quarantined.
            if QuarantineEvent.Name.all.contains(event.type), event.stream == QuarantineEvent.stream {
                hasQuarantines = true
            }
            // What cannot be decoded is connected to nothing: no projector of the ledger looks into it either.
            guard let body = try? MemoryEvent.decode(event) else { continue }
            connect([event.stream] + Self.coupled(body, event.stream, renamed))
        }
        if hasQuarantines { connect(events.map(\.stream)) }
    }

    private static func coupled(
        _ body: MemoryEvent, _ stream: StreamName, _ renamed: Set<StreamName>
    ) -> [StreamName] {
        let namespace = MemoryStream.memory(stream)?.namespace ?? ""
        func sibling(_ key: String) -> StreamName { MemoryStream.name(MemoryKey(namespace: namespace, key: key)) }
        func targets(_ links: [MemoryLink]) -> [StreamName] {
            links.compactMap(\.key).map(sibling).filter(renamed.contains)
        }
        func parents(_ provenance: Provenance?) -> [StreamName] {
            (provenance?.derivedFrom ?? []).map { MemoryStream.name($0) }
        }
        switch body {
        case .renamed(let key), .nameTaken(let key): return [sibling(key)]
        case .added(let content, let provenance), .replaced(let content, let provenance):
            return targets(content.links) + parents(provenance)
        case .updated(let change, let provenance): return targets(change.links ?? []) + parents(provenance)
        case .restored(let restoration):
            return targets(restoration.content.links) + parents(restoration.provenance)
        case .linked(let link): return targets([link])
        case .legacyImportStarted(let start):
            return ([start.lineage] + start.unitedLineages).map { MemoryStream.importStream(lineage: $0) }
        case .legacyRowImported(let row):
            var streams = [MemoryStream.importStream(lineage: row.lineage)]
            if case .memory(let memory) = row.interpretation() { streams += targets(memory.content.links) }
            return streams
        case .deleted, .metaSet, .unlinked, .accessed, .traversed: return []
        }
    }

    mutating func connect(_ streams: [StreamName]) {
        guard let first = streams.first.map({ root(of: $0) }) else { return }
        for stream in streams.dropFirst() { parents[root(of: stream)] = root(first) }
    }

    private mutating func root(of stream: StreamName) -> Int {
        if let known = numbers[stream] { return root(known) }
        numbers[stream] = parents.count
        parents.append(parents.count)
        return parents.count - 1
    }

    private mutating func root(_ number: Int) -> Int {
        var number = number
        while parents[number] != number {
            parents[number] = parents[parents[number]]
            number = parents[number]
        }
        return number
    }

    /// The events of each group, in their order; the groups in the order of their first events.
    mutating func parts(of events: [RecordedEvent]) -> [[RecordedEvent]] {
        var places: [Int: Int] = [:]
        var parts: [[RecordedEvent]] = []
        for event in events {
            let root = root(of: event.stream)
            if let place = places[root] {
                parts[place].append(event)
            } else {
                places[root] = parts.count
                parts.append([event])
            }
        }
        return parts
    }
}
