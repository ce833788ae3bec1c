public import EventLog
import LedgerCapabilities
public import LedgerStorage
import Projections
import Synchronization

/// A ledger as it stood at a moment. It never changes, and reading it counts nothing.
///
///     let then = try await ledger.asOf(.position(1_000))
///     let memory = try await then.get(MemoryKey(key: "tea"))
///
/// Queries throw what the log throws where it cannot be read, and what the projectors throw.
public final class LedgerView: MemoryReading {
    /// The moment, as a position and a time.
    public let moment: LogMoment
    private let tables: MomentTables

    init(_ ledger: MemoryLedger, _ moment: LogMoment) {
        self.moment = moment
        tables = MomentTables(ledger: ledger, at: moment, opened: OpenedTables())
    }

    public var source: MemorySource { MemorySource(tables) }

    /// Reads the tables as they stood at the moment, in one snapshot; they are built if need be.
    ///
    /// - Throws: what the body throws, and what building the tables does.
    public func readTables<T>(_ body: (SQLiteConnection) throws -> T) async throws -> T {
        try await tables.tables().readSnapshot(body)
    }
}

/// Keeps a moment's tables as long as somebody has its view.
private final class OpenedTables: Sendable {
    private let tables = Mutex<ProjectionView?>(nil)

    /// Several at the same time wait for one build, which the cache sees to.
    func open(_ moment: LogMoment, in moments: MomentCache) async throws -> ProjectionView {
        if let known = tables.withLock({ $0 }) { return known }
        let opened = try await moments.view(at: moment)
        tables.withLock { $0 = opened }
        return opened
    }
}

extension MemoryLedger {
    /// The ledger as it stood at a moment.
    ///
    /// - Throws: `EventLogError.unknownMoment`, with the valid range in its message, where the log has no such moment.
    public func asOf(_ moment: Moment) async throws -> LedgerView {
        if options.file.access != .readOnly { try await reads.flush() }
        return LedgerView(self, try await log.resolve(moment, now: options.clock.now()))
    }
}

/// The tables as they stood at a moment.
private struct MomentTables: QuerySource {
    let ledger: MemoryLedger
    let at: LogMoment
    let opened: OpenedTables

    func tables() async throws -> any TableReading { try await opened.open(at, in: ledger.moments) }
    func memory(_ memory: MemoryKey, showsQuarantined: Bool) async throws -> Memory?? {
        try await reader.memory(memory, showsQuarantined: showsQuarantined)
    }
    func id(of memory: MemoryKey) async throws -> Position?? { try await reader.id(of: memory) }
    private var reader: PastReader { PastReader(ledger, at: at) }
    var now: Timestamp { at.time }
    var moment: LogMoment? { at }
    var log: any EventLog { ledger.log }
    var counter: ReadCounter? { nil }
}
