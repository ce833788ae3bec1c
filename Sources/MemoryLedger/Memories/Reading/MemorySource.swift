import EventLog
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
    var moment: LogMoment? { past?.moment }
    /// What the clock says: what has expired by then is not shown.
    var now: Timestamp { past?.moment.time ?? parts.now }
    /// Reads that wait to be counted, which answers include.
    var counter: ReadCounter? { past == nil ? parts.counter : nil }

    /// The tables. Those of a moment are built by the first query that needs them.
    func tables() async throws -> any TableReading {
        guard let past else { return parts.tables }
        return try await past.open(in: parts.moments)
    }

    /// Tells of single memories without the tables of a moment; nil for the present.
    var reader: PastReader? { moment.map { PastReader(parts, at: $0) } }
}

/// Keeps a moment's tables as long as a caller has its view.
private final class MomentTables: Sendable {
    let moment: LogMoment
    private let opened = Mutex<ProjectionView?>(nil)

    init(_ moment: LogMoment) { self.moment = moment }

    /// Several at the same time wait for one build, which the cache sees to.
    func open(in moments: MomentCache) async throws -> ProjectionView {
        if let known = opened.withLock({ $0 }) { return known }
        let view = try await moments.view(at: moment)
        opened.withLock { $0 = view }
        return view
    }
}
