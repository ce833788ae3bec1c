public import EventLog
public import LedgerStorage
public import MemoryLedger

/// Blocks of working context.
public struct BlocksModule: ContextModule {
    public typealias Event = BlockEvent
    typealias Subject = Block
    private typealias Name = BlockEvent.Name

    static let family = StreamFamily("blocks")
    static let finding = "SELECT value FROM blocks WHERE namespace = ? AND id = ? AND deleted_at IS NULL"

    public let events = [
        EventDefinition(Name.created, step: .returns), EventDefinition(Name.placed, step: .returns),
        EventDefinition(Name.edited), EventDefinition(Name.reverted),
        EventDefinition(Name.configured), EventDefinition(Name.renamed), EventDefinition(Name.shared),
        EventDefinition(Name.unshared), EventDefinition(Name.deleted, step: .ends),
    ]

    public init() {}

    /// Whose it was is gone with what it said, so nothing shows it any more.
    public func remains(of type: EventType) -> BlockEvent? { type == Name.deleted ? .deleted : nil }

    public func statistics(_ tables: SQLiteConnection) throws -> JSONObject {
        try counts(tables, ["blocks": "blocks WHERE deleted_at IS NULL"])
    }
}

/// Passages of archives.
public struct PassagesModule: ContextModule {
    public typealias Event = PassageEvent
    typealias Subject = Passage

    static let family = StreamFamily("passages")
    static let finding = """
        SELECT content FROM passages p JOIN external_memory m ON m.position = p.position \
        WHERE p.namespace = ? AND p.id = ?
        """

    public let events = [
        EventDefinition(PassageEvent.Name.inserted, step: .returns),
        EventDefinition(PassageEvent.Name.deleted, step: .ends),
    ]

    public init() {}

    /// In which archive it was is gone with what it said.
    public func remains(of type: EventType) -> PassageEvent? { type == PassageEvent.Name.deleted ? .deleted : nil }

    public func statistics(_ tables: SQLiteConnection) throws -> JSONObject {
        try counts(tables, ["archives": "archives", "passages": "passages"])
    }
}
