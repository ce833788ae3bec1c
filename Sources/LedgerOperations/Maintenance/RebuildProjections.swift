public import EventLog
public import MemoryLedger
public import Projections

/// Rebuilds projections from the log, compares them with the serving ones, and lets them serve.
///
///     let outcome = try await RebuildProjections(onDifference: .refuse).run(in: request)
///     if outcome.report == nil { print(outcome.difference?.tables ?? []) }
public struct RebuildProjections: LedgerOperation, Hashable {
    /// Nil: all.
    public var projections: [String]?
    /// What is done if the serving tables are not what the log says.
    public var policy: DifferencePolicy

    public init(_ projections: [String]? = nil, onDifference policy: DifferencePolicy = .refuse) {
        self.projections = projections
        self.policy = policy
    }

    /// What was built, or what differs.
    public struct Result: Sendable, DescribedResult {
        package static let members: [DocumentMember] = [
            .init("projections", .objects), .init("seconds", .number), .init("digests_equal", .boolean),
            .init("skipped", .integers),
        ]

        /// Nil if the serving generation stayed, because it differs.
        public var report: RebuildReport?
        public var difference: GenerationDifference?
        public var seconds: Double

        /// `{"projections": [{"name", "version", "generation", "position", "compared", "not_compared_because"}],
        /// "events", "seconds", "digests_equal", "difference", "skipped": [POSITION]}`.
        public func document() -> JSONValue {
            let projections = report.map { report in
                zip(report.projections, report.comparisons).map { state, comparison -> JSONValue in
                    .object(JSONObject((state.json.object?.members ?? []) + comparison.members.dropFirst()))
                }
            }
            return [
                "projections": .array(projections ?? []),
                "events": report.map { JSONValue($0.events) } ?? .null,
                "seconds": JSONValue(roundedSeconds: seconds),
                "digests_equal": report?.comparisons.digestsEqual ?? false,
                "difference": difference?.json ?? .null,
                "skipped": .array(report?.skipped.positions.map { JSONValue($0) } ?? []),
            ]
        }
    }

    private static let names = ["refuse", "replace", "ignore"]
    private static let onDifference = Parameter(
        "on_difference",
        ArgumentType.string.mapping("one of \(names.joined(separator: ", "))", as: .choice(names)) {
            DifferencePolicy(name: $0)
        }, default: .refuse, "What is done if the serving tables are not what the log says.")

    public static let name = "projection.rebuild"
    public static let summary = "Rebuild projections from the log, compare them, and let them serve."
    public static let parameters: [any OperationParameter] = ProjectionParameters.all + [onDifference]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [.log(.unknownProjection)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        projections = try ProjectionParameters.names(arguments)
        policy = try arguments[Self.onDifference]
    }

    public func run(in request: OperationRequest) async throws -> Result {
        let (clock, report) = (ContinuousClock(), request.report)
        let start = clock.now
        do {
            let rebuilt = try await request.ledger.rebuild(projections, onDifference: policy) {
                report(OperationProgress($0))
            }
            return Result(
                report: rebuilt, difference: rebuilt.difference, seconds: (clock.now - start) / .seconds(1))
        } catch let error as EventLogError where error.code == .digestMismatch {
            return Result(difference: error.difference, seconds: (clock.now - start) / .seconds(1))
        }
    }
}

extension DifferencePolicy {
    fileprivate init?(name: String) {
        switch name {
        case "refuse": self = .refuse
        case "replace": self = .replace
        case "ignore": self = .ignore
        default: return nil
        }
    }
}

extension JSONValue {
    private static let millisecondsPerSecond = 1_000.0

    /// To a millisecond.
    init(roundedSeconds seconds: Double) {
        self.init((seconds * Self.millisecondsPerSecond).rounded() / Self.millisecondsPerSecond)
    }
}
