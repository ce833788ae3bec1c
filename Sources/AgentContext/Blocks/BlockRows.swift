import EventLog
import LedgerStorage
import MemoryLedger

/// Reads blocks from the tables.
enum BlockRows {
    private static let columns = """
        b.id, b.namespace, b.label, b.value, b.tokens, b.is_estimated, b.char_limit, b.description, b.is_read_only, \
        b.version, b.created_at, b.updated_at, b.users
        """

    /// The one that is called so in a context: of a session its own, then its agent's. The first, if several came to be
    /// called alike.
    ///
    /// - Throws: `AgentContextError.noSession`.
    static func find(_ reference: BlockReference, _ tables: SQLiteConnection) throws -> BlockState? {
        for holder in [reference.holder, try home(of: reference, tables)] {
            let named = try list(of: holder, reference.namespace, tables).first {
                $0.block.label.utf8.elementsEqual(reference.label.utf8)
            }
            if let named { return named }
        }
        return nil
    }

    /// Who gets a block that is made in a context: the agent of a session, which has it in all of its sessions, if
    /// there is one.
    ///
    /// - Throws: `AgentContextError.noSession`.
    static func home(of reference: BlockReference, _ tables: SQLiteConnection) throws -> BlockHolder {
        guard case .session(let id) = reference.holder else { return reference.holder }
        let session = try SessionRows.get(MemoryKey(namespace: reference.namespace, key: id), tables)
        return session.agent.map { .agent($0) } ?? reference.holder
    }

    /// In the order in which the holder got them.
    static func list(
        of holder: BlockHolder, _ namespace: String, _ tables: SQLiteConnection
    ) throws -> [BlockState] {
        let row = try tables.statement(
            """
            SELECT \(columns) FROM block_holders h JOIN blocks b ON b.namespace = h.namespace AND b.id = h.block
            WHERE h.namespace = ? AND h.kind = ? AND h.holder = ? ORDER BY h.position, h.block
            """)
        row.bind(1, namespace)
        row.bind(2, holder.kind.rawValue)
        row.bind(3, holder.name)
        defer { row.reset() }
        var blocks: [BlockState] = []
        while try row.step() { blocks.append(try state(row, tables)) }
        return blocks
    }

    static func find(_ id: String, _ namespace: String, _ tables: SQLiteConnection) throws -> BlockState? {
        let row = try tables.statement(
            "SELECT \(columns) FROM blocks b WHERE b.namespace = ? AND b.id = ? AND b.deleted_at IS NULL")
        row.bind(1, namespace)
        row.bind(2, id)
        defer { row.reset() }
        return try row.step() ? state(row, tables) : nil
    }

    private static func state(_ row: SQLiteStatement, _ tables: SQLiteConnection) throws -> BlockState {
        let (id, namespace) = (row.text(0), row.text(1))
        let block = Block(
            label: row.text(2), value: CountedText(row.text(3), tokens: row.int(4), isEstimated: row.int(5) != 0),
            settings: BlockSettings(limit: row.int(6), description: row.text(7), isReadOnly: row.int(8) != 0),
            holders: try holders(of: id, namespace, tables))
        return BlockState(
            id: id, namespace: namespace, block: block, version: row.int64(9),
            createdAt: Timestamp(milliseconds: row.int64(10)), updatedAt: Timestamp(milliseconds: row.int64(11)),
            users: try UserNames.read(row.optionalText(12)))
    }

    private static func holders(
        of block: String, _ namespace: String, _ tables: SQLiteConnection
    ) throws -> [BlockHolder] {
        let row = try tables.statement(
            """
            SELECT kind, holder FROM block_holders WHERE namespace = ? AND block = ? ORDER BY position, kind, holder
            """)
        row.bind(1, namespace)
        row.bind(2, block)
        defer { row.reset() }
        var holders: [BlockHolder] = []
        while try row.step() {
            if let kind = BlockHolder.Kind(rawValue: row.text(0)) { holders.append(BlockHolder(kind, row.text(1))) }
        }
        return holders
    }

    // MARK: Versions

    /// The newest first.
    ///
    /// - Parameter before: versions below this one.
    static func versions(
        of block: BlockState, before: Int64, limit: Int, _ tables: SQLiteConnection
    ) throws -> [BlockVersion] {
        let row = try tables.statement(
            """
            SELECT v.number, v.kind, v.content, v.parent, c.value, c.tokens, c.is_estimated, v.actor, v.position,
                v.created_at, c.users
            FROM block_versions v JOIN block_versions c
                ON c.namespace = v.namespace AND c.block = v.block AND c.number = v.content
            WHERE v.namespace = ? AND v.block = ? AND v.number < ? ORDER BY v.number DESC LIMIT ?
            """)
        row.bind(1, block.namespace)
        row.bind(2, block.id)
        row.bind(3, before)
        row.bind(4, limit)
        defer { row.reset() }
        var versions: [BlockVersion] = []
        while try row.step() { versions.append(try version(row)) }
        return versions
    }

    static func version(_ number: Int64, of block: BlockState, _ tables: SQLiteConnection) throws -> BlockVersion? {
        guard number >= 1, number < Int64.max else { return nil }
        let found = try versions(of: block, before: number + 1, limit: 1, tables).first
        return found?.number == number ? found : nil
    }

    /// Of the edits that were made of a content, the one that was left last; nil: none was.
    static func redone(_ content: Int64, of block: BlockState, _ tables: SQLiteConnection) throws -> Int64? {
        let row = try tables.statement(
            """
            SELECT max(v.number), v.content FROM block_versions v JOIN block_versions c
                ON c.namespace = v.namespace AND c.block = v.block AND c.number = v.content
            WHERE v.namespace = ?1 AND v.block = ?2 AND c.parent = ?3 AND c.number > ?3
            """)
        row.bind(1, block.namespace)
        row.bind(2, block.id)
        row.bind(3, content)
        defer { row.reset() }
        return try row.step() && !row.isNull(0) ? row.int64(1) : nil
    }

    private static func version(_ row: SQLiteStatement) throws -> BlockVersion {
        BlockVersion(
            number: row.int64(0), kind: row.text(1), content: row.int64(2), parent: row.int64(3),
            value: CountedText(row.text(4), tokens: row.int(5), isEstimated: row.int(6) != 0),
            actor: row.optionalText(7), users: try UserNames.read(row.optionalText(10)), position: row.int64(8),
            at: Timestamp(milliseconds: row.int64(9)))
    }
}
