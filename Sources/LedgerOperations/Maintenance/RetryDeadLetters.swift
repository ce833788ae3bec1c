public import EventLog
public import MemoryLedger
public import Projections

/// Applies dead letters to the tables now, in the order of their positions, and so after later events.
///
///     let retried = try await RetryDeadLetters(positions: [1_234]).run(in: request)
///     print(retried.applied, retried.refused)
public struct RetryDeadLetters: LedgerOperation, Hashable {
    /// Nil: all.
    public var projections: [String]?
    /// These, skipped ones too; nil: all that wait.
    public var positions: [Position]?

    public init(_ projections: [String]? = nil, positions: [Position]? = nil) {
        self.projections = projections
        self.positions = positions
    }

    public static let name = "dead_letter.retry"
    public static let summary = "Apply dead letters to the tables now."
    public static let parameters: [any OperationParameter] =
        ProjectionParameters.all + [PositionsParameter.positions]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [.log(.unknownProjection)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        projections = try ProjectionParameters.names(arguments)
        positions = try arguments[PositionsParameter.positions]
    }

    public func run(in request: OperationRequest) async throws -> DeadLetterRetry {
        try await request.ledger.retryDeadLetters(projections, positions: positions)
    }
}

extension DeadLetterRetry: DescribedResult {
    package static let members: [DocumentMember] = [.init("applied", .integers), .init("refused", .objects)]

    /// `{"applied": [POSITION], "refused": [{"projection", "position", "state", "reason", "attempts",
    /// "first_failed_at", "last_failed_at"}]}`.
    public func document() -> JSONValue {
        [
            "applied": .array(applied.positions.map { JSONValue($0) }),
            "refused": .array(refused.map(\.json)),
        ]
    }
}
