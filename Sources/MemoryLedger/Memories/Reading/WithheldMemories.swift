import EventLog
import LedgerStorage
import Projections

/// Makes a moment's tables what they are with the master key, but that they have nothing of the locked namespaces.
///
/// What a locked namespace held may have decided something in another one: what was derived from it is held back with
/// it, and the rows of an import are one memory in this namespace or in that one. The serving tables tell it for every
/// position, since who wrote had the key. What they do not tell either is refused.
struct WithheldMemories: Sendable {
    private let parts: LedgerParts
    private let moment: LogMoment
    private let locked: LockedCategories

    init(_ parts: LedgerParts, at moment: LogMoment, _ locked: LockedCategories) {
        (self.parts, self.moment, self.locked) = (parts, moment, locked)
    }

    var events: WithheldEvents {
        WithheldEvents(categories: locked.categories) { try complete($0) }
    }

    private var names: [String] {
        locked.categories.map { MemoryStream.namespace(ofCategory: $0.text) }.sorted { $0.precedesByBytes($1) }
    }

    private func complete(_ view: SQLiteConnection) throws {
        try parts.tables.readSnapshot { serving in
            guard moment.occurredThrough == nil else {
                // The serving tables know positions only.
                guard try !hasImports(serving) else { throw refusal }
                return
            }
            let facts = PastFacts(MemoryKey.defaultNamespace, serving)
            guard try facts.areServed(through: moment.position), try haveSameTexts(view, serving) else {
                throw refusal
            }
            try copyHeld(serving, to: view)
        }
    }

    private var refusal: EventLogError {
        .locked(locked.reason, "What other namespaces held depends on \(names.joined(separator: ", ")), encrypted")
    }

    /// The same texts stand in the other namespaces, of the same memories.
    private func haveSameTexts(_ view: SQLiteConnection, _ serving: SQLiteConnection) throws -> Bool {
        let (own, others) = (try standingTexts(view), try standingTexts(serving))
        defer {
            own.reset()
            others.reset()
        }
        while true {
            let (hasOwn, hasOther) = (try own.step(), try others.step())
            guard hasOwn, hasOther else { return hasOwn == hasOther }
            guard own.int64(0) == others.int64(0), own.int64(1) == others.int64(1) else { return false }
        }
    }

    private func standingTexts(_ tables: SQLiteConnection) throws -> SQLiteStatement {
        let row = try tables.statement(
            """
            SELECT id AS began, id AS memory FROM memories WHERE id <= ?1 \
            AND namespace NOT IN (SELECT value FROM json_each(?2)) \
            AND NOT EXISTS (SELECT 1 FROM standing_texts WHERE memory = memories.id) \
            UNION ALL SELECT began, memory FROM standing_texts CROSS JOIN memories ON memories.id = memory \
            WHERE began <= ?1 AND namespace NOT IN (SELECT value FROM json_each(?2)) \
            UNION ALL SELECT began, memory FROM ended_texts WHERE began <= ?1 AND ended > ?1 \
            AND namespace NOT IN (SELECT value FROM json_each(?2)) ORDER BY 1
            """)
        row.bind(1, moment.position)
        row.bind(2, JSONValue.array(names.map { .string($0) }).description)
        return row
    }

    /// What is held back for what it was derived from may come from a locked namespace.
    private func copyHeld(_ serving: SQLiteConnection, to view: SQLiteConnection) throws {
        let held = try serving.statement(
            """
            SELECT memory, began FROM quarantined WHERE began <= ?1 \
            UNION ALL SELECT memory, began FROM ended_quarantines WHERE began <= ?1 AND ended > ?1
            """)
        held.bind(1, moment.position)
        defer { held.reset() }
        try view.execute("DELETE FROM quarantined")
        let hold = try view.statement("INSERT INTO quarantined (memory, began) VALUES (?, ?)")
        while try held.step() {
            hold.bind(1, held.int64(0))
            hold.bind(2, held.int64(1))
            try hold.run()
        }
    }

    /// A row of a legacy database was imported into a locked namespace.
    private func hasImports(_ serving: SQLiteConnection) throws -> Bool {
        let row = try serving.statement(
            """
            SELECT 1 FROM import_rows WHERE namespace IN (SELECT value FROM json_each(?1)) \
            OR left_namespace IN (SELECT value FROM json_each(?1)) LIMIT 1
            """)
        row.bind(1, JSONValue.array(names.map { .string($0) }).description)
        defer { row.reset() }
        return try row.step()
    }
}
