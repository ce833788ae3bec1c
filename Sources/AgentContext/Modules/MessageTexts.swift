import EventLog
import LedgerStorage
import MemoryLedger
import TextSearch

/// What was said in sessions and what archives have, for searches.
struct MessageTexts: TextSource {
    static let name = "messages"

    var name: String { Self.name }
    let projection = "context_sessions"

    // Kinds of `FilterTerm`.
    static let session: Character = "s"
    static let user: Character = "u"
    static let role: Character = "r"
    static let archive: Character = "a"
    static let tag: Character = "g"

    /// The value of a user's term: names are of a namespace.
    static func user(_ name: String, _ namespace: String) -> String {
        UsersModule.family.stream(namespace, name).rawValue
    }

    /// The value of an archive's term.
    static func archive(_ name: String, _ namespace: String) -> String {
        PassagesModule.family.stream(namespace, name).rawValue
    }

    func read(
        after first: Position, through last: Position, _ sqlite: SQLiteConnection, _ body: (IndexedText) throws -> Bool
    ) throws {
        let row = try sqlite.statement(
            """
            SELECT m.position, m.content, m.session_id, m.role, m.archive, m.namespace, m.metadata, s.username
            FROM external_memory m LEFT JOIN sessions s ON s.id = m.session_id
            WHERE m.position > ? AND m.position <= ? ORDER BY m.position
            """)
        row.bind(1, first)
        row.bind(2, last)
        defer { row.reset() }
        while try row.step() {
            let namespace = row.text(5)
            var scope: [FilterTerm] = []
            if let archive = row.optionalText(4) {
                scope.append(.encode(kind: Self.archive, value: Self.archive(archive, namespace)))
                var passage = Passage("", archive: archive)
                try passage.read(rowMetadata: row.text(6))
                scope += passage.tags.map { .encode(kind: Self.tag, value: $0) }
            } else {
                if let session = row.optionalText(2) { scope.append(.encode(kind: Self.session, value: session)) }
                if let user = row.optionalText(7) {
                    scope.append(.encode(kind: Self.user, value: Self.user(user, namespace)))
                }
                if let role = row.optionalText(3) { scope.append(.encode(kind: Self.role, value: role)) }
            }
            if try !body(IndexedText(began: row.int64(0), text: row.text(1), scope: scope)) { return }
        }
    }
}
