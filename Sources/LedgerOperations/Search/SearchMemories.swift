import EventLog
public import MemoryLedger

/// Looks for memories by what their keys, summaries, texts and keywords say, the most relevant first. Counts no access.
///
///     let found = try await SearchMemories(MemorySearch("green tea", limit: 20)).run(in: request)
///     for memory in found.memories { print(memory.key, memory.excerpt.text()) }
public struct SearchMemories: LedgerOperation, Hashable {
    public var search: MemorySearch
    public var moment: ReadMoment

    public init(_ search: MemorySearch, _ moment: ReadMoment = .now) {
        self.search = search
        self.moment = moment
    }

    private static let query = Parameter<String>(
        "query", .string,
        "Words in any language, all of which must be there; \"phrases\", AND, OR, NOT, begin*, field:word, parentheses."
    )
    private static let limit = Parameter<Int>(
        "limit", .integer(1...MemorySearch.maximumLimit), default: 10, "Memories of a page.")
    private static let after = Parameter("after", optional: ArgumentType<String>.string, "The former page's `next`.")
    private static let wait = Parameter(
        "wait", .boolean, default: false, "Wait for the index, however far it is behind; else `indexed_to` says so.")

    public static let name = "search.memories"
    public static let summary = "Find memories by words, the most relevant first."
    public static let parameters: [any OperationParameter] =
        [query] + FilterParameters.all + [limit, after, wait] + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let audit: ReadOperation? = .search
    public static let errors: [OperationErrorCode] = [.memory(.invalidQuery), .log(.unknownMoment)]

    public var namespaces: [String]? { search.filter.namespace.map { [$0] } }

    public init(_ arguments: OperationArguments) throws {
        search = MemorySearch(
            try arguments[Self.query], try FilterParameters.filter(arguments), limit: try arguments[Self.limit],
            after: try arguments[Self.after])
        search.waitsForIndex = try arguments[Self.wait]
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> MemorySearchPage {
        let reading = try await request.reading(moment, of: namespaces)
        let report = request.report
        // It reads as much as matches, so it may take long.
        let page = try await LongWork.run(if: true) {
            try await reading.search(search) { done, total in
                report(OperationProgress(done: done, total: total))
            }
        }
        guard let scoped = ScopedMoments(request, namespaces) else { return page }
        return try await page.telling { try await scoped.last(through: $0) }
    }
}

extension MemorySearchPage: DescribedResult {
    package static let members: [DocumentMember] = [
        .init("results", .objects), .init("total", .integer), .init("indexed_to", .integer),
        .init("position", .integer), .init("locked", .strings),
    ]

    /// `{"results": [{"namespace", "key", "summary", "excerpt", "relevance", "score", "source", "trust", "reasons"}],
    /// "total", "next", "indexed_to", "position", "locked"}`; `next` is the next page's `after`, or null; `indexed_to`
    /// is the position up to which all was looked at, `position` the one that was asked about. `index_problem` says
    /// why not all was looked at, if it was not. Matches stand between `<mark>` and `</mark>` in an excerpt.
    public func document() -> JSONValue {
        var document: JSONObject = [
            "results": .array(memories.map(\.json)), "total": JSONValue(total), "next": JSONValue(optional: next),
            "indexed_to": JSONValue(indexedTo), "position": JSONValue(position),
            "locked": .array(locked.map { .string($0) }),
        ]
        if let indexProblem { document.append("index_problem", .string(indexProblem)) }
        return .object(document)
    }
}

extension FoundMemory {
    fileprivate var json: JSONValue {
        [
            "namespace": .string(key.namespace), "key": .string(key.key), "summary": .string(summary),
            "excerpt": .string(excerpt.text()), "relevance": JSONValue(relevance), "score": JSONValue(score.points),
            "source": source?.json ?? .null, "trust": trust.map { JSONValue($0) } ?? .null,
            "reasons": .array(reasons.map { .string($0) }),
        ]
    }
}
