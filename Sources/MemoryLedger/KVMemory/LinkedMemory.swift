/// A memory as `getMemory` answers it: without statistics, and without what only an import knows (`extra`).
public struct LinkedMemory: Hashable, Sendable {
    /// A link with what it points at.
    public struct Link: Hashable, Sendable {
        public var link: MemoryLink
        /// The memory that it points at; nil: there is none that is shown.
        package var target: LinkedOutline?

        /// The linked memory's summary, or `KVMemoryService.missingSummary`.
        public var summary: String { target?.summary ?? KVMemoryService.missingSummary }
    }

    /// Of the summaries of one memory's links together: many links to one memory repeat its summary.
    public static let maximumSummaryBytes = 64 << 20

    public var content: MemoryContent
    /// The content's links, in their order.
    public var links: [Link]

    /// - Parameter target: the memory that a key means; nil if there is none.
    init(_ content: MemoryContent, target: (String) -> LinkedOutline?) {
        var content = content
        if !content.extra.isEmpty { content.extra = [:] }
        for index in content.links.indices where !content.links[index].extra.isEmpty {
            content.links[index].extra = [:]
        }
        self.content = content
        links = content.links.map { link in Link(link: link, target: link.key.flatMap(target)) }
    }

    /// `{"domain", "summary", "text", "type", "links": [{"type", "key", "term", "weight", "summary"}], "keywords"}`.
    public var json: JSONValue {
        var object = JSONObject()
        object.append("domain", .string(content.domain))
        object.append("summary", .string(content.summary))
        object.append("text", .string(content.text))
        object.append("type", .string(content.type))
        object.append("links", linksJSON)
        object.append("keywords", .array(content.keywords.map { .string($0) }))
        return .object(object)
    }

    package var linksJSON: JSONValue {
        .array(
            links.map { link in
                var object = link.link.json.object ?? [:]
                object.append("summary", .string(link.summary))
                return JSONValue.object(object)
            })
    }
}
