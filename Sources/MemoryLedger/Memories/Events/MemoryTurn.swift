package import EventLog

/// What an event does to the life that a memory leads under a key, as far as its type tells.
enum MemoryTurn {
    /// Another memory is there from now on.
    case begins
    /// The memory comes from another key.
    case arrives
    /// It goes to another key.
    case leaves
    case ends
    /// A row of an old database, which may begin a memory, go on with one or end it.
    case imports
    /// A read that is counted.
    case reads
    case goesOn
}

extension MemoryEvent.Name {
    /// As `MemoryEvent.turn`, of an event that is not read.
    static func turn(of type: EventType) -> MemoryTurn {
        switch type {
        case accessed, traversed: .reads
        case added, replaced, restored: .begins
        case nameTaken: .arrives
        case renamed: .leaves
        case deleted: .ends
        case legacyRowImported: .imports
        default: .goesOn
        }
    }

    private static func all(_ turns: Set<MemoryTurn>) -> Set<EventType> { all.filter { turns.contains(turn(of: $0)) } }

    /// Counted reads.
    package static let reads = all([.reads])
    /// Events with which the memory that a key held is not there any more, or another one is.
    static let ending = all([.begins, .leaves, .ends])
    /// Events after which a key may hold another memory than before, or none.
    static let moving = all([.begins, .arrives, .leaves, .ends, .imports])
}

extension MemoryEvent {
    var turn: MemoryTurn {
        switch self {
        case .accessed, .traversed: .reads
        case .added, .replaced, .restored: .begins
        case .nameTaken: .arrives
        case .renamed: .leaves
        case .deleted: .ends
        case .legacyRowImported: .imports
        case .updated, .metaSet, .linked, .unlinked, .legacyImportStarted: .goesOn
        }
    }

    /// The other key of a rename, of which it is one of the two events; nil for any other event.
    func otherKey(than memory: MemoryKey) -> MemoryKey? {
        switch self {
        case .renamed(let key), .nameTaken(let key): MemoryKey(namespace: memory.namespace, key: key)
        default: nil
        }
    }
}
