import EventLog

/// What can be asked of memories: of a ledger as it is now, and of a moment (`LedgerView`).
///
/// Every query is written once, here and in this protocol's other extensions, against the tables that `source` names.
public protocol MemoryReading: Sendable {
    /// Where the answers come from.
    var source: MemorySource { get }
}

/// The tables that queries read, and the log that they were built from.
public struct MemorySource: Sendable {
    let base: any QuerySource

    init(_ base: any QuerySource) { self.base = base }
}

/// What stands behind a `MemorySource`.
protocol QuerySource: Sendable {
    /// The tables. Those of a moment are built by the first query that needs them.
    func tables() async throws -> any TableReading
    /// One memory without counting the read, where it need not be looked up in the tables; `.some(nil)` where there is
    /// none, nil to look it up.
    func memory(_ memory: MemoryKey) async throws -> Memory??
    /// What the clock says: what has expired by then is not shown.
    var now: Timestamp { get }
    /// Nil: up to the log's head.
    var moment: LogMoment? { get }
    var log: any EventLog { get }
    /// The ledger that it belongs to, whose past can be asked for.
    var ledger: MemoryLedger { get }
    /// Reads that wait to be counted, which answers include.
    var counter: ReadCounter? { get }
}

extension MemoryReading {
    func read<T>(_ body: (SQLiteConnection) throws -> T) async throws -> T {
        try await source.base.tables().read(body)
    }

    /// A read whose answer includes the reads that wait to be counted.
    private func read<T>(
        _ body: (SQLiteConnection) throws -> T, add: (inout T, (MemoryKey) -> ReadCounter.Counts?) -> Void
    ) async throws -> T {
        let tables = try await source.base.tables()
        guard let counter = source.base.counter else { return try tables.read(body) }
        return try await counter.consistently({ try tables.read(body) }, add: add)
    }

    /// A memory, without counting the read; nil where the key holds none.
    ///
    /// - Throws: `EventLogError` with `masterKeyMissing` or `masterKeyWrong` where its namespace is protected and the
    ///   ledger was opened without its master key.
    public func get(_ memory: MemoryKey) async throws -> Memory? {
        if source.base.moment != nil { try checkReadable(memory.namespace) }
        if let found = try await source.base.memory(memory) { return found }
        return try await read {
            try checkReadable(memory.namespace, $0)
            return try MemoryRows.find(memory, now: source.base.now, $0)
        } add: { found, counts in
            guard var known = found, let added = counts(known.id) else { return }
            added.apply(to: &known.meta)
            found = known
        }
    }

    /// The summary of each of the keys that holds a memory. Not a counted read.
    func summaries(of keys: [String], namespace: String) async throws -> [ByteText: String] {
        guard !keys.isEmpty else { return [:] }
        return try await read {
            try checkReadable(namespace, $0)
            return try MemoryRows.summaries(of: keys, namespace: namespace, now: source.base.now, $0)
        }
    }

    /// A page of memories in the order of namespace and key, byte by byte.
    ///
    /// Protected namespaces are left out where the ledger was opened without its master key: `MemoryPage.locked`.
    ///
    /// - Throws: `MemoryLedgerError.invalidArgument` for a limit out of bounds or a cursor that is none;
    ///   `EventLogError` with `masterKeyMissing` or `masterKeyWrong` for a namespace that cannot be read.
    public func list(_ query: MemoryQuery = MemoryQuery()) async throws -> MemoryPage {
        let after = try query.after.map { try MemoryQuery.decode(cursor: $0) }
        guard (1...MemoryQuery.maximumLimit).contains(query.limit) else {
            throw MemoryLedgerError(
                .invalidArgument, "A page holds 1 to \(MemoryQuery.maximumLimit) memories, not \(query.limit).")
        }
        let page = try await read {
            if let namespace = query.namespace { try checkReadable(namespace, $0) }
            let locked = query.namespace == nil ? try lockedNamespaces($0) : []
            return try query.rows(after: after, now: source.base.now, without: locked, $0)
        } add: { page, counts in
            for index in page.memories.indices {
                counts(page.memories[index].id)?.apply(to: &page.memories[index].meta)
            }
        }
        let last = page.hasMore ? page.memories.last : nil
        return MemoryPage(
            memories: page.memories, next: last.map { MemoryQuery.cursor(after: $0.id) }, locked: page.locked)
    }

    /// The names of the namespaces that hold or held a memory, in order.
    public func namespaces() async throws -> [String] {
        try await statistics().namespaces.map(\.namespace)
    }
}
