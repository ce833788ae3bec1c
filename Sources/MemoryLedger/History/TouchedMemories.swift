import EventLog

/// Which memories the events between two positions touched, and where each was and is.
///
/// It follows what each key holds from event to event; a key that no event names holds on both sides what it held.
struct TouchedMemories {
    /// A memory's keys at the earlier and at the later position; nil where it was not there.
    struct Pair: Hashable, Sendable {
        var earlier: MemoryKey?
        var later: MemoryKey?
        /// The key holds another memory than before.
        var isReplaced = false
    }

    /// What a key holds.
    private enum Holding: Hashable {
        case nothing
        /// What that key held at the earlier position, if it held something.
        case original(MemoryKey)
        /// A memory made since.
        case new
    }

    private var holdings: [MemoryKey: Holding] = [:]
    private var ended: Set<MemoryKey> = []
    private(set) var hasRenames = false

    var count: Int { holdings.count }

    /// The types of events that can touch a memory; reads only where statistics are compared.
    static func types(statistics: Bool) -> Set<EventType> {
        let types = MemoryEvent.Name.all.subtracting([MemoryEvent.Name.legacyImportStarted])
        return statistics ? types : types.subtracting(MemoryEvent.Name.reads)
    }

    mutating func apply(_ event: RecordedEvent) throws {
        guard let memory = MemoryStream.memory(event.stream) else { return }
        let holding = holdings[memory] ?? .original(memory)
        switch MemoryEvent.Name.turn(of: event.type) {
        case .begins:
            end(holding)
            holdings[memory] = .new
        case .ends:
            end(holding)
            holdings[memory] = .nothing
        case .leaves:
            guard let target = try MemoryRename(event)?.new else { return }
            hasRenames = true
            end(holdings[target] ?? .original(target))
            holdings[target] = holding
            holdings[memory] = .nothing
        case .arrives: break
        // A row that is imported again goes on as the memory that it made.
        case .imports where holding == .nothing: holdings[memory] = .new
        case .imports, .reads, .goesOn: holdings[memory] = holding
        }
    }

    /// A memory that had the key at the earlier position changed without an event of its own.
    mutating func touch(original memory: MemoryKey) {
        // One that moved or ended has left something under its key.
        if holdings[memory] == nil { holdings[memory] = .original(memory) }
    }

    private mutating func end(_ holding: Holding) {
        if case .original(let memory) = holding { ended.insert(memory) }
    }

    /// Each touched memory once.
    var pairs: [Pair] {
        var pairs: [Pair] = []
        var ended = ended
        for (memory, holding) in holdings {
            switch holding {
            case .nothing: break
            case .original(let original): pairs.append(Pair(earlier: original, later: memory))
            case .new:
                let isReplaced = ended.remove(memory) != nil
                pairs.append(Pair(earlier: isReplaced ? memory : nil, later: memory, isReplaced: isReplaced))
            }
        }
        return pairs + ended.map { Pair(earlier: $0, later: nil) }
    }
}
