/// What an agent wrote down: a memory without its key and its statistics.
///
///     let content = MemoryContent(domain: "food", summary: "Likes green tea", keywords: ["tea", "taste"])
///     try await ledger.add(tea, content)
public struct MemoryContent: Hashable, Sendable {
    public var domain: String
    public var summary: String
    public var text: String
    /// What kind of memory it is, by the agent's own words.
    public var type: String
    public var keywords: [String]
    public var links: [MemoryLink]
    /// What a legacy row held beyond these fields, or under their names with another type. Kept and shown, never read.
    public var extra: JSONObject

    public init(
        domain: String = "", summary: String = "", text: String = "", type: String = "",
        keywords: [String] = [], links: [MemoryLink] = [], extra: JSONObject = [:]
    ) {
        self.domain = domain
        self.summary = summary
        self.text = text
        self.type = type
        self.keywords = keywords
        self.links = links
        self.extra = extra
    }
}
