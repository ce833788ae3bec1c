import EventLog
import MemoryLedger

/// Which memories a list or a search is about.
enum FilterParameters {
    private static let namespace = Parameter("namespace", optional: .string, "Only this namespace; otherwise all.")
    private static let domain = Parameter("domain", optional: .string, "Only this domain.")
    private static let type = Parameter("type", optional: .string, "Only this type.")
    private static let status = Parameter("status", optional: .status, "Only this status.")
    private static let anyKeywords = Parameter(
        "any_keywords", optional: keywords, "Only those that have at least one of these keywords.")
    private static let allKeywords = Parameter(
        "all_keywords", optional: keywords, "Only those that have all of these keywords.")
    private static let createdFrom = Parameter("created_from", optional: .time, "Created then or later.")
    private static let createdThrough = Parameter("created_through", optional: .time, "Created then or earlier.")
    private static let accessedFrom = Parameter("accessed_from", optional: .time, "Read last then or later.")
    private static let accessedThrough = Parameter("accessed_through", optional: .time, "Read last then or earlier.")
    private static let changedFrom = Parameter(
        "changed_from", optional: .time, "Key, content or keywords changed last then or later, as it was recorded.")
    private static let changedThrough = Parameter(
        "changed_through", optional: .time, "Key, content or keywords changed last then or earlier.")
    private static let source = Parameter(
        "source", optional: .source, "Only what comes from this source, as kind:name.")
    private static let leastTrust = Parameter(
        "least_trust", optional: ArgumentType<Int>.integer(Provenance.trustRange), "Only those of this trust or more.")
    private static let quarantined = Parameter(
        "quarantined", .boolean, default: false, "Only memories that are quarantined.")

    private static let keywords = ArgumentType.string.list(
        "a list of keywords", count: 1...MemoryFilter.maximumKeywords)

    static let all: [any OperationParameter] = [
        namespace, domain, type, status, anyKeywords, allKeywords, createdFrom, createdThrough, accessedFrom,
        accessedThrough, changedFrom, changedThrough, source, leastTrust, quarantined,
    ]

    static func filter(_ arguments: OperationArguments) throws -> MemoryFilter {
        var filter = MemoryFilter(
            namespace: try arguments[namespace], domain: try arguments[domain], type: try arguments[type],
            status: try arguments[status])
        filter.anyKeywords = try arguments[anyKeywords] ?? []
        filter.allKeywords = try arguments[allKeywords] ?? []
        filter.created = try span(arguments, createdFrom, createdThrough)
        filter.accessed = try span(arguments, accessedFrom, accessedThrough)
        filter.changed = try span(arguments, changedFrom, changedThrough)
        filter.source = try arguments[source]
        filter.leastTrust = try arguments[leastTrust]
        filter.onlyQuarantined = try arguments[quarantined]
        return filter
    }

    /// A day counts from its beginning, and through its end.
    private static func span(
        _ arguments: OperationArguments, _ from: Parameter<TimeReference?>, _ through: Parameter<TimeReference?>
    ) throws -> MemoryFilter.TimeSpan {
        MemoryFilter.TimeSpan(from: try arguments[from]?.first, through: try arguments[through]?.last)
    }
}

extension ArgumentType where Value == MemoryStatus {
    fileprivate static var status: Self {
        let names = MemoryStatus.allCases.map(\.rawValue)
        return ArgumentType<String>.string.mapping(
            "one of \(names.joined(separator: ", "))", as: .choice(names)
        ) { MemoryStatus(rawValue: $0) }
    }
}
