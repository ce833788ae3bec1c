package import EventLog
import LedgerStorage
import Projections
import Synchronization

/// Where answers come from: a ledger's tables as they are, or as they were at a moment; and who asks.
public struct MemorySource: Sendable {
    let parts: LedgerParts
    /// Nil: the present.
    private let past: MomentTables?
    /// Who asks.
    var attribution = Attribution()
    /// Answers hold what is quarantined too.
    var showsQuarantined = false

    /// - Parameter moment: nil: the present.
    init(_ parts: LedgerParts, at moment: LogMoment? = nil) {
        self.parts = parts
        past = moment.map { MomentTables($0) }
    }

    /// Nil: up to the log's head.
    package var moment: LogMoment? { past?.moment }
    /// What the clock says: what has expired by then is not shown.
    package var now: Timestamp { past?.moment.time ?? parts.now }
    /// Reads that wait to be counted, which answers include.
    var counter: ReadCounter? { past == nil ? parts.counter : nil }

    /// The tables. Those of a moment are built by the first query that needs them.
    ///
    /// - Throws: `masterKeyMissing` or `masterKeyWrong` if an event of the moment cannot be read here.
    func tables() async throws -> any TableReading {
        guard let past else { return parts.tables }
        return try await past.open(in: parts, without: nil)
    }

    /// The tables, those of a moment without the namespaces that cannot be read here: the caller leaves these out of
    /// its answer, as it does for the present, or refuses to answer about them.
    func readableTables() async throws -> any TableReading {
        try await past?.openReadable(in: parts) ?? parts.tables
    }

    /// The same of a moment.
    static func readableView(of moment: LogMoment, in parts: LedgerParts) async throws -> ProjectionView {
        try await MomentTables(moment).openReadable(in: parts)
    }

    /// Tells of single memories without the tables of a moment; nil for the present.
    var reader: PastReader? { moment.map { PastReader(parts, at: $0) } }
}

/// Keeps a moment's tables as long as a caller has its view.
private final class MomentTables: Sendable {
    private struct Opened: Sendable {
        var view: ProjectionView
        /// What it does without.
        var without: Set<ByteText>
    }

    let moment: LogMoment
    private let opened = Mutex<Opened?>(nil)

    init(_ moment: LogMoment) { self.moment = moment }

    /// Without the namespaces that cannot be read here.
    func openReadable(in parts: LedgerParts) async throws -> ProjectionView {
        let locked = try parts.tables.read { try parts.tables.lockedCategories($0) }
        guard !locked.categories.isEmpty, try await isDivisible(parts) else {
            return try await open(in: parts, without: nil)
        }
        return try await open(in: parts, without: locked)
    }

    /// What a moment holds of one namespace can be told without the others. What had occurred by a time is no
    /// position, so no table tells what was held back then for where it comes from, if anything was.
    private func isDivisible(_ parts: LedgerParts) async throws -> Bool {
        guard moment.occurredThrough != nil else { return true }
        for try await event in parts.log.events(EventFilter(types: QuarantineEvent.Name.all)) {
            if moment.includes(event) { return false }
        }
        return true
    }

    /// Several at the same time wait for one build, which the cache sees to.
    func open(in parts: LedgerParts, without locked: LockedCategories?) async throws -> ProjectionView {
        let without = locked?.categories ?? []
        if let known = opened.withLock({ $0 }), known.without == without { return known.view }
        let withheld = locked.map { WithheldMemories(parts, at: moment, $0).events }
        let view = try await parts.moments.view(at: moment, without: withheld)
        opened.withLock { $0 = Opened(view: view, without: without) }
        return view
    }
}
