public import EventLog
public import MemoryLedger
public import Projections

/// Says that a projection does without events, for good: rebuilds pass over them too.
///
///     let skipped = try await SkipDeadLetters(positions: [1_234]).run(in: request).skipped
public struct SkipDeadLetters: LedgerOperation, Hashable {
    /// Nil: all.
    public var projections: [String]?
    /// Nil: all that wait.
    public var positions: [Position]?

    public init(_ projections: [String]? = nil, positions: [Position]? = nil) {
        self.projections = projections
        self.positions = positions
    }

    /// The events that are passed over from now on.
    public struct Result: Hashable, Sendable, DescribedResult {
        package static let members: [DocumentMember] = [.init("skipped", .objects)]

        public var skipped: [DeadLetter]

        /// `{"skipped": [{"projection", "position", "state", "reason", "attempts", "first_failed_at",
        /// "last_failed_at"}]}`.
        public func document() -> JSONValue { ["skipped": .array(skipped.map(\.json))] }
    }

    private static let all = Parameter("all", .boolean, default: false, "All that wait, if no positions are given.")

    public static let name = "dead_letter.skip"
    public static let summary = "Say that a projection does without events, for good."
    public static let parameters: [any OperationParameter] =
        ProjectionParameters.all + [PositionsParameter.positions, all]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [.log(.unknownProjection)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        projections = try ProjectionParameters.names(arguments)
        positions = try arguments[PositionsParameter.positions]
        guard try arguments[Self.all] != (positions != nil) else {
            throw OperationArgumentError(Self.all.name, after: " is true, or else there are `positions`.")
        }
    }

    public func run(in request: OperationRequest) async throws -> Result {
        Result(skipped: try await request.ledger.skipDeadLetters(projections, positions: positions))
    }
}
