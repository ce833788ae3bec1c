public import EventLog
public import MemoryLedger

/// A text that is kept in an archive.
///
///     var passage = Passage("Sencha is steamed.", archive: "tea")
///     passage.tags = ["japan"]
public struct Passage: Hashable, Sendable {
    public var archive: String
    public var content: String
    public var tokens: Int
    public var isEstimated: Bool
    /// In the order in which they were given, each once.
    public var tags: [String] = []
    public var metadata: JSONObject = [:]
    /// What a model makes of it, as bytes that mean what you make of them; nil: none was given.
    public var embedding: [UInt8]?
    /// Whose it is; an erasure of what comes from them takes it.
    public var user: String?
    /// The session that it was inserted in.
    public var session: String?

    public init(_ content: String, archive: String, tokens: Int = 0, isEstimated: Bool = false) {
        (self.content, self.archive) = (content, archive)
        (self.tokens, self.isEstimated) = (tokens, isEstimated)
    }
}

/// A passage as it stands in its archive.
public struct StoredPassage: Hashable, Sendable {
    public var id: String
    public var namespace: String
    public var passage: Passage
    /// Of the event that inserted it.
    public var position: Position
    public var createdAt: Timestamp
}

/// An archive, which is there as long as it has passages.
public struct ArchiveSummary: Hashable, Sendable {
    public var namespace: String
    public var name: String
    public var passages: Int64
}
