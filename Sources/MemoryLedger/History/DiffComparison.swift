import EventLog
import LedgerStorage

/// One page of differences in the making.
struct DiffComparison: Sendable {
    let parts: LedgerParts
    let query: DiffQuery
    let from: LogMoment
    let to: LogMoment
    /// The last memory of the page before.
    let after: MemoryKey?

    /// Memories that are compared one by one; where events touched more, the two stores are compared whole.
    static let maximumTouched = 5_000
    /// Comparisons at a time.
    private static let tasks = 4
    private static let comparisonsPerRound = 64

    private var log: any EventLog { parts.log }
    private var movedLinks: MovedLinks { MovedLinks(log: parts.log, tables: parts.tables) }
    private var earlier: LogMoment { from.position <= to.position ? from : to }
    private var later: LogMoment { from.position <= to.position ? to : from }

    func page() async throws -> (differences: [MemoryDifference], hasMore: Bool) {
        // What had occurred by a time is not the log up to a position: the events in between do not tell.
        let isByPosition = from.occurredThrough == nil && to.occurredThrough == nil
        guard isByPosition, var touched = try await touched() else {
            return try await WholeDiff(comparison: self).page()
        }
        guard try await touchQuarantined(&touched) else { return try await WholeDiff(comparison: self).page() }
        try await touchMovedLinks(&touched)
        if query.includesStatistics { try await touchTargets(&touched) }
        var pairs = touched.pairs.map { Directed($0, isReversed: from.position > to.position) }
        if let memory = query.memory { pairs.removeAll { $0.old != memory && $0.new != memory } }
        if let after { pairs.removeAll { $0.place <= after } }
        pairs.sort { ($0.place, $0.new == nil ? 0 : 1) < ($1.place, $1.new == nil ? 0 : 1) }
        return try await compare(pairs)
    }

    /// A pair in the direction that was asked for.
    private struct Directed: Sendable {
        var old: MemoryKey?
        var new: MemoryKey?
        var isReplaced: Bool

        init(_ pair: TouchedMemories.Pair, isReversed: Bool) {
            (old, new) = isReversed ? (pair.later, pair.earlier) : (pair.earlier, pair.later)
            isReplaced = pair.isReplaced
        }

        var place: MemoryKey { new ?? old ?? MemoryKey(namespace: "", key: "") }
    }

    private func compare(_ pairs: [Directed]) async throws -> ([MemoryDifference], hasMore: Bool) {
        var differences: [MemoryDifference] = []
        var bytes = 0
        for start in stride(from: 0, to: pairs.count, by: Self.comparisonsPerRound) {
            let round = pairs[start..<min(start + Self.comparisonsPerRound, pairs.count)]
            for difference in try await compareAtOnce(Array(round)) {
                // Two differences of one key, a deletion and a rename to it, stay on one page.
                let isFull = differences.count >= query.limit || bytes > DiffQuery.maximumPageBytes
                if isFull, differences.last?.memory != difference.memory { return (differences, true) }
                bytes += difference.delta.textBytes
                differences.append(difference)
            }
        }
        return (differences, false)
    }

    private func compareAtOnce(_ pairs: [Directed]) async throws -> [MemoryDifference] {
        try await withThrowingTaskGroup(of: [(Int, MemoryDifference)].self) { group in
            for first in 0..<min(Self.tasks, pairs.count) {
                group.addTask {
                    var found: [(Int, MemoryDifference)] = []
                    for index in stride(from: first, to: pairs.count, by: Self.tasks) {
                        try Task.checkCancellation()
                        if let difference = try await difference(pairs[index]) { found.append((index, difference)) }
                    }
                    return found
                }
            }
            var all: [(Int, MemoryDifference)] = []
            for try await found in group { all += found }
            return all.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func difference(_ pair: Directed) async throws -> MemoryDifference? {
        let old = try await memory(pair.old, at: from)
        let new = try await memory(pair.new, at: to)
        var difference = MemoryDifference(
            from: old, to: new, isReplaced: pair.isReplaced, statistics: query.includesStatistics)
        if old != nil, new == nil, let key = pair.new, try await isQuarantined(key, at: to) {
            difference?.kind = .quarantined
            difference?.memory = key
            difference?.formerKey = key == pair.old ? nil : pair.old?.key
        } else if old == nil, new != nil, let key = pair.old, try await isQuarantined(key, at: from) {
            difference?.kind = .released
            difference?.formerKey = key == pair.new ? nil : key.key
        }
        return difference
    }

    private func memory(_ memory: MemoryKey?, at moment: LogMoment) async throws -> Memory? {
        guard let memory else { return nil }
        return try await LedgerView(parts, moment).find(memory)
    }

    private func isQuarantined(_ memory: MemoryKey, at moment: LogMoment) async throws -> Bool {
        try await LedgerView(parts, moment).includingQuarantined.find(memory) != nil
    }

    // MARK: What to compare

    /// What the events in between touched; nil where that is more than is compared one by one.
    private func touched() async throws -> TouchedMemories? {
        if let memory = query.memory { return try await touched(around: memory) }
        var touched = TouchedMemories()
        var filter = EventFilter(types: TouchedMemories.types(statistics: query.includesStatistics))
        filter.streamPrefix = query.namespace.map { MemoryStream.name(MemoryKey(namespace: $0, key: "")).rawValue }
        var next: Position? = earlier.position
        while let from = next {
            try Task.checkCancellation()
            let page = try await log.read(EventQuery(filter, from: from, limit: Self.pageEvents))
            for event in page.events {
                guard event.position <= later.position else { return touched }
                try touched.apply(event)
            }
            guard touched.count <= Self.maximumTouched else { return nil }
            next = page.next
        }
        return touched
    }

    private static let pageEvents = 1_024

    /// The same for one key, and the keys that its memories were renamed from or to in between.
    private func touched(around memory: MemoryKey) async throws -> TouchedMemories? {
        var known: Set<MemoryKey> = [memory]
        var unread = [memory]
        var events: [RecordedEvent] = []
        while let key = unread.popLast() {
            let streams = StreamReader(log: log, moment: later)
            try await streams.forEach(key, from: earlier.position) { event in
                guard MemoryEvent.Name.moving.contains(event.type) else { return true }
                events.append(event)
                if let partner = try MemoryEvent.decode(event)?.otherKey(than: key), known.insert(partner).inserted {
                    unread.append(partner)
                }
                return true
            }
            guard events.count <= Self.maximumTouched, known.count <= Self.maximumTouched else { return nil }
        }
        var touched = TouchedMemories()
        // Its links may have moved, and its degree changed, without an event of its own.
        touched.touch(original: memory)
        for event in events.sorted(by: { $0.position < $1.position }) { try touched.apply(event) }
        return touched
    }

    /// Memories at the other ends of links that came or went: their degrees may have changed.
    private func touchTargets(_ touched: inout TouchedMemories) async throws {
        var targets: Set<MemoryKey> = []
        for pair in touched.pairs {
            let states = [
                try await memory(pair.earlier, at: earlier), try await memory(pair.later, at: later),
            ]
            for state in states.compactMap(\.self) {
                for key in state.content.links.compactMap(\.key) {
                    targets.formUnion(MemoryKey(namespace: state.namespace, key: key).meanings)
                }
            }
            // Where a key with a prefix got a memory or lost it, links came from another one, or went to it.
            for key in [pair.earlier, pair.later].compactMap(\.self) where key.hasPrefix {
                targets.formUnion(key.meanings)
            }
        }
        for target in targets { touched.touch(original: target) }
    }

    /// Memories that were held back or let go in between; false where these are more than are compared one by one.
    private func touchQuarantined(_ touched: inout TouchedMemories) async throws -> Bool {
        guard query.memory == nil else { return true }
        let ids = try parts.tables.read { sqlite in
            try QuarantineRows.changed(
                after: earlier.position, through: later.position, limit: Self.maximumTouched + 1, sqlite)
        }
        guard ids.count <= Self.maximumTouched else { return false }
        for id in ids {
            guard let memory = try await movedLinks.key(ofMemoryMadeAt: id, at: earlier) else { continue }
            if query.namespace?.hasSameBytes(as: memory.namespace) ?? true { touched.touch(original: memory) }
        }
        return true
    }

    /// Memories whose links moved because their target was renamed: they have no event of their own.
    private func touchMovedLinks(_ touched: inout TouchedMemories) async throws {
        guard touched.hasRenames, query.memory == nil else { return }
        for holder in try await movedLinks.holders(after: earlier, through: later, namespace: query.namespace) {
            touched.touch(original: holder)
        }
    }
}
