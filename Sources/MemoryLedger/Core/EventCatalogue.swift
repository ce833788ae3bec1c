public import EventLog

/// Every type of event that a ledger knows, and the module that it is of.
///
///     for event in page.events {
///         print(event.position, event.type, try ledger.events.words(of: event))
///     }
public struct EventCatalogue: Sendable {
    /// A type of event, as its module declares it. Looked up for each event that is shown.
    final class Entry: Sendable {
        let definition: EventDefinition
        let module: any LedgerModule
        private let remains: @Sendable (EventType) -> (any ModuleEvent)?
        private let read: @Sendable (EventType, [UInt8]) throws -> (any ModuleEvent)?

        init(_ definition: EventDefinition, _ module: any LedgerModule) {
            self.definition = definition
            self.module = module
            (remains, read) = (module.whatRemains, module.reading)
        }

        /// The body of an event in the newest schema version.
        func body(of event: RecordedEvent) throws -> (any ModuleEvent)? {
            try event.body(newest: definition.schemaVersion, remains: remains, read)
        }
    }

    public let modules: [any LedgerModule]
    private let entries: [EventType: Entry]
    private let byFamily: [ByteText: any LedgerModule]
    let upcasters: UpcasterChain

    /// - Throws: `MemoryLedgerError.invalidArgument` if two modules have one name or one type of event, a name is no
    ///   word, or a definition's upcasters do not lead from version 1 to its own.
    public init(_ modules: [any LedgerModule]) throws {
        var entries: [EventType: Entry] = [:]
        var families: [ByteText: any LedgerModule] = [:]
        for module in modules {
            guard StreamFamily.isWord(module.name) else {
                throw MemoryLedgerError(
                    .invalidArgument,
                    "\"\(module.name)\" is no name of a module; give a word of a-z, 0-9 and _ that begins with a "
                        + "letter.")
            }
            guard families.updateValue(module, forKey: ByteText(module.name)) == nil else {
                throw MemoryLedgerError(
                    .invalidArgument, "Two modules are called \(module.name); give each a name of its own.")
            }
            for definition in module.events {
                if let problem = definition.problem {
                    throw MemoryLedgerError(
                        .invalidArgument, "The type \(definition.type) of module \(module.name) \(problem).")
                }
                let entry = Entry(definition, module)
                if let known = entries.updateValue(entry, forKey: definition.type) {
                    throw MemoryLedgerError(
                        .invalidArgument,
                        known.module.name == module.name
                            ? "Module \(module.name) defines the type \(definition.type) twice; once is enough."
                            : "Modules \(known.module.name) and \(module.name) both have events of the type "
                                + "\(definition.type); rename one of them.")
                }
            }
        }
        self.init(modules, entries, families)
    }

    /// Of the modules of this library, which are called differently.
    init(checked modules: [any LedgerModule]) {
        var entries: [EventType: Entry] = [:]
        for module in modules {
            for definition in module.events {
                entries[definition.type] = Entry(definition, module)
            }
        }
        self.init(modules, entries, Dictionary(modules.map { (ByteText($0.name), $0) }) { first, _ in first })
    }

    private init(
        _ modules: [any LedgerModule], _ entries: [EventType: Entry], _ families: [ByteText: any LedgerModule]
    ) {
        self.modules = modules
        self.entries = entries
        byFamily = families
        upcasters = UpcasterChain(entries.values.flatMap(\.definition.upcasters))
    }

    // MARK: Types

    /// The types that are known.
    public var types: Set<EventType> { Set(entries.keys) }

    /// What holds for events of a type; nil if no module has it.
    public subscript(type: EventType) -> EventDefinition? { entries[type]?.definition }

    /// The types of a role.
    public func types(of role: EventDefinition.Role) -> Set<EventType> {
        Set(entries.values.lazy.filter { $0.definition.role == role }.map(\.definition.type))
    }

    func types(where condition: (EventDefinition) -> Bool) -> Set<EventType> {
        Set(entries.values.lazy.map(\.definition).filter(condition).map(\.type))
    }

    /// The module that an event's type is of.
    func module(of type: EventType) -> (any LedgerModule)? { entries[type]?.module }

    /// The module that a stream's subject is of; nil if it is of none that is known.
    func module(of stream: StreamName) -> (any LedgerModule)? {
        guard let family = StreamFamily.name(of: stream) else {
            return MemoryStream.memory(stream) == nil ? nil : byFamily[ByteText(StreamFamily.memories)]
        }
        return byFamily[ByteText(family)]
    }

    /// A newer program wrote it: the type is known, and the schema version is not.
    public func isOfNewerSchema(_ event: RecordedEvent) -> Bool {
        isNewer(event.type, event.schemaVersion)
    }

    func isNewer(_ type: EventType, _ schemaVersion: Int) -> Bool {
        entries[type].map { schemaVersion > $0.definition.schemaVersion } ?? false
    }

    // MARK: Bodies

    /// What an event says; nil if its type is not known, or if it was erased and means nothing any more.
    ///
    ///     if let task = try ledger.events.body(of: event) as? TaskEvent { print(task.words) }
    ///
    /// - Throws: `EventLogError.damagedPayload` with the position if the body is not what the type says, `newerEvent`
    ///   if the schema version is not known, `masterKeyMissing` or `masterKeyWrong` if the event is locked.
    public func body(of event: RecordedEvent) throws -> (any ModuleEvent)? {
        try entries[event.type].flatMap { try $0.body(of: upcasters.upcast(event)) }
    }

    /// What an event would say that is in no log.
    ///
    /// - Throws: as the other one, without a position.
    package func body(
        of type: EventType, schemaVersion: Int, _ payload: [UInt8], in stream: StreamName
    ) throws -> (any ModuleEvent)? {
        let never = Timestamp(milliseconds: 0)
        return try body(
            of: RecordedEvent(
                position: 0, stream: stream, version: 0, type: type, schemaVersion: schemaVersion,
                id: EventID(high: 0, low: 0), recordedAt: never, occurredAt: never,
                attribution: Attribution(), payload: payload))
    }

    /// The body that JSON says, as `json(of:)` shows it under `data`; nil if the type is not known, or its JSON does
    /// not say all.
    func body(of type: EventType, _ data: EventData) throws -> (any ModuleEvent)? {
        try entries[type]?.module.body(type, data)
    }

    /// What an event says, for a line of a table.
    ///
    /// - Throws: `EventLogError.damagedPayload`.
    public func words(of event: RecordedEvent) throws -> String {
        if event.protection.isErased { return "erased" }
        if event.protection.isLocked { return "locked" }
        if isOfNewerSchema(event) { return "of a newer program: schema version \(event.schemaVersion)" }
        return try body(of: event)?.words ?? "unknown, \(Figures.bytes(Int64(event.payload.count)))"
    }

    /// An event to append.
    ///
    /// - Parameter time: when it occurred.
    ///
    /// - Throws: `MemoryLedgerError.invalidArgument` if no module has the type.
    package func newEvent(
        _ body: any ModuleEvent, id: EventID, at time: Timestamp, by attribution: Attribution
    ) throws -> NewEvent {
        guard let definition = entries[body.type]?.definition else {
            throw MemoryLedgerError(
                .invalidArgument,
                "No module has events of the type \(body.type); open the ledger with it, and define the type there.")
        }
        return NewEvent(
            id: id, type: body.type, schemaVersion: definition.schemaVersion, payload: try body.payload(),
            occurredAt: time, attribution: attribution)
    }
}

extension LedgerModule {
    /// What an event says, for a projector or a query of the module; nil if it is of another module, or was erased and
    /// means nothing any more.
    ///
    /// - Throws: as `EventCatalogue.body(of:)`.
    public func body(of event: RecordedEvent) throws -> Event? {
        guard let definition = events.first(where: { $0.type == event.type }) else { return nil }
        let upcast = try UpcasterChain(definition.upcasters).upcast(event)
        return try upcast.body(newest: definition.schemaVersion, remains: remains(of:), Event.read)
    }

    fileprivate var whatRemains: @Sendable (EventType) -> (any ModuleEvent)? { { self.remains(of: $0) } }

    fileprivate var reading: @Sendable (EventType, [UInt8]) throws -> (any ModuleEvent)? { { try Event.read($0, $1) } }

    fileprivate func body(_ type: EventType, _ data: EventData) throws -> (any ModuleEvent)? {
        try Event.read(type, data)
    }
}

extension RecordedEvent {
    /// The body as a module reads it.
    ///
    /// - Parameters:
    ///   - newest: the newest schema version that is read.
    ///   - remains: what an erased event means.
    ///   - read: of type and payload; nil if the type is none of it.
    /// - Throws: as `EventCatalogue.body(of:)`.
    func body<Body>(
        newest: Int, remains: (EventType) -> Body?, _ read: (EventType, [UInt8]) throws -> Body?
    ) throws -> Body? {
        guard schemaVersion <= newest else { throw EventLogError.newerEvent(self, newest: newest) }
        if protection.isErased { return remains(type) }
        try checkUnlocked()
        do {
            return try read(type, payload)
        } catch {
            var damage = EventLogError(
                .damagedPayload,
                "The \(type) at position \(position) cannot be read (\(error)); restore the ledger from a backup.")
            damage.position = position
            throw damage
        }
    }
}
