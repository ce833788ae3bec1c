import EventLog
public import MemoryLedger
public import Projections

/// Events that a projection does without: set aside because its projector refused them, or skipped.
///
///     for letter in try await ListDeadLetters().run(in: request).letters { print(letter.position, letter.reason) }
public struct ListDeadLetters: LedgerOperation, Hashable {
    /// Nil: all.
    public var projections: [String]?

    public init(_ projections: [String]? = nil) { self.projections = projections }

    /// The events that are set aside or skipped.
    public struct Result: Hashable, Sendable, DescribedResult {
        package static let members: [DocumentMember] = [.init("dead_letters", .objects)]

        public var letters: [DeadLetter]

        /// `{"dead_letters": [{"projection", "position", "state", "reason", "attempts", "first_failed_at",
        /// "last_failed_at"}]}`.
        public func document() -> JSONValue { ["dead_letters": .array(letters.map(\.json))] }
    }

    public static let name = "dead_letter.list"
    public static let summary = "List events that a projection does without."
    public static let parameters = ProjectionParameters.all
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [.log(.unknownProjection)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws { projections = try ProjectionParameters.names(arguments) }

    public func run(in request: OperationRequest) async throws -> Result {
        Result(letters: try await request.ledger.deadLetters(projections))
    }
}
