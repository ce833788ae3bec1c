import MemoryLedger

/// What a writer knows of the rows of sessions that it wrote last, so that a message looks none of it up.
struct KnownSessions {
    struct Row {
        var messages: Int64
        /// `users.id`
        var user: Int64?
    }

    private var rows: [MemoryKey: Row] = [:]

    /// Then all are forgotten; some 200 bytes each.
    private static let maximumRows = 16_384

    subscript(session: MemoryKey) -> Row? {
        get { rows[session] }
        set {
            if rows.count >= Self.maximumRows { rows.removeAll() }
            rows[session] = newValue
        }
    }

    mutating func removeAll() { rows.removeAll() }
}
