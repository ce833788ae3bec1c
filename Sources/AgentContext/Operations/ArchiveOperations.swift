import EventLog
public import LedgerOperations
public import MemoryLedger

/// What the operations on archives have in common.
enum ArchiveParameters {
    static let archive = Parameter("archive", .name, "The archive's name.")
    static let anyTags = tags("tags", "Only with one of these tags, or more.")
    static let allTags = tags("all_tags", "Only with all of these tags.")

    static func tags(_ name: String, _ help: String) -> Parameter<[String]?> {
        Parameter(name, optional: ArgumentType<String>.name.list("a list of tags", count: 0...ContextLimits.tags), help)
    }

    static let all: [any OperationParameter] = [
        ContextParameters.namespace, archive, anyTags, allTags, ContextParameters.from, ContextParameters.to,
        ContextParameters.limit,
    ]

    static func query(_ arguments: OperationArguments) throws -> PassageQuery {
        var query = PassageQuery(try arguments[archive], in: try arguments[ContextParameters.namespace])
        query.anyTags = try arguments[anyTags] ?? []
        query.allTags = try arguments[allTags] ?? []
        (query.from, query.to) = try arguments.span()
        query.limit = try arguments[ContextParameters.limit]
        return query
    }
}

/// Puts a passage into an archive. One that says the same is there once.
///
///     let inserted = try await InsertPassage(NewPassage("Sencha is steamed."), into: "tea").run(in: request)
public struct InsertPassage: LedgerOperation, Hashable {
    public var passage: NewPassage
    public var archive: String
    public var namespace: String

    public init(
        _ passage: NewPassage, into archive: String, in namespace: String = MemoryKey.defaultNamespace
    ) {
        (self.passage, self.archive, self.namespace) = (passage, archive, namespace)
    }

    private static let content = Parameter("content", .string, "The text.")
    private static let tags = ArchiveParameters.tags("tags", "What it is found by, besides its words.")
    private static let metadata = Parameter(
        "metadata", optional: ArgumentType<JSONObject>.anyObject, "What else is kept with it.")
    private static let session = Parameter(
        "session", optional: ArgumentType<String>.name, "The session that it is inserted in.")
    private static let user = Parameter(
        "user", optional: ArgumentType<String>.name, "Whose it is; else the session's user, if there is one.")

    public static let name = "archive.insert"
    public static let summary = "Put a passage into an archive; one that says the same is there once."
    public static let parameters: [any OperationParameter] = [
        ContextParameters.namespace, ArchiveParameters.archive, content, tags, metadata, ContextParameters.tokens,
        session, user,
    ]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [.noSession, .noPassage]

    public var namespaces: [String]? { [namespace] }

    public init(_ arguments: OperationArguments) throws {
        archive = try arguments[ArchiveParameters.archive]
        namespace = try arguments[ContextParameters.namespace]
        passage = NewPassage(try arguments[Self.content])
        passage.tags = try arguments[Self.tags] ?? []
        passage.metadata = try arguments[Self.metadata] ?? [:]
        passage.tokens = try arguments[ContextParameters.tokens]
        passage.session = try arguments[Self.session]
        passage.user = try arguments[Self.user]
    }

    public func run(in request: OperationRequest) async throws -> InsertedPassage {
        try await AgentContext(request).insert(passage, into: archive, in: namespace)
    }
}

extension InsertedPassage: DescribedResult {
    package static let members: [DocumentMember] =
        [.init("inserted", .boolean)] + StoredPassage.members

    /// `{"inserted" (false: it was there already), "passage" (its id), "archive", "content", "tags", "tokens",
    /// "metadata", "user", "session", "created_at"}`; if the ledger protects anything, also `"protected"`: an erasure
    /// of a user takes it.
    public func document() -> JSONValue {
        let inserted = JSONObject.Member(name: "inserted", value: .bool(!wasThere))
        return .object(JSONObject([inserted] + passage.json.members).adding(isProtected: isProtected))
    }
}

extension StoredPassage {
    fileprivate static let members: [DocumentMember] = [
        .init("passage", .string), .init("archive", .string), .init("content", .string), .init("tags", .strings),
        .init("tokens", .integer), .init("metadata", .object), .init("created_at", .integer),
    ]

    var json: JSONObject {
        [
            "passage": .string(id), "archive": .string(passage.archive), "content": .string(passage.content),
            "tags": .array(passage.tags.map { .string($0) }), "tokens": JSONValue(passage.tokens),
            "metadata": .object(passage.metadata), "user": passage.user.map { .string($0) } ?? .null,
            "session": passage.session.map { .string($0) } ?? .null, "created_at": JSONValue(createdAt.milliseconds),
        ]
    }
}

/// Lists the passages of an archive, the newest first.
public struct ListPassages: LedgerOperation, Hashable {
    public var query: PassageQuery
    public var moment: ReadMoment

    public init(_ query: PassageQuery, _ moment: ReadMoment = .now) { (self.query, self.moment) = (query, moment) }

    public static let name = "archive.list"
    public static let summary = "List the passages of an archive, the newest first."
    public static let parameters: [any OperationParameter] =
        ArchiveParameters.all + [ContextParameters.afterPosition] + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [.log(.unknownMoment)]

    public var namespaces: [String]? { [query.namespace] }

    public init(_ arguments: OperationArguments) throws {
        query = try ArchiveParameters.query(arguments)
        query.after = try arguments[ContextParameters.afterPosition]
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> PassagePage {
        try await request.reading(moment, of: namespaces).passages(query)
    }
}

extension PassagePage: DescribedResult {
    package static let members: [DocumentMember] = [.init("passages", .objects), .init("total", .integer)]

    /// `{"passages": [{"passage", "archive", "content", "tags", "tokens", "metadata", "user", "session",
    /// "created_at"}], "total", "next"}`.
    public func document() -> JSONValue {
        [
            "passages": .array(passages.map { .object($0.json) }), "total": JSONValue(total),
            "next": next.map { JSONValue($0) } ?? .null,
        ]
    }
}

/// Finds passages of an archive by words, the most relevant first.
public struct SearchArchive: LedgerOperation, Hashable {
    public var text: String
    public var query: PassageQuery
    public var after: String?
    public var waits: Bool
    public var moment: ReadMoment

    public init(
        _ text: String, _ query: PassageQuery, after: String? = nil, waits: Bool = false, _ moment: ReadMoment = .now
    ) {
        (self.text, self.query, self.after, self.waits, self.moment) = (text, query, after, waits, moment)
    }

    public static let name = "archive.search"
    public static let summary = "Find passages of an archive by words, the most relevant first."
    public static let parameters: [any OperationParameter] =
        [ContextParameters.query] + ArchiveParameters.all + [ContextParameters.afterText, ContextParameters.wait]
        + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let errors = OperationErrorCode.ofSearches

    public var namespaces: [String]? { [query.namespace] }

    public init(_ arguments: OperationArguments) throws {
        text = try arguments[ContextParameters.query]
        query = try ArchiveParameters.query(arguments)
        after = try arguments[ContextParameters.afterText]
        waits = try arguments[ContextParameters.wait]
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> PassageSearchPage {
        let reading = try await request.reading(moment, of: namespaces)
        let report = request.report
        var page = try await LongWork.run(if: true) {
            try await reading.searchPassages(text, query, after: after, waits: waits) { done, total in
                report(OperationProgress(done: done, total: total))
            }
        }
        guard let scoped = ScopedMoments(request, namespaces) else { return page }
        page.indexedTo = try await scoped.last(through: page.indexedTo)
        page.position = try await scoped.last(through: page.position)
        return page
    }
}

extension PassageSearchPage: DescribedResult {
    package static let members = MessageSearchPage.members
    package static let optionalMembers = MessageSearchPage.optionalMembers

    /// `{"results": [{"passage", "content", "excerpt", "relevance", …}], "total", "next", "indexed_to", "position"}`:
    /// of a passage as `archive.list` has it; positions as `search.memories`.
    public func document() -> JSONValue {
        let results = passages.map { found in
            var object = found.passage.json
            object.append("excerpt", .string(found.excerpt.text()))
            object.append("relevance", JSONValue(found.relevance))
            return JSONValue.object(object)
        }
        return SearchDocument.of(results, total, next, indexedTo, position, indexProblem)
    }
}

/// Takes a passage out of an archive.
public struct DeletePassage: LedgerOperation, Hashable {
    public var passage: String
    public var archive: String
    public var namespace: String

    public init(
        _ passage: String, from archive: String, in namespace: String = MemoryKey.defaultNamespace
    ) {
        (self.passage, self.archive, self.namespace) = (passage, archive, namespace)
    }

    private static let passage = Parameter("passage", .name, "The passage's id.")

    public static let name = "archive.delete"
    public static let summary = "Take a passage out of an archive; `undo` brings it back."
    public static let parameters: [any OperationParameter] = [
        ContextParameters.namespace, ArchiveParameters.archive, passage,
    ]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [.noPassage]

    public var namespaces: [String]? { [namespace] }

    public init(_ arguments: OperationArguments) throws {
        passage = try arguments[Self.passage]
        archive = try arguments[ArchiveParameters.archive]
        namespace = try arguments[ContextParameters.namespace]
    }

    public func run(in request: OperationRequest) async throws -> NamedDocument {
        try await AgentContext(request).delete(passage: passage, from: archive, in: namespace)
        return NamedDocument(namespace: namespace, kind: "passage", name: passage, isRemoved: true)
    }
}
