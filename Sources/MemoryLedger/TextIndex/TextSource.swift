package import EventLog
package import LedgerStorage
package import TextSearch

/// Texts that a search finds, read from projection tables. Each began at an event of its own, and stays as it is:
/// whether it stands at a position is asked of the tables.
package protocol TextSource: Sendable {
    /// Of its index: a word, empty for the memories.
    var name: String { get }
    /// The projection that the texts are read from, with those that are built together with it.
    var projection: String { get }

    /// Hands over the texts that began after one position and not after another, in their order, until the body answers
    /// false.
    func read(
        after first: Position, through last: Position, _ sqlite: SQLiteConnection, _ body: (IndexedText) throws -> Bool
    ) throws
}

/// A text as an index takes it.
package struct IndexedText: Sendable {
    /// The event that it began with; no two began at the same one.
    package var began: Position
    package var key = ""
    package var summary = ""
    package var text: String
    package var keywords = ""
    /// What filters find it by, exactly.
    package var scope: [FilterTerm]

    package init(began: Position, text: String, scope: [FilterTerm]) {
        (self.began, self.text, self.scope) = (began, text, scope)
    }

    /// Bytes of what is looked at.
    var byteCount: Int { key.utf8.count + summary.utf8.count + text.utf8.count + keywords.utf8.count }
}
