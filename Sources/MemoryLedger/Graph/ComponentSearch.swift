import EventLog
import LedgerStorage

/// Finds the components of a namespace in work tables of a database that has no name, so that no more is in memory than
/// its page cache holds, however many memories there are.
///
///     memories in the order of keys ──▶ members: id, place
///     links of each memory          ──▶ sets: union-find over places
///     first places of sets          ──▶ components: the largest first, then by their first key ──▶ a page
///
/// A memory's place is where it stands in the order of keys, from 1.
struct ComponentSearch {
    private let tables: LinkTables
    let work: SQLiteConnection
    /// By place: for the first memory of a set, 1 less the set's size; for another one, the place of a memory of its
    /// set that comes before it.
    private let sets: StoredNumbers

    /// Rows between two looks at whether the task is cancelled.
    private static let stride = 4_096

    /// - Parameters:
    ///   - path: of the ledger, beside which the work tables are.
    ///   - body: what asks of the components; they are gone when it returns.
    static func run<T>(
        _ tables: LinkTables, _ filter: LinkFilter, beside path: String,
        cacheKibibytes: Int = GraphLimits.componentCacheKibibytes, _ body: (Self) throws -> T
    ) throws -> T {
        let side = try SideDatabase.unnamed(beside: path, cacheKibibytes: cacheKibibytes)
        defer { side.discard {} }
        do {
            return try side.runAndWait { try body(Self(tables, filter, $0)) }
        } catch {
            throw SQLiteFailure.translated(error, side.path)
        }
    }

    private init(_ tables: LinkTables, _ filter: LinkFilter, _ work: SQLiteConnection) throws {
        (self.tables, self.work) = (tables, work)
        let count = try Self.number(tables, work)
        sets = try StoredNumbers(count: count + 1, named: "sets", in: work)
        try join(filter)
    }

    // MARK: Memories and links

    /// Gives every memory its place.
    ///
    /// - Returns: how many there are.
    private static func number(_ tables: LinkTables, _ work: SQLiteConnection) throws -> Int {
        try work.execute("CREATE TABLE members (id INTEGER PRIMARY KEY, place INTEGER NOT NULL)")
        let insert = try work.statement("INSERT INTO members VALUES (?, ?)")
        let memories = try tables.statement(
            "SELECT m.id FROM memories m WHERE m.namespace = ?2 AND \(tables.isShown("m")) ORDER BY m.key")
        defer { memories.reset() }
        var count = 0
        while try memories.step() {
            if count % stride == 0 { try Task.checkCancellation() }
            count += 1
            insert.bind(1, memories.int64(0))
            insert.bind(2, count)
            try insert.run()
        }
        return count
    }

    private func join(_ filter: LinkFilter) throws {
        // Every memory has a row, also without links to it, so that counting them gives its place.
        let links = try tables.statement(
            """
            SELECT m.id, l.id >> 20 FROM memories m LEFT JOIN memory_links l \
            ON l.namespace = m.namespace AND l.to_key = m.key\(LinkTables.passes(filter, "l")) \
            WHERE m.namespace = ?2 AND \(tables.isShown("m")) ORDER BY m.key
            """, filter)
        defer { links.reset() }
        let member = try work.statement("SELECT place FROM members WHERE id = ?")
        var (target, place, looked): (Position?, Int, Int) = (nil, 0, 0)
        while try links.step() {
            if looked % Self.stride == 0 { try Task.checkCancellation() }
            looked += 1
            if target != links.int64(0) { (target, place) = (links.int64(0), place + 1) }
            guard let source = links.optionalInt64(1) else { continue }
            member.bind(1, source)
            // The memory of a link may not be shown.
            if try member.step() { try join(place, member.int(0)) }
            member.reset()
        }
    }

    // MARK: Sets

    private struct Component {
        /// Of its first memory.
        var place: Int
        var size: Int64
    }

    private func set(of memory: Int) throws -> Component {
        var place = memory
        var before = try sets[place]
        while before > 0 {
            let next = try sets[Int(before)]
            guard next > 0 else { return Component(place: Int(before), size: 1 - next) }
            // Shortens the way for those who come after.
            try sets.set(place, to: next)
            (place, before) = (Int(before), next)
        }
        return Component(place: place, size: 1 - before)
    }

    /// The first memory of both keeps the set.
    private func join(_ one: Int, _ other: Int) throws {
        let (left, right) = (try set(of: one), try set(of: other))
        guard left.place != right.place else { return }
        try sets.set(max(left.place, right.place), to: Int64(min(left.place, right.place)))
        try sets.set(min(left.place, right.place), to: 1 - (left.size + right.size))
    }

    // MARK: A page

    /// - Parameter after: the size and the first key of the last component of the former page.
    func page(leastSize: Int, limit: Int, after: (size: Int64, key: String)?) throws -> ComponentPage {
        let total = try list(leastSize: leastSize)
        var found = try components(limit: limit + 1, after: after)
        let hasMore = found.count > limit
        if hasMore { found.removeLast() }
        let keys = try keys(of: found)
        let next = hasMore ? found.last : nil
        return ComponentPage(
            namespace: tables.namespace,
            components: found.map { .init(size: Int($0.size), keys: keys[$0.place] ?? []) }, total: total,
            next: next.map { GraphCursor.text(JSONValue($0.size), .string(keys[$0.place]?.first ?? "")) })
    }

    /// Lists the components that are large enough.
    ///
    /// - Returns: how many there are.
    private func list(leastSize: Int) throws -> Int {
        try work.execute(
            """
            CREATE TABLE components (below INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (below, place)) \
            WITHOUT ROWID
            """)
        // The size is below zero, so that the largest comes first.
        let insert = try work.statement("INSERT INTO components VALUES (?, ?)")
        var total = 0
        try sets.forEach { place, before in
            if place % Self.stride == 0 { try Task.checkCancellation() }
            guard place > 0, before <= 0, 1 - before >= leastSize else { return }
            insert.bind(1, before - 1)
            insert.bind(2, place)
            try insert.run()
            total += 1
        }
        return total
    }

    private func components(limit: Int, after: (size: Int64, key: String)?) throws -> [Component] {
        let row = try work.statement(
            "SELECT below, place FROM components WHERE (below, place) > (?, ?) ORDER BY below, place LIMIT ?")
        row.bind(1, after.map { -max($0.size, -.max) } ?? .min)
        row.bind(2, try after.map { try places(through: $0.key) } ?? 0)
        row.bind(3, limit)
        defer { row.reset() }
        var found: [Component] = []
        while try row.step() { found.append(Component(place: row.int(1), size: -row.int64(0))) }
        return found
    }

    /// How many memories have this key or one before it.
    private func places(through key: String) throws -> Int {
        let row = try tables.statement(
            """
            SELECT count(*) FROM memories m WHERE m.namespace = ?2 AND m.key <= ?5 AND \(tables.isShown("m"))
            """)
        row.bind(5, key)
        defer { row.reset() }
        return try row.step() ? row.int(0) : 0
    }

    /// The first keys of components, by these' places.
    private func keys(of components: [Component]) throws -> [Int: [String]] {
        guard let first = components.map(\.place).min() else { return [:] }
        var keys = Dictionary(uniqueKeysWithValues: components.map { ($0.place, [String]()) })
        var left = components.reduce(0) { $0 + min(Int($1.size), GraphLimits.componentKeys) }
        let memories = try tables.statement(
            "SELECT m.key FROM memories m WHERE m.namespace = ?2 AND \(tables.isShown("m")) ORDER BY m.key")
        defer { memories.reset() }
        var place = 0
        while left > 0, try memories.step() {
            if place % Self.stride == 0 { try Task.checkCancellation() }
            place += 1
            guard place >= first else { continue }
            let set = try set(of: place).place
            guard let count = keys[set]?.count, count < GraphLimits.componentKeys else { continue }
            keys[set]?.append(memories.text(0))
            left -= 1
        }
        return keys
    }
}
