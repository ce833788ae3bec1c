package import EventLog
package import LedgerStorage
import Projections

/// What can be asked of memories: of a ledger as it is now, and of a moment (`LedgerView`).
///
///     static func summary(of memory: MemoryKey, in memories: some MemoryReading) async throws -> String? {
///         try await memories.get(memory)?.content.summary
///     }
///
/// Every query is written once, here and in this protocol's other extensions, against the tables that `source` names.
public protocol MemoryReading: Sendable {
    /// Where the answers come from.
    var source: MemorySource { get }
}

extension MemoryReading {
    /// Reads what modules' tables have of a namespace, in one snapshot.
    ///
    /// - Parameter namespace: nil: all. Those of a moment lack what `lockedNamespaces` says then.
    /// - Throws: `EventLogError` with `masterKeyMissing` or `masterKeyWrong` for one that cannot be read; what the body
    ///   throws.
    package func readTables<T>(of namespace: String?, _ body: (SQLiteConnection) throws -> T) async throws -> T {
        try await source.readableTables().readSnapshot { tables in
            if let namespace { try checkReadable(namespace, tables) }
            return try body(tables)
        }
    }

    /// The position at which the tables stand that are read.
    package func position(of tables: SQLiteConnection) throws -> Position {
        try source.moment?.position ?? source.parts.store.position(tables)
    }

    /// Reads what may lack the namespaces that cannot be read here.
    func read<T>(_ body: (SQLiteConnection) throws -> T) async throws -> T {
        try await source.readableTables().read(body)
    }

    /// A read, in one snapshot, whose answer includes the reads that wait to be counted.
    ///
    private func read<T>(
        _ body: (SQLiteConnection) throws -> T, add: (inout T, (MemoryKey) -> ReadCounter.Counts?) -> Void
    ) async throws -> T {
        let tables = try await source.readableTables()
        guard let counter = source.counter else { return try tables.readSnapshot(body) }
        let store = source.parts.store
        return try await counter.consistently(
            { withPosition in
                try tables.readSnapshot { (try body($0), withPosition ? try store.furthestPosition($0) : nil) }
            }, add: add)
    }

    /// A memory, without counting the read; nil where the key means none, or one that is quarantined (`resolve`).
    ///
    /// - Throws: `EventLogError` with `masterKeyMissing` or `masterKeyWrong` where its namespace is protected and the
    ///   ledger was opened without its master key; `actorRequired` or `readOnly` where reads are events.
    public func get(_ memory: MemoryKey) async throws -> Memory? {
        let memory = memory.hasPrefix ? try await resolve(memory) : memory
        let source = source
        // The policy comes from the same read: a query of its own would cost as much again.
        var policy: LedgerPolicy?
        let found = try await source.find(memory, first: { policy = $0 })
        if try source.parts.policy.mustAudit(source.attribution, stored: policy) {
            try await audit(.get, memory.namespace, ["key": .string(memory.key)], found.map { [$0.key] } ?? [])
        }
        return found
    }

    /// What exactly this key holds, without writing down that it was read.
    package func find(_ memory: MemoryKey) async throws -> Memory? { try await source.find(memory, first: { _ in }) }

    /// The same for a read that is to be counted.
    ///
    /// - Throws: `EventLogError.actorRequired` if a counted read without an actor would be refused.
    func find(_ memory: MemoryKey, countedBy attribution: Attribution) async throws -> Memory? {
        if attribution.hasActor { return try await find(memory) }
        let source = source
        let policy = source.parts.policy
        // In the same read: one of its own would cost as much again.
        return try await source.find(memory) { try policy.checkActor(attribution, stored: $0) }
    }

    /// The position of the event that made the memory which a key holds, quarantined or not.
    func id(of memory: MemoryKey) async throws -> Position? {
        switch try await source.reader?.id(of: memory) {
        case .found(let id)?: return id
        case .nothing?: return nil
        case .inTables?, nil: break
        }
        // Of a namespace that cannot be read, nothing would be there.
        let isLocked = try source.parts.tables.read { try source.parts.locked.reason(memory.namespace, $0) } != nil
        let tables = isLocked ? try await source.tables() : try await source.readableTables()
        return try tables.read { try MemoryRows.head(memory, now: source.now, $0)?.id }
    }

    /// What links show of the memories that keys mean, of each that means one. Not a counted read.
    func linkedOutlines(of keys: [String], namespace: String) async throws -> [ByteText: LinkedOutline] {
        guard !keys.isEmpty else { return [:] }
        // From the same read, as in `get`; of a moment it is looked up.
        var policy: LedgerPolicy?
        let found = try await findLinkedOutlines(of: keys, namespace: namespace) {
            if source.moment == nil { policy = try LedgerPolicy.load($0) }
        }
        if try source.parts.policy.mustAudit(source.attribution, stored: policy) {
            let answered = found.keys.map(\.text).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            try await audit(.summaries, namespace, ["keys": JSONValue(keys.count)], answered)
        }
        return found
    }

    /// The same without writing down that it was read.
    ///
    /// - Parameter alongside: run on the tables that are read, in the same snapshot.
    func findLinkedOutlines(
        of keys: [String], namespace: String, alongside: (SQLiteConnection) throws -> Void = { _ in }
    ) async throws -> [ByteText: LinkedOutline] {
        guard !keys.isEmpty else { return [:] }
        let now = source.now
        return try await read { sqlite in
            let found = try MemoryRows.linked(of: keys, namespace: namespace, now: now, sqlite)
            try checkReadable(namespace, sqlite)
            try alongside(sqlite)
            return found
        } add: { found, counts in
            for (key, var linked) in found {
                if let added = counts(linked.memory) { linked.meta.add(added) }
                found[key] = linked
            }
        }.mapValues { $0.outline(now) }
    }

    /// A page of memories in the order of namespace and key, byte by byte.
    ///
    /// Protected namespaces are left out where the ledger was opened without its master key: `MemoryPage.locked`.
    ///
    /// - Throws: `MemoryLedgerError.invalidArgument` for a limit out of bounds or a cursor that is none;
    ///   `EventLogError` with `masterKeyMissing` or `masterKeyWrong` for a namespace that cannot be read.
    public func list(_ query: MemoryQuery = MemoryQuery()) async throws -> MemoryPage {
        try await audited(.list, query.namespace) {
            try await page(query)
        } describe: { page in
            (query.json, page.memories.map { query.namespace == nil ? $0.id.description : $0.key })
        }
    }

    /// The same page with no more of each memory than a reader needs to choose it; the texts are not read. The bytes of
    /// a page are bounded by `MemoryOutlinePage.maximumBytes`.
    ///
    /// - Throws: as `list`.
    public func outlines(_ query: MemoryQuery = MemoryQuery()) async throws -> MemoryOutlinePage {
        try await audited(.list, query.namespace) {
            let after = try cursor(of: query)
            let changed = try await positions(of: query.filter.changed)
            let page = try await read { sqlite in
                try rows(
                    of: query, MemoryOutline.columns, changed: changed, after: after,
                    maximumBytes: MemoryOutlinePage.maximumBytes, sqlite
                ) { row in
                    let outline = try MemoryOutline(row)
                    return (outline, outline.bytes)
                }
            }
            let last = page.hasMore ? page.rows.last : nil
            return MemoryOutlinePage(
                memories: page.rows, next: last.map { MemoryQuery.cursor(after: $0.id) }, locked: page.locked)
        } describe: { page in
            (query.json, page.memories.map { query.namespace == nil ? $0.id.description : $0.id.key })
        }
    }

    private func page(_ query: MemoryQuery) async throws -> MemoryPage {
        let after = try cursor(of: query)
        let changed = try await positions(of: query.filter.changed)
        let page = try await read { sqlite in
            try rows(
                of: query, MemoryRows.columns, changed: changed, after: after,
                maximumBytes: MemoryQuery.maximumPageBytes, sqlite
            ) { row in
                let memory = try MemoryRows.memory(row)
                return (memory, memory.content.text.utf8.count + memory.content.summary.utf8.count)
            }
        } add: { page, counts in
            for index in page.rows.indices {
                if let added = counts(page.rows[index].id) { page.rows[index].meta.add(added) }
            }
        }
        let last = page.hasMore ? page.rows.last : nil
        return MemoryPage(
            memories: page.rows, next: last.map { MemoryQuery.cursor(after: $0.id) }, locked: page.locked)
    }

    /// Behind which memory a page begins.
    private func cursor(of query: MemoryQuery) throws -> MemoryKey? {
        let after = try query.after.map { try MemoryQuery.decode(cursor: $0) }
        guard (1...MemoryQuery.maximumLimit).contains(query.limit) else {
            throw MemoryLedgerError(
                .invalidArgument, "A page holds 1 to \(MemoryQuery.maximumLimit) memories, not \(query.limit).")
        }
        try query.filter.check()
        return after
    }

    private func rows<Row>(
        of query: MemoryQuery, _ columns: String, changed: ClosedRange<Position>?, after: MemoryKey?,
        maximumBytes: Int, _ sqlite: SQLiteConnection, read: (SQLiteStatement) throws -> (Row, Int)
    ) throws -> (rows: [Row], hasMore: Bool, locked: [String]) {
        if let namespace = query.namespace { try checkReadable(namespace, sqlite) }
        let locked = query.namespace == nil ? try lockedNamespaces(sqlite) : []
        return try query.rows(
            columns, changed: changed, after: after, now: source.now, showsQuarantined: source.showsQuarantined,
            without: locked,
            maximumBytes: maximumBytes, sqlite, read: read)
    }

    /// The names of the namespaces that hold or held a memory, in order.
    public func namespaces() async throws -> [String] {
        try await statistics().namespaces.map(\.namespace)
    }
}

extension MemorySource {
    /// What exactly a key holds.
    ///
    /// - Parameter first: given what is demanded now, in the same snapshot if that is the present's.
    fileprivate func find(_ memory: MemoryKey, first: (LedgerPolicy) throws -> Void) async throws -> Memory? {
        if let reader {
            let answer = try await reader.memory(memory, showsQuarantined: showsQuarantined) {
                try first(LedgerPolicy.load($0))
                try parts.locked.check(memory.namespace, $0)
            }
            switch answer {
            case .found(let memory): return memory
            case .nothing: return nil
            case .inTables: break
            }
            return try await readableTables().readSnapshot {
                try MemoryRows.find(memory, now: now, showsQuarantined: showsQuarantined, $0)
            }
        }
        let present = PresentReader(source: self)
        var found: Memory?
        while case .again(let append) = try present.read(memory, into: &found, first: first) { await append.hasEnded() }
        return found
    }
}
