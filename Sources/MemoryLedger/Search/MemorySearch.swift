public import EventLog

/// What to look for in the memories' keys, summaries, texts and keywords.
///
///     let found = try await ledger.search(MemorySearch("green tea", MemoryFilter(namespace: "mem")))
///     for memory in found.memories { print(memory.key.key, memory.excerpt.text()) }
///
/// The words of a text are looked for in any language and any case; several must all be there. `"green tea"` is a
/// phrase, `AND`, `OR`, `NOT` and parentheses combine, `te*` is a beginning, `summary:tea` looks in one field (`key`,
/// `summary`, `text` or `keywords`). A run of more than two Chinese characters, kana or Hangul finds what has any two
/// neighbours of it, the best first.
public struct MemorySearch: Hashable, Sendable {
    public var text: String
    public var filter: MemoryFilter
    /// At most this many, 1 to `maximumLimit`.
    public var limit: Int
    /// The former page's `next`.
    public var after: String?
    /// Wait until the index has all that the ledger has, however far it is behind. Otherwise a search waits for an
    /// index that is at most `maximumLag` events behind, and answers from another as it is.
    public var waitsForIndex = false

    /// Events that it catches up with without being told to wait.
    var maximumLag = MemorySearch.maximumLag

    /// Also memories that were given another status than active here.
    var showsHidden = false

    public static let maximumLimit = 100
    /// Events that a search catches up with by itself.
    public static let maximumLag: Position = 20_000

    public init(_ text: String, _ filter: MemoryFilter = MemoryFilter(), limit: Int = 10, after: String? = nil) {
        (self.text, self.filter, self.limit, self.after) = (text, filter, limit, after)
    }

    /// What it asks.
    var json: JSONObject {
        var object = filter.json
        object.append("query", .string(text))
        object.append("limit", JSONValue(limit))
        if let after { object.append("after", .string(after)) }
        return object
    }
}

/// A memory that a search found.
public struct FoundMemory: Hashable, Sendable {
    public var key: MemoryKey
    public var summary: String
    /// The part of the text that has most of what was looked for, with `…` if there is more before or behind it.
    public var excerpt: MarkedText
    /// How well it matches what was looked for, by BM25: more than 0, and comparable within one search.
    public var relevance: Double
    /// How much the memory matters, at the moment that is asked about.
    public var score: MemoryScore
    public var source: Provenance.Source?
    public var trust: Int?
    /// Which words were found in which fields: `text: green, tea`.
    public var reasons: [String]
}

/// A page of what a search found, the most relevant first.
public struct MemorySearchPage: Hashable, Sendable {
    public var memories: [FoundMemory]
    /// How many match in all.
    public var total: Int
    /// The cursor of the next page; nil: this is the last one.
    public var next: String?
    /// What was written up to this position was looked at.
    public var indexedTo: Position
    /// The position that the search was asked about: `indexedTo`, unless the index is behind.
    public var position: Position
    /// Namespaces that were left out because the ledger was opened without its master key.
    public var locked: [String] = []
    /// Why not all was looked at; nil if it was, or if the position is one of the past that the index has.
    public var indexProblem: String?
}

extension MemorySearchPage {
    /// The same for one who is told of some events only: with other positions, at which what may be told stands as it
    /// does at these.
    package func telling(_ position: (Position) async throws -> Position) async throws -> Self {
        var page = self
        page.indexedTo = try await position(indexedTo)
        page.position = try await position(self.position)
        if let next, var cursor = try? SearchCursor(next) {
            cursor.position = try await position(cursor.position)
            page.next = cursor.text
        }
        return page
    }
}
