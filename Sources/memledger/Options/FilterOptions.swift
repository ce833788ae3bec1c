import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

/// Which memories a list or a search is about.
struct FilterOptions: ParsableArguments {
    @Option(help: "Only this namespace.") var namespace: String?
    @Option(help: "Only this domain.") var domain: String?
    @Option(help: "Only this type.") var type: String?
    @Option(help: "Only this status.") var status: StatusArgument?
    @Option(help: ArgumentHelp("Only what has one of these keywords; repeatable.", valueName: "word"))
    var keyword: [String] = []
    @Option(help: ArgumentHelp("Only what has all of these keywords; repeatable.", valueName: "word"))
    var allKeyword: [String] = []
    @Option(help: ArgumentHelp("Created then or later.", valueName: "time")) var createdFrom: TimeReference?
    @Option(help: ArgumentHelp("Created then or earlier.", valueName: "time")) var createdThrough: TimeReference?
    @Option(help: ArgumentHelp("Read last then or later.", valueName: "time")) var accessedFrom: TimeReference?
    @Option(help: ArgumentHelp("Read last then or earlier.", valueName: "time")) var accessedThrough: TimeReference?
    @Option(help: ArgumentHelp("Its text last changed then or later, as it was recorded.", valueName: "time"))
    var changedFrom: TimeReference?
    @Option(help: ArgumentHelp("Its text last changed then or earlier.", valueName: "time"))
    var changedThrough: TimeReference?
    @Option(
        help: ArgumentHelp(
            "Only what comes from this source; the kind is \(Provenance.Source.kinds).", valueName: "kind:name"))
    var source: SourceArgument?
    @Option(help: ArgumentHelp("Only what is trusted so far or more, 0 to 100.", valueName: "number"))
    var leastTrust: Int?
    @Flag(help: "Only memories that are quarantined.") var quarantined = false

    func validate() throws {
        if let leastTrust, !Provenance.trustRange.contains(leastTrust) {
            throw ValidationError("--least-trust is 0 to 100, not \(leastTrust).")
        }
    }

    var filter: MemoryFilter {
        var filter = MemoryFilter(namespace: namespace, domain: domain, type: type, status: status?.status)
        (filter.anyKeywords, filter.allKeywords) = (keyword, allKeyword)
        filter.created = .init(from: createdFrom?.first, through: createdThrough?.last)
        filter.accessed = .init(from: accessedFrom?.first, through: accessedThrough?.last)
        filter.changed = .init(from: changedFrom?.first, through: changedThrough?.last)
        (filter.source, filter.leastTrust) = (source?.source, leastTrust)
        filter.onlyQuarantined = quarantined
        return filter
    }
}
