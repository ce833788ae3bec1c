import EventLog
public import MemoryLedger
public import Projections

/// Builds projections again, compares them with the serving ones, and changes nothing.
///
///     let verified = try await VerifyProjections().run(in: request)
///     print(verified.report.isEqual, verified.seconds)
public struct VerifyProjections: LedgerOperation, Hashable {
    /// Nil: all.
    public var projections: [String]?

    public init(_ projections: [String]? = nil) { self.projections = projections }

    /// What comparing the tables gave.
    public struct Result: Hashable, Sendable, DescribedResult {
        package static let members: [DocumentMember] = [
            .init("projections", .objects), .init("position", .integer), .init("seconds", .number),
            .init("digests_equal", .boolean),
        ]

        public var report: VerificationReport
        public var seconds: Double

        /// `{"projections": [{"name", "compared", "not_compared_because"}], "position", "seconds", "digests_equal",
        /// "difference"}`.
        public func document() -> JSONValue {
            [
                "projections": .array(report.comparisons.map(\.json)), "position": JSONValue(report.position),
                "seconds": JSONValue(roundedSeconds: seconds), "digests_equal": report.comparisons.digestsEqual,
                "difference": report.difference?.json ?? .null,
            ]
        }
    }

    public static let name = "projection.verify"
    public static let summary = "Build projections again and compare them with the serving ones; nothing changes."
    public static let parameters = ProjectionParameters.all
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [.log(.unknownProjection)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws { projections = try ProjectionParameters.names(arguments) }

    public func run(in request: OperationRequest) async throws -> Result {
        let (clock, report) = (ContinuousClock(), request.report)
        let start = clock.now
        let verified = try await request.ledger.verifyProjections(projections) { report(OperationProgress($0)) }
        return Result(report: verified, seconds: (clock.now - start) / .seconds(1))
    }
}
