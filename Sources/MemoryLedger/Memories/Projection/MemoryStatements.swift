import EventLog
import LedgerStorage
import Projections

/// The statements of the projection, prepared once for a writer, and the rows they read and write.
final class MemoryStatements {
    private let sqlite: SQLiteConnection
    private var prepared: [SQLiteStatement?] = Array(repeating: nil, count: Statement.allCases.count)

    enum Statement: Int, CaseIterable {
        case findMemory, findMemoryAndLinks, insertMemory, updateState, updateStateAndCreatedAt,
            updateContent, updateContentAndDomain, deleteMemory, renameMemory, content, links, setLinks
        case insertLink, linkRows, linkByID, linksTo, deleteLinks, deleteLink, setLink, renameLinks, moveLink, endLink
        case beginLife, endLife, findLife
        case noteRename, addMark
        case findTarget, setTarget, deleteTarget
        case findNamespace, setNamespace, countEvents
        case findImport, findAnyImport, setImport, moveImport, addSource, findLineage, findLineageTables, findTwins,
            findOwners, findPath
        case dropSetAside, dropKnown, moveRows, moveSources
        case findContributor, findContributorByID, addContributor, addMemoryContributor, addDerivation,
            copyContributors, copyDerivations
        case setFormer, findFormer
        case quarantines, addQuarantine, deleteQuarantine, isHeld, hold, holdAll, letGo, forgetHeld
        case setPolicy
        case endText, endWaitingText, beginText, expireText, forgetStanding, eraseTexts
        case hide, hideAsBefore, endHiding, show
    }

    init(_ sqlite: SQLiteConnection) {
        self.sqlite = sqlite
    }

    /// A statement, ready to be bound again.
    func callAsFunction(_ statement: Statement) throws -> SQLiteStatement {
        if let known = prepared[statement.rawValue] { return known }
        let made = try SQLiteStatement(connection: sqlite.handle, sql: sql(statement))
        prepared[statement.rawValue] = made
        return made
    }

    /// Makes indexes of the projection before it is complete.
    func createIndexes(_ names: [String]) throws {
        for name in names { try MemoryProjector.schema.createIndex(name, sqlite) }
    }

    private func sql(_ statement: Statement) -> String {
        guard
            let sql = memorySQL(statement) ?? linkSQL(statement) ?? bookkeepingSQL(statement) ?? importSQL(statement)
                ?? provenanceSQL(statement) ?? textSQL(statement)
        else {
            preconditionFailure("no SQL for \(statement)")
        }
        return sql
    }

    private static let stateColumns = """
        id, created_at, last_accessed_at, last_linked_at, in_degree, out_degree, access_count, traverse_count, status, \
        expires_at, next_link, version, content_version, source_row, source, trust, derived_from
        """

    // SQLite writes the index of each column that is set, whether it changes or not: so those that have one and seldom
    // change are set by statements of their own.
    private static let stateChange = """
        last_accessed_at = ?2, last_linked_at = ?3, in_degree = ?4, out_degree = ?5, access_count = ?6, \
        traverse_count = ?7, status = ?8, next_link = ?9, version = ?10, content_version = ?11, source_row = ?12, \
        source = ?13, trust = ?14, derived_from = ?15
        """
    private static let contentChange = """
        summary = ifnull(?2, summary), text = ifnull(?3, text), type = ifnull(?4, type), \
        keywords = ifnull(?5, keywords), links = ifnull(?6, links)
        """

    private func memorySQL(_ statement: Statement) -> String? {
        switch statement {
        case .findMemory: "SELECT \(Self.stateColumns) FROM memories WHERE namespace = ? AND key = ?"
        case .findMemoryAndLinks: "SELECT \(Self.stateColumns), links FROM memories WHERE namespace = ? AND key = ?"
        case .insertMemory:
            """
            INSERT INTO memories (id, key, namespace, domain, summary, text, type, keywords, links, extra, \
            created_at, last_accessed_at, last_linked_at, in_degree, out_degree, access_count, traverse_count, \
            status, expires_at, next_link, version, content_version, source_row, source, trust, derived_from) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, \
            ?22, ?23, ?24, ?25, ?26)
            """
        case .updateState: "UPDATE memories SET \(Self.stateChange) WHERE id = ?1"
        case .updateStateAndCreatedAt: "UPDATE memories SET \(Self.stateChange), created_at = ?16 WHERE id = ?1"
        case .updateContent: "UPDATE memories SET \(Self.contentChange) WHERE id = ?1"
        case .updateContentAndDomain: "UPDATE memories SET \(Self.contentChange), domain = ?7 WHERE id = ?1"
        case .deleteMemory: "DELETE FROM memories WHERE id = ?"
        case .renameMemory: "UPDATE memories SET key = ?2 WHERE id = ?1"
        case .content: "SELECT domain, summary, text, type, keywords, links, extra FROM memories WHERE id = ?"
        case .links: "SELECT links FROM memories WHERE id = ?"
        case .setLinks: "UPDATE memories SET links = ?2 WHERE id = ?1"
        default: nil
        }
    }

    private func linkSQL(_ statement: Statement) -> String? {
        switch statement {
        case .insertLink:
            """
            INSERT INTO memory_links (id, namespace, from_key, to_key, link_type, term, weight, position, given_key) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            """
        case .linkRows:
            "SELECT id, to_key, position, given_key FROM memory_links WHERE id BETWEEN ? AND ? ORDER BY id"
        case .linkByID: "SELECT to_key, position, from_key, given_key FROM memory_links WHERE id = ?"
        case .linksTo:
            """
            SELECT id, position, from_key, given_key FROM memory_links WHERE namespace = ? AND to_key = ? ORDER BY id
            """
        case .deleteLinks: "DELETE FROM memory_links WHERE id BETWEEN ? AND ?"
        case .deleteLink: "DELETE FROM memory_links WHERE id = ?"
        case .setLink: "UPDATE memory_links SET term = ?2, weight = ?3 WHERE id = ?1"
        case .renameLinks: "UPDATE memory_links SET from_key = ?3 WHERE id BETWEEN ?1 AND ?2"
        case .moveLink: "UPDATE memory_links SET to_key = ?2, position = ?3, given_key = ?4 WHERE id = ?1"
        case .endLink:
            """
            INSERT INTO ended_links (ended, id, namespace, to_key, began, given_key) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """
        case .beginLife: "INSERT INTO prefixed_lives (namespace, key, began) VALUES (?1, ?2, ?3)"
        case .endLife:
            "UPDATE prefixed_lives SET ended = ?3 WHERE namespace = ?1 AND key = ?2 AND ended IS NULL"
        case .findLife: "SELECT 1 FROM prefixed_lives WHERE namespace = ? LIMIT 1"
        case .noteRename: "INSERT INTO renames (position, namespace, old_key, new_key) VALUES (?1, ?2, ?3, ?4)"
        case .addMark:
            "INSERT INTO memory_marks (position, namespace, key, version, mark) VALUES (?1, ?2, ?3, ?4, ?5)"
        default: nil
        }
    }

    private func bookkeepingSQL(_ statement: Statement) -> String? {
        switch statement {
        case .findTarget: "SELECT in_degree FROM link_targets WHERE namespace = ? AND key = ?"
        case .setTarget:
            """
            INSERT INTO link_targets (namespace, key, in_degree) VALUES (?1, ?2, ?3) \
            ON CONFLICT (namespace, key) DO UPDATE SET in_degree = excluded.in_degree
            """
        case .deleteTarget: "DELETE FROM link_targets WHERE namespace = ? AND key = ?"
        case .findNamespace:
            "SELECT memories, links, links_without_target FROM namespaces WHERE namespace = ?"
        case .setNamespace:
            """
            INSERT INTO namespaces (namespace, memories, links, links_without_target) \
            VALUES (?1, ?2, ?3, ?4) ON CONFLICT (namespace) DO UPDATE SET memories = excluded.memories, \
            links = excluded.links, links_without_target = excluded.links_without_target
            """
        case .countEvents:
            """
            INSERT INTO namespace_events (namespace, type, events) VALUES (?1, ?2, ?3) \
            ON CONFLICT (namespace, type) DO UPDATE SET events = events + excluded.events
            """
        default: nil
        }
    }

    private func importSQL(_ statement: Statement) -> String? {
        switch statement {
        case .findImport:
            """
            SELECT id, outcome, namespace, key, left_namespace, left_key, latest_at, reads FROM import_rows \
            WHERE lineage = ? AND source_table = ? AND row_key = ?
            """
        case .findAnyImport: "SELECT 1 FROM import_rows WHERE lineage >= 0 LIMIT 1"
        case .moveImport:
            """
            UPDATE OR REPLACE import_rows SET source_table = ?4, row_key = ?5 \
            WHERE lineage = ?1 AND source_table = ?2 AND row_key = ?3
            """
        case .findLineageTables:
            """
            SELECT source_table, format FROM import_sources WHERE lineage = ? GROUP BY source_table, format \
            ORDER BY min(id)
            """
        case .findLineage: "SELECT min(id) FROM import_sources WHERE lineage = ?"
        case .findTwins:
            """
            SELECT (SELECT min(f.id) FROM import_sources f WHERE f.lineage = s.lineage) FROM import_sources s \
            WHERE sha256 = ?1 AND lineage <> ?2 GROUP BY lineage UNION \
            SELECT id FROM import_sources s WHERE lineage = ?2 AND id <> ?3 \
            AND EXISTS (SELECT 1 FROM import_rows r WHERE r.lineage = s.id) ORDER BY 1
            """
        case .findOwners:
            """
            SELECT r.lineage, s.lineage FROM import_rows r JOIN import_sources s ON s.id = r.lineage \
            WHERE r.id = ? ORDER BY r.lineage
            """
        case .findPath: "SELECT path FROM import_sources WHERE lineage = ? ORDER BY id DESC LIMIT 1"
        case .dropSetAside:
            """
            DELETE FROM import_rows AS r WHERE lineage = ?1 AND outcome = 'quarantined' AND EXISTS (\
            SELECT 1 FROM import_rows o WHERE o.lineage = ?2 AND o.source_table = r.source_table \
            AND o.row_key = r.row_key AND o.outcome <> 'quarantined')
            """
        case .dropKnown:
            """
            DELETE FROM import_rows AS r WHERE lineage = ?1 AND EXISTS (SELECT 1 FROM import_rows o \
            WHERE o.lineage = ?2 AND o.source_table = r.source_table AND o.row_key = r.row_key)
            """
        case .moveRows: "UPDATE OR IGNORE import_rows SET lineage = ?2 WHERE lineage = ?1"
        case .moveSources: "UPDATE import_sources SET lineage = ?2 WHERE lineage = ?1"
        case .addSource:
            """
            INSERT INTO import_sources (id, lineage, sha256, path, format, source_table, size_bytes, \
            mapping_version) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """
        case .setImport:
            """
            INSERT INTO import_rows (id, lineage, source_table, row_key, row_hash, position, outcome, \
            reason, namespace, key, left_namespace, left_key, latest_at, reads) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) \
            ON CONFLICT (lineage, source_table, row_key) DO UPDATE SET row_hash = excluded.row_hash, \
            position = excluded.position, outcome = excluded.outcome, reason = excluded.reason, \
            namespace = excluded.namespace, key = excluded.key, left_namespace = excluded.left_namespace, \
            left_key = excluded.left_key, latest_at = excluded.latest_at, reads = excluded.reads
            """
        default: nil
        }
    }
}
