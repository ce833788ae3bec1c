package import MemoryLedger

/// What queries of SQL see of contexts.
enum ContextViews {
    private static let isNamed = "+m.namespace >= ''"

    static let all = [
        SQLView(
            name: "users", columns: ["id", "username", "created_at", "namespace"], table: "users m", condition: isNamed),
        SQLView(
            name: "roles",
            columns: ["namespace", "name", "system_prompt", "tokens", "settings", "created_at", "updated_at"],
            table: "roles m", condition: isNamed),
        SQLView(
            name: "agents", columns: ["namespace", "name", "description", "settings", "created_at", "updated_at"],
            table: "agents m", condition: isNamed),
        SQLView(
            name: "sessions",
            columns: [
                "id", "user_id", "role_name", "created_at", "updated_at", "namespace", "username", "agent", "budget",
                "expires_at", "closed_at", "messages", "evicted_through", "evictions", "summary_tokens", "queue_tokens",
            ],
            table: "sessions m", condition: isNamed),
        of(
            "main_context",
            ["session_id", "context_type", "content", "position", "created_at", "name", "tokens", "metadata"]),
        of(
            "session_summaries",
            [
                "session_id", "number", "content", "tokens", "first_message", "last_message", "evicted_tokens",
                "created_at",
            ]),
        SQLView(
            name: "external_memory",
            columns: [
                "id", "session_id", "memory_type", "content", "embedding", "metadata", "created_at", "namespace",
                "number", "role", "tokens", "archive",
            ],
            table: "external_memory m", condition: isNamed),
        SQLView(
            name: "blocks",
            columns: [
                "namespace", "id", "label", "value", "tokens", "char_limit", "description", "is_read_only", "version",
                "created_at", "updated_at",
            ],
            table: "blocks m", condition: "m.deleted_at IS NULL AND \(isNamed)"),
        SQLView(
            name: "archives", columns: ["namespace", "name", "passages"], table: "archives m",
            condition: "+m.passages > 0 AND \(isNamed)"),
    ]

    /// Of a table whose rows are of sessions.
    private static func of(_ table: String, _ columns: [String]) -> SQLView {
        SQLView(
            name: table, columns: columns,
            expressions: Dictionary(uniqueKeysWithValues: columns.map { ($0, "c.\($0)") }),
            table: "\(table) c CROSS JOIN main.sessions m ON m.id = c.session_id",
            condition: "+c.tokens >= 0 AND \(isNamed)")
    }
}

extension SessionsModule: SQLViewedModule {
    package var sqlViews: [SQLView] { ContextViews.all }
}
