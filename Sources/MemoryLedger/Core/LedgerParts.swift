import EventLog
import LedgerCapabilities
import LedgerStorage
import Projections
import Synchronization

/// What a ledger is put together from: its log, its tables, and the reads that wait. Queries and commands are given
/// this, and not the ledger, which knows all of them.
final class LedgerParts: Sendable {
    let log: any EventLog
    /// The serving tables, and what builds them.
    let store: ProjectionStore
    let moments: MomentCache
    let events: EventCatalogue
    let options: MemoryLedgerOptions
    /// Nil: the log encrypts nothing.
    let encryption: (any EncryptionState)?
    /// The words of what memories say.
    let textIndex: TextIndex
    /// Those of what modules say, by the names of their sources.
    let moduleIndexes: [String: TextIndex]
    let endedTexts: EndedTexts
    let restrictions: Restrictions
    /// What modules keep in memory of their tables, by the modules' names; none if the tables follow the log, or are
    /// only read.
    let caches: [String: any ModuleCache]
    /// Reads that wait to be counted.
    let counter: ReadCounter
    /// Reads that wait to be written down.
    let journal: ReadJournal
    /// One connection reads and writes in turn.
    private let isInMemory: Bool

    init(
        log: any EventLog, store: ProjectionStore, moments: MomentCache, encryption: (any EncryptionState)?,
        isInMemory: Bool, options: MemoryLedgerOptions
    ) {
        (self.log, self.store, self.moments, self.encryption) = (log, store, moments, encryption)
        (self.isInMemory, self.options) = (isInMemory, options)
        events = options.events
        endedTexts = EndedTexts()
        restrictions = Restrictions(options.modules)
        let caching = store.isInline && options.file.access != .readOnly ? options.modules : []
        let caches = caching.compactMap { $0 as? any CachingModule }.map { ($0.name, $0.makeCache()) }
        self.caches = Dictionary(caches) { first, _ in first }
        store.observers.withLock { $0 = caches.map(\.1) }
        textIndex = TextIndex(store, of: MemoryTexts())
        let sources = options.modules.compactMap { ($0 as? any SearchedModule)?.texts }
        moduleIndexes = Dictionary(sources.map { ($0.name, TextIndex(store, of: $0)) }) { first, _ in first }
        counter = ReadCounter(log: log, options: options)
        journal = ReadJournal(log: log, options: options)
    }

    /// The same with another log in front of it. Its reads do not wait, so that the log says what becomes of them.
    init(_ parts: LedgerParts, log: any EventLog) {
        var options = parts.options
        options.readCounting = .strict
        (self.log, self.options, store, moments) = (log, options, parts.store, parts.moments)
        (events, encryption, isInMemory) = (parts.events, parts.encryption, parts.isInMemory)
        (textIndex, moduleIndexes, endedTexts) = (parts.textIndex, parts.moduleIndexes, parts.endedTexts)
        restrictions = parts.restrictions
        // What is drafted is told to none.
        caches = [:]
        counter = ReadCounter(log: log, options: options)
        journal = ReadJournal(log: log, options: options)
    }

    /// All, the memories' first.
    var textIndexes: [TextIndex] {
        [textIndex] + moduleIndexes.sorted { $0.key.precedesByBytes($1.key) }.map(\.value)
    }
    /// The serving tables.
    var tables: any ProjectionDatabase { store.database }
    var now: Timestamp { options.clock.now() }

    /// Appends the reads that wait, and returns when they are durable. A ledger that was opened for
    /// reading only has none.
    func flush() async throws {
        try await counter.flush()
        try await journal.flush()
    }

    /// A moment of the log, after the reads that wait to be counted.
    ///
    /// - Throws: `EventLogError.unknownMoment`.
    func resolve(_ moment: Moment) async throws -> LogMoment {
        try await counter.flush()
        return try await log.resolve(moment, now: now)
    }

    /// Appends what waits, or gives up on it where that fails.
    func close() async {
        for index in textIndexes { await index.close() }
        await counter.close()
        await journal.close()
    }

    /// Runs a caller's code in one snapshot of the tables; it must not write.
    func snapshot<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        try tables.readSnapshot { sqlite in
            guard isInMemory else { return try body(sqlite) }
            // There the writer's connection reads.
            try sqlite.execute("PRAGMA query_only = ON")
            defer { try? sqlite.execute("PRAGMA query_only = OFF") }
            return try body(sqlite)
        }
    }
}
