public import EventLog
public import MemoryLedger
public import Projections

/// How the projections do: versions, positions, lag, health, dead letters, former generations.
///
///     let listed = try await ListProjections().run(in: request)
///     print(listed.projections.map(\.health))
public struct ListProjections: LedgerOperation, Hashable {
    /// Hashes the tables too, which reads all of them.
    public var withDigests: Bool

    public init(withDigests: Bool = false) { self.withDigests = withDigests }

    /// How each projection does.
    public struct Result: Hashable, Sendable, DescribedResult {
        package static let members: [DocumentMember] = [
            .init("projections", .objects), .init("unknown_events", .objects),
        ]

        public var projections: [ProjectionStatus]
        /// Of types that this program does not know, which is no fault of theirs.
        public var unknownEvents: [UnreadEvents.Kind]
        /// How far the log's time is ahead of the clock, if that is long.
        public var clockLead: ClockLead?
        /// That the clock jumped ahead since the last append, or at it.
        public var clockJump: ClockJump?

        /// `{"projections", "unknown_events", "clock", "clock_jump"}`.
        public func document() -> JSONValue {
            [
                "projections": .array(projections.map(\.json)), "unknown_events": .array(unknownEvents.map(\.json)),
                "clock": clockLead?.json ?? .null, "clock_jump": clockJump?.json ?? .null,
            ]
        }
    }

    private static let digests = Parameter("digests", .boolean, default: false, "Hash the tables too.")

    public static let name = "projection.list"
    public static let summary = "Show the state of the projections: versions, positions, lag, health."
    public static let parameters: [any OperationParameter] = [digests]
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = []

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws { withDigests = try arguments[Self.digests] }

    public func run(in request: OperationRequest) async throws -> Result {
        let ledger = request.ledger
        let lead = try await ledger.clockLead().flatMap { $0.isLong ? $0 : nil }
        return Result(
            projections: try await ledger.projections(withDigests: withDigests),
            unknownEvents: try await ledger.unknownEvents(), clockLead: lead, clockJump: ledger.clockJump())
    }
}

extension ClockJump {
    var json: JSONValue {
        [
            "before": .string(before.rfc3339), "after": .string(after.rfc3339),
            "ahead_seconds": JSONValue(milliseconds / 1_000),
        ]
    }
}

extension ClockLead {
    var json: JSONValue {
        [
            "log_time": .string(logTime.rfc3339), "now": .string(now.rfc3339),
            "ahead_seconds": JSONValue(milliseconds / 1_000),
        ]
    }
}

extension ProjectionStatus {
    /// In the order of the tables' names.
    package var sortedDigests: [(String, String)] {
        (digests ?? [:]).map { ($0.key, $0.value) }.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
    }

    fileprivate var json: JSONValue {
        let hashes = sortedDigests.map { JSONObject.Member(name: $0.0, value: .string($0.1)) }
        return [
            "name": .string(name), "health": .string(health.code), "version": JSONValue(version),
            "program_version": JSONValue(programVersion), "generation": JSONValue(generation),
            "position": JSONValue(position), "head": JSONValue(head), "lag_events": JSONValue(lagEvents),
            "lag_seconds": JSONValue(lagSeconds), "last_error": lastError.map { .string($0) } ?? .null,
            "last_error_at": lastErrorAt.map { .string($0.rfc3339) } ?? .null, "dead_letters": JSONValue(deadLetters),
            "skipped": JSONValue(skipped), "former": former?.json ?? .null,
            "digests": digests == nil ? .null : .object(JSONObject(hashes)),
        ]
    }
}
