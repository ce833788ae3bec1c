import EventLog
import LedgerStorage

/// The views that a query sees: temporary ones on a reading connection, which are gone afterwards.
///
/// Each is two, the second one on the first: what is read of the tables is read within the first, whose name a query
/// cannot know. The authorizer tells by that name what may be read, since a query may give any other name to something
/// of its own.
struct SQLViews {
    typealias View = SQLView

    /// What a row of `memories` must be to be seen. `?1` stands for the time.
    ///
    private static let isShown = """
        (m.expires_at IS NULL OR m.expires_at > ?1) \
        AND NOT EXISTS (SELECT 1 FROM main.quarantined q WHERE q.memory = m.id AND q.began > 0)
        """

    private static let isNamed = "+m.namespace >= ''"

    static let all = [
        View(
            name: "memories",
            columns: [
                "namespace", "key", "domain", "summary", "text", "type", "keywords", "links", "created_at",
                "last_accessed_at", "last_linked_at", "in_degree", "out_degree", "access_count", "traverse_count",
                "status", "expires_at", "version", "source", "trust", "derived_from",
            ],
            expressions: [
                "version": "m.content_version",
                "source": "(SELECT o.kind || ':' || o.name FROM main.origins o WHERE o.id = m.source)",
            ],
            table: "memories m", condition: isShown),
        View(
            name: "memory_links", columns: ["namespace", "from_key", "to_key", "link_type", "term", "weight"],
            expressions: Dictionary(
                uniqueKeysWithValues: ["namespace", "from_key", "to_key", "link_type", "term", "weight"].map {
                    ($0, "l.\($0)")
                }),
            table: "memory_links l CROSS JOIN main.memories m ON m.id = l.id >> \(MemoryState.linkBits)",
            condition: "+l.namespace >= '' AND \(isShown)"),
        View(
            name: "namespaces", columns: ["namespace", "memories", "links", "links_without_target"],
            table: "namespaces m", condition: isNamed),
        View(
            name: "namespace_events", columns: ["namespace", "type", "events"], table: "namespace_events m",
            condition: isNamed),
    ]

    let views: [SQLView]
    /// What the first view of each is called.
    let secrets: [String]

    /// - Parameters:
    ///   - secret: letters and digits that a query cannot know.
    ///   - views: all that there are.
    init(secret: String, _ views: [SQLView] = Self.all) {
        self.views = views
        secrets = views.map { "memledger_\(secret)_\($0.name)" }
    }

    /// - Parameters:
    ///   - now: what has expired by then is left out.
    ///   - locked: namespaces that are left out.
    func make(now: Timestamp, without locked: [String], _ sqlite: SQLiteConnection) throws {
        for (view, secret) in zip(views, secrets) {
            let values = view.columns.map { "\(view.expressions[$0] ?? "m.\($0)") AS \($0)" }.joined(separator: ", ")
            var conditions = [view.condition.replacing("?1", with: String(now.milliseconds))]
            if !locked.isEmpty {
                conditions.append("m.namespace NOT IN (\(locked.map(\.sqlLiteral).joined(separator: ", ")))")
            }
            let filter = conditions.joined(separator: " AND ")
            try sqlite.execute(
                "CREATE TEMP VIEW \(secret) AS SELECT \(values) FROM main.\(view.table) WHERE \(filter)")
            try sqlite.execute("CREATE TEMP VIEW \(view.name) AS SELECT * FROM temp.\(secret)")
        }
    }

    func drop(_ sqlite: SQLiteConnection) throws {
        for (view, secret) in zip(views, secrets) {
            for name in [view.name, secret] { try sqlite.execute("DROP VIEW IF EXISTS temp.\(name)") }
        }
    }
}

extension String {
    /// As a text of SQL.
    fileprivate var sqlLiteral: String {
        "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }
}
