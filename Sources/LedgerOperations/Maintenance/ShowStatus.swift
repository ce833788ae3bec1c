import EmbeddedLedger
import EventLog
import LedgerCapabilities
import MemoryLedger
import MerkleLog
import Projections
import SQLiteEventLog

/// Shows on one screen the state of the ledger, and what needs care.
///
///     let status = try await ShowStatus().run(in: request)
///     print(status.position, status.cares.map(\.code))
public struct ShowStatus: LedgerOperation, Hashable {
    public init() {}

    public static let name = "ledger.status"
    public static let summary = "Show the state of the ledger: head, checkpoint, backup, tables, and what needs care."
    public static let parameters: [any OperationParameter] = []
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = []

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) {}

    public func run(in request: OperationRequest) async throws -> LedgerStatus {
        let ledger = request.ledger
        let log: any EventLog = ledger.log
        var status = LedgerStatus(position: try await log.head())
        status.lastEvent = try await log.event(at: status.position)
        try Self.describeFile(ledger, &status)
        status.lastBackup = try ledger.lastBackup()
        let snapshots = try ledger.snapshots()
        status.snapshots = .init(count: snapshots.count, sizeBytes: snapshots.reduce(0) { $0 + $1.bytes })
        status.projections = try await ledger.projections()
        status.skippedEvents = Set(try await ledger.deadLetters().filter { $0.state == .skipped }.positions).count
        status.waitingEvents = try ledger.waitingDeadLetters().count
        status.clockLead = try await ledger.clockLead().flatMap { $0.isLong ? $0 : nil }
        status.clockJump = ledger.clockJump()
        status.unknownEvents = try await ledger.unknownEvents()
        if status.canShowQuarantines { status.quarantines = try await ledger.quarantines().count }
        status.lost = ledger.lostHead
        return status
    }

    /// What only a ledger in a file has.
    private static func describeFile(_ ledger: MemoryLedger, _ status: inout LedgerStatus) throws {
        do {
            let file = try ledger.log.inFile
            status.sizeBytes = file.file.sizeBytes
            let origin = try LedgerOrigin.current(in: file)
            (status.ledgerID, status.epoch, status.origin) = (try file.ledgerID, origin.epoch, origin.text)
            status.lastCheckpoint = try file.checkpoints(limit: 1).first
        } catch let error as EventLogError where [.noTree, .unsupported].contains(error.code) {
            return
        }
    }
}
