import EventLog
import LedgerStorage
import MemoryLedger

/// What becomes of a block if some of its versions are erased: each of these says what the version before it says, and
/// the first nothing. So the block falls back to what others said last.
extension ContextWriter {
    static let erasedKind = "erased"

    /// Keeps the number of a version whose text is gone.
    func noteErasedVersion(of block: MemoryKey, _ event: RecordedEvent) throws {
        guard event.type == BlockEvent.Name.edited || event.type == BlockEvent.Name.reverted,
            let at = try place(of: block)
        else { return }
        var present = CountedText()
        try read(
            "SELECT value, tokens, is_estimated FROM blocks WHERE namespace = ?1 AND id = ?2",
            .text(block.namespace), .text(block.key)
        ) { present = CountedText($0.text(0), tokens: $0.int(1), isEstimated: $0.int(2) != 0) }
        let isFirst = at.content == 0
        try change(
            block, Self.erasedKind, present, content: isFirst ? at.version + 1 : at.content, parent: isFirst ? 0 : nil,
            event)
        try refresh(block)
    }

    /// A row of `block_versions`.
    private struct Version {
        var number: Int64
        var kind: String
        var content: Int64
        var value: String?
        var tokens: Int
        var isEstimated: Bool
        var users: [String]
    }

    /// Takes away what a block said that is protected for a user, as if the events had been erased when they came.
    func eraseVersions(of block: MemoryKey, for user: String) throws {
        let versions = try versions(of: block)
        var texts: [Int64: String] = [:]
        for version in versions { texts[version.number] = version.value }
        var said = CountedText()
        var content: Int64 = 0
        var erased: Set<Int64> = []
        for version in versions {
            let isTaken = version.users.contains { $0.utf8.elementsEqual(user.utf8) }
            if isTaken || version.kind == Self.erasedKind {
                erased.insert(version.number)
                let isFirst = content == 0
                content = isFirst ? version.number : content
                try write(
                    block, version.number, kind: Self.erasedKind, content, parent: 0, isFirst ? "" : nil, said, [])
            } else if let value = version.value ?? (erased.contains(version.content) ? texts[version.content] : nil) {
                said = CountedText(value, tokens: version.tokens, isEstimated: version.isEstimated)
                try write(
                    block, version.number, kind: version.kind, version.number, parent: content, said.text, said,
                    version.users)
                content = version.number
            } else {
                content = version.content
                said = CountedText(
                    texts[content] ?? "", tokens: version.tokens, isEstimated: version.isEstimated)
            }
        }
        try say(block, said, content)
    }

    private func versions(of block: MemoryKey) throws -> [Version] {
        var versions: [Version] = []
        try read(
            """
            SELECT number, kind, content, value, tokens, is_estimated, users FROM block_versions
            WHERE namespace = ?1 AND block = ?2 ORDER BY number
            """, .text(block.namespace), .text(block.key)
        ) { row in
            versions.append(
                Version(
                    number: row.int64(0), kind: row.text(1), content: row.int64(2), value: row.optionalText(3),
                    tokens: row.int(4), isEstimated: row.int(5) != 0, users: try UserNames.read(row.optionalText(6))))
        }
        return versions
    }

    private func write(
        _ block: MemoryKey, _ number: Int64, kind: String, _ content: Int64, parent: Int64, _ value: String?,
        _ said: CountedText, _ users: [String]
    ) throws {
        try run(
            """
            UPDATE block_versions SET kind = ?4, content = ?5, parent = ?6, value = ?7, tokens = ?8, is_estimated = ?9,
                users = ?10 WHERE namespace = ?1 AND block = ?2 AND number = ?3
            """, .text(block.namespace), .text(block.key), .integer(number), .text(kind), .integer(content),
            .integer(parent), value.map { .text($0) }, .integer(said.tokens), .flag(said.isEstimated), .users(users))
    }

    /// In sessions that have closed, too: they keep what they had, but not what is erased.
    private func say(_ block: MemoryKey, _ said: CountedText, _ content: Int64) throws {
        try run(
            "UPDATE blocks SET value = ?3, tokens = ?4, is_estimated = ?5 WHERE namespace = ?1 AND id = ?2",
            .text(block.namespace), .text(block.key), .text(said.text), .integer(said.tokens),
            .flag(said.isEstimated))
        try noteUsers(of: block, content: content)
        try run(
            """
            UPDATE main_context SET content = ?3, tokens = ?4 WHERE block = ?2 AND session_id IN (
                SELECT id FROM sessions WHERE id = session_id AND namespace = ?1)
            """, .text(block.namespace), .text(block.key), .text(said.text), .integer(said.tokens))
    }
}
