import EventLog
public import MemoryLedger

/// Looks for memories as kv-memory's second version does: each part of what is asked is looked for as it stands,
/// without a language. Of a long question the beginning is looked for: what `SearchQuery` has room for. Counts no
/// access, and leaves no status out.
///
///     let found = try await SearchCompatibly(words: "green tea", within: ["mem"]).run(in: request)
///     print(found.document())
public struct SearchCompatibly: LedgerOperation, Hashable {
    /// Whether one part is enough.
    public enum Operator: String, Hashable, Sendable, CaseIterable {
        case and = "AND"
        case or = "OR"
    }

    public var text: String
    /// Parts are between commas, not between blanks, and go together so; nil: between blanks, and one is enough.
    public var joining: Operator?
    /// Of which memories; nil: all.
    public var within: [String]?
    /// As a session of this namespace finds them: its own memories, and those of migrated databases of the second
    /// version whose keys begin with it, where the caller may read them.
    package var session: String?
    public var limit: Int
    public var offset: Int
    public var sortsLinks: Bool

    public init(
        words text: String, within: [String]? = nil, limit: Int = 10, offset: Int = 0, sortsLinks: Bool = true
    ) {
        (self.text, self.within, self.limit) = (text, within, limit)
        (self.offset, self.sortsLinks) = (offset, sortsLinks)
    }

    public init(
        keywords text: String, _ joining: Operator = .or, within: [String]? = nil, limit: Int = 10, offset: Int = 0,
        sortsLinks: Bool = true
    ) {
        self.init(words: text, within: within, limit: limit, offset: offset, sortsLinks: sortsLinks)
        self.joining = joining
    }

    /// What was found.
    public struct Result: Hashable, Sendable, DescribedResult {
        package var page: CompatiblePage
        package var limit: Int
        package var offset: Int

        package init(page: CompatiblePage, limit: Int, offset: Int) {
            (self.page, self.limit, self.offset) = (page, limit, offset)
        }

        package static let members: [DocumentMember] = [.init("results", .objects), .init("pagination", .object)]

        /// `{"results": [{"key", "summary", "excerpt", "relevance", "score", "links"}], "pagination": {"total",
        /// "limit", "offset"}}`, as kv-memory wrote it: `score` is `relevance`, and `links` are left out if there are
        /// none.
        public func document() -> JSONValue {
            [
                "results": .array(page.matches.map(\.json)),
                "pagination": [
                    "total": JSONValue(page.total), "limit": JSONValue(limit), "offset": JSONValue(offset),
                ],
            ]
        }
    }

    /// What it answers where memories are not searched.
    package var nothing: Result {
        Result(page: CompatiblePage(), limit: limit, offset: offset)
    }

    private static let query = Parameter<String>(
        "query", .string, "Parts between blanks, of which one is enough; with `operator`, between commas.")
    private static let joining = Parameter(
        "operator",
        optional: ArgumentType<String>.string.mapping("AND or OR", as: .choice(Operator.allCases.map(\.rawValue))) {
            Operator(rawValue: $0)
        }, "All parts must be there (AND), or one of them (OR).")
    private static let namespace = Parameter("namespace", optional: .string, "Only this namespace; otherwise all.")
    private static let limit = Parameter<Int>(
        "limit", .integer(1...MemorySearch.maximumLimit), default: 10, "Memories of a page.")
    private static let offset = Parameter<Int>(
        "offset", .integer(0...Int(Int32.max)), default: 0, "So many of the best are left out.")
    private static let sortsLinks = Parameter(
        "sort_links", .boolean, default: true, "Links by weight and score; otherwise as they are stored.")

    public static let name = "search.compatible"
    public static let summary = "Find memories as kv-memory 2 did, by parts of text."
    public static let parameters: [any OperationParameter] = [query, joining, namespace, limit, offset, sortsLinks]
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let audit: ReadOperation? = .search
    public static let errors: [OperationErrorCode] = [.memory(.invalidQuery)]

    public var namespaces: [String]? { session.map { [$0] } ?? within }

    public init(_ arguments: OperationArguments) throws {
        self.init(
            words: try arguments[Self.query], within: try arguments[Self.namespace].map { [$0] },
            limit: try arguments[Self.limit], offset: try arguments[Self.offset],
            sortsLinks: try arguments[Self.sortsLinks])
        joining = try arguments[Self.joining]
    }

    public func run(in request: OperationRequest) async throws -> Result {
        guard offset >= 0, offset <= Int(Int32.max) else {
            throw OperationArgumentError(Self.offset.name, after: " is 0 to \(Int32.max), not \(offset).")
        }
        let question =
            joining.map { CompatibleSearch.Question.keywords(text, all: $0 == .and) } ?? .words(text)
        var search = CompatibleSearch(
            question, namespaces: within, limit: limit, offset: offset, sortsLinks: sortsLinks)
        search.session = session
        let grant = request.grant
        let reading = try await request.reading(ReadMoment.now, of: namespaces)
        // It reads as much as matches, so it may take long.
        let page = try await LongWork.run(if: true) {
            try await reading.find(search) { grant.includes(namespace: $0) }
        }
        return Result(page: page, limit: limit, offset: offset)
    }
}

extension CompatiblePage.Match {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "key": .string(key), "summary": .string(summary), "excerpt": .string(excerpt),
            "relevance": JSONValue(relevance), "score": JSONValue(relevance),
        ]
        if !links.isEmpty { object.append("links", .array(links.map(\.json))) }
        return .object(object)
    }
}
