import EventLog
import LedgerStorage

/// Follows what the links of a namespace point at: a link goes along with the memory that its key means, as often as
/// that is renamed.
///
/// Read from the tables, which say for every position what a key with a prefix meant.
struct LinkTargets {
    private let namespace: String
    private let sqlite: SQLiteConnection
    /// Renames that are taken for not having happened.
    private let besides: Set<Position>

    /// A rename that takes a link along.
    struct Rename: Equatable {
        let position: Position
        /// What the link is called from then on.
        let newKey: String
    }

    init(_ namespace: String, _ sqlite: SQLiteConnection, besides: Set<Position> = []) {
        self.namespace = namespace
        self.sqlite = sqlite
        self.besides = besides
    }

    /// The renames, in their order, that a link to a key follows between two positions.
    ///
    /// - Parameter target: the key at which to stop.
    func way(
        from key: String, to target: String? = nil, after first: Position, through last: Position = .max
    ) throws -> [Rename] {
        var way: [Rename] = []
        var (key, after) = (key, first)
        while target.map({ !key.hasSameBytes(as: $0) }) ?? true, let rename = try rename(of: key, after: after),
            rename.position <= last
        {
            way.append(rename)
            (key, after) = (rename.newKey, rename.position)
        }
        return way
    }

    /// The first rename after a position of what the link's key meant by then; nil if that stays where it is.
    private func rename(of key: String, after: Position) throws -> Rename? {
        let memory = MemoryKey(namespace: namespace, key: key)
        guard memory.hasPrefix else { return try rename(exactly: key, after: after) }
        let meanings = memory.meanings
        var after = after
        while true {
            var next: (rename: Rename, old: MemoryKey)?
            for meaning in meanings {
                guard let rename = try rename(exactly: meaning.key, after: after),
                    rename.position < next?.rename.position ?? .max
                else { continue }
                next = (rename, meaning)
            }
            guard let next else { return nil }
            // If not, the link counted for another memory of that name.
            if try meaning(of: memory, at: next.rename.position - 1) == next.old { return next.rename }
            after = next.rename.position
        }
    }

    /// What a key meant after a position: which of the keys with a prefix held a memory.
    func meaning(of memory: MemoryKey, at position: Position) throws -> MemoryKey {
        try memory.resolved { key in
            let row = try sqlite.statement(
                """
                SELECT 1 FROM prefixed_lives
                WHERE namespace = ? AND key = ? AND began <= ? AND (ended IS NULL OR ended > ?)
                """)
            row.bind(1, key.namespace)
            row.bind(2, key.key)
            row.bind(3, position)
            row.bind(4, position)
            defer { row.reset() }
            return try row.step()
        }
    }

    /// The first rename of a key's memory after a position.
    func rename(exactly key: String, after: Position) throws -> Rename? {
        let row = try sqlite.statement(
            """
            SELECT position, new_key FROM renames WHERE namespace = ? AND old_key = ? AND position > ?
            ORDER BY position
            """)
        row.bind(1, namespace)
        row.bind(2, key)
        row.bind(3, after)
        defer { row.reset() }
        while try row.step() {
            let position = row.int64(0)
            if !besides.contains(position) { return Rename(position: position, newKey: row.text(1)) }
        }
        return nil
    }
}
