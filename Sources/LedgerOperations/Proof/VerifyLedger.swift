import EmbeddedLedger
import EventLog
import MemoryLedger
public import MerkleLog
import Projections
public import SQLiteEventLog

/// Looks for what was altered: every event, the tree over them, the checkpoints, and with `deep` the tables.
///
///     let verified = try await VerifyLedger(deep: true).run(in: request)
///     print(verified.isClean, verified.damages)
public struct VerifyLedger: LedgerOperation, Hashable {
    /// Checkpoints that were kept outside the ledger: only these tell that the log was cut off or replaced as a whole.
    public var checkpoints: [CheckpointToVerify]
    /// Whom to trust to have signed them; if there are none, signatures are not looked at.
    public var keys: [NoteVerifierKey]
    /// Makes the index and the projections again, too, and compares them.
    public var isDeep: Bool

    public init(
        against checkpoints: [CheckpointToVerify] = [], trusting keys: [NoteVerifierKey] = [], deep: Bool = false
    ) {
        self.checkpoints = checkpoints
        self.keys = keys
        isDeep = deep
    }

    private static let mostCheckpoints = 1_000
    private static let checkpointsParameter = Parameter(
        "checkpoints", ArgumentType.checkpoint.list("a list of checkpoints", count: 0...mostCheckpoints), default: [],
        "Texts of checkpoints that were kept outside the ledger.")
    private static let deep = Parameter("deep", .boolean, default: false, "Compare index and tables with the log, too.")

    public static let name = "ledger.verify"
    public static let summary = "Look for what was altered in the log and, if it is deep, in the tables."
    public static let parameters: [any OperationParameter] = [checkpointsParameter, ProofParameters.keys, deep]
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [
        .log(.unsupported), .log(.noTree), .log(.unknownSigner), .log(.badSignature),
    ]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        checkpoints = try arguments[Self.checkpointsParameter].enumerated().map {
            CheckpointToVerify($1, name: "checkpoints[\($0)]")
        }
        keys = try arguments[ProofParameters.keys]
        isDeep = try arguments[Self.deep]
    }

    public func run(in request: OperationRequest) async throws -> VerifiedLedger {
        let (clock, ledger, report) = (ContinuousClock(), request.ledger, request.report)
        let start = clock.now
        let log = try await ledger.log.inFile.verify(against: checkpoints, trusting: keys, deep: isDeep) {
            report(OperationProgress(done: $0, total: $1))
        }
        let projections = isDeep ? await Self.projections(of: ledger, report) : nil
        let events = try? await ledger.unreadEvents()
        let letters = try await ledger.deadLetters().filter { $0.state == .waiting }
        return VerifiedLedger(
            log: log, projections: projections, unreadEvents: events, waitingLetters: letters,
            seconds: (clock.now - start) / .seconds(1))
    }

    /// Damaged events may keep the projections from being built; that is a finding, too.
    private static func projections(
        of ledger: MemoryLedger, _ report: @escaping @Sendable (OperationProgress) -> Void
    ) async -> VerifiedLedger.Projections {
        do {
            return .compared(try await ledger.verifyProjections { report(OperationProgress($0)) })
        } catch let error as EventLogError where [.masterKeyMissing, .masterKeyWrong].contains(error.code) {
            return .unseen(error.message)
        } catch {
            return .failed(String(describing: error))
        }
    }
}
