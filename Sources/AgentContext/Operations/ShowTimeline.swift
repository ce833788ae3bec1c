import EventLog
public import LedgerOperations
public import MemoryLedger

/// Counts events over time.
///
///     var query = TimelineQuery(.messages, by: .user, in: "mem")
///     query.bucket = .month
///     let timeline = try await ShowTimeline(query).run(in: request)
///     for bucket in timeline.buckets { print(bucket.from.rfc3339, bucket.count) }
public struct ShowTimeline: LedgerOperation, Hashable {
    public var query: TimelineQuery
    public var moment: ReadMoment

    public init(_ query: TimelineQuery, _ moment: ReadMoment = .now) { (self.query, self.moment) = (query, moment) }

    private static func choice<Choice: RawRepresentable & CaseIterable & Sendable>(
        _ type: Choice.Type
    ) -> ArgumentType<Choice> where Choice.RawValue == String {
        let names = type.allCases.map(\.rawValue)
        return ArgumentType<String>.string.mapping("one of \(names.joined(separator: ", "))", as: .choice(names)) {
            Choice(rawValue: $0)
        }
    }

    private static let measure = Parameter(
        "measure", choice(TimelineQuery.Measure.self), default: .events,
        "What is counted; bytes are those of the events' payloads.")
    private static let bucket = Parameter(
        "bucket", choice(TimeBucket.self), default: .day, "Of the calendar, in UTC; weeks begin on Monday.")
    private static let grouping = Parameter(
        "by", optional: choice(TimelineQuery.Grouping.self), "Also tell users, sessions, namespaces or types apart.")
    private static let namespace = Parameter(
        "namespace", optional: .string, "Only of this one; users and sessions need it.")
    private static let user = Parameter(
        "user", optional: ArgumentType<String>.name, "Only events of this user and of their sessions.")
    private static let session = Parameter("session", optional: ArgumentType<String>.name, "Only of this session.")
    private static let type = Parameter("type", optional: ArgumentType<String>.name, "Only events of this type.")
    private static let to = Parameter("to", optional: .time, "The last bucket is the one with it; else that of now.")
    private static let last = Parameter(
        "last", .integer(1...ContextLimits.timelineBuckets), default: 30, "So many buckets, if `from` is not given.")
    private static let limit = Parameter(
        "limit", .integer(1...ContextLimits.timelineGroups), default: 20, "Of `by`: so many, the largest ones.")

    public static let name = "context.timeline"
    public static let summary = "Count messages, memories, events or bytes over time, by when they occurred."
    public static let parameters: [any OperationParameter] =
        [
            measure, bucket, grouping, namespace, user, session, type, from, to, last, limit,
        ] + ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [.noSession, .noUser, .log(.unknownMoment)]

    private static let from = Parameter("from", optional: .time, "The first bucket is the one with it.")

    public var namespaces: [String]? { query.namespace.map { [$0] } }

    public init(_ arguments: OperationArguments) throws {
        query = TimelineQuery(
            try arguments[Self.measure], by: try arguments[Self.grouping], in: try arguments[Self.namespace])
        query.bucket = try arguments[Self.bucket]
        query.user = try arguments[Self.user]
        query.session = try arguments[Self.session]
        query.type = try arguments[Self.type].map { EventType($0) }
        query.from = try arguments[Self.from]?.first
        query.to = try arguments[Self.to]?.last
        query.last = try arguments[Self.last]
        query.limit = try arguments[Self.limit]
        moment = try ReadMoment(arguments)
    }

    public func run(in request: OperationRequest) async throws -> Timeline {
        try await request.reading(moment, of: namespaces).timeline(query)
    }
}

extension Timeline: DescribedResult {
    package static let members: [DocumentMember] = [
        .init("measure", .string), .init("bucket", .string), .init("buckets", .objects), .init("total", .integer),
        .init("groups", .objects), .init("group_count", .integer),
    ]
    package static let optionalMembers: [DocumentMember] = [.init("locked", .strings)]

    /// `{"measure", "bucket", "by", "buckets": [{"from", "to", "count", "groups": [{NAME, "count"}]}], "total",
    /// "groups": [{NAME, "count"}], "group_count"}`: NAME is `user`, `session`, `namespace` or `type`, as `by` says;
    /// there are no groups without it. Times are milliseconds since 1970; `to` is when the next bucket begins. A
    /// bucket's count has what is of groups beyond the limit, too. With `locked` if namespaces of a moment were left
    /// out that cannot be read.
    public func document() -> JSONValue {
        let name = query.grouping?.rawValue ?? ""
        func json(_ groups: [Group]) -> JSONValue {
            .array(groups.map { [name: .string($0.name), "count": JSONValue($0.count)] })
        }
        let buckets = buckets.map { bucket in
            var object: JSONObject = [
                "from": JSONValue(bucket.from.milliseconds), "to": JSONValue(bucket.to.milliseconds),
                "count": JSONValue(bucket.count),
            ]
            if query.grouping != nil { object.append("groups", json(bucket.groups)) }
            return JSONValue.object(object)
        }
        var object: JSONObject = [
            "measure": .string(query.measure.rawValue), "bucket": .string(query.bucket.rawValue),
            "by": query.grouping.map { .string($0.rawValue) } ?? .null, "buckets": .array(buckets),
            "total": JSONValue(total), "groups": json(groups), "group_count": JSONValue(groupCount),
        ]
        if !locked.isEmpty { object.append("locked", .array(locked.map { .string($0) })) }
        return .object(object)
    }
}
