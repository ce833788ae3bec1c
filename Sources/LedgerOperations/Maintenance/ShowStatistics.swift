import EmbeddedLedger
import EventLog
public import MemoryLedger
public import MerkleLog
import SQLiteEventLog

/// Says what a ledger holds.
///
///     let shown = try await ShowStatistics().run(in: request)
///     print(shown.statistics.namespaces.map(\.memories), shown.origin?.epoch ?? 1)
public struct ShowStatistics: LedgerOperation, Hashable {
    public var moment: ReadMoment

    public init(_ moment: ReadMoment = .now) { self.moment = moment }

    /// What the ledger holds.
    public struct Result: Hashable, Sendable, DescribedResult {
        package static let members: [DocumentMember] = [
            .init("position", .integer), .init("size_bytes", .integer), .init("memories", .integer),
            .init("quarantined", .integer), .init("links", .integer), .init("links_without_target", .integer),
            .init("namespaces", .objects), .init("projections", .objects), .init("unknown_types", .strings),
        ]

        public var statistics: LedgerStatistics
        /// What checkpoints are signed under now; nil in a ledger of format 1.
        public var origin: LedgerOrigin?

        /// `{"position", "size_bytes", "memories", "quarantined", "links", "links_without_target", "namespaces":
        /// [{"namespace", "memories", "quarantined", "links", "links_without_target", "events": {TYPE: COUNT}}],
        /// "projections": [{"name", "version", "generation", "position"}], "unknown_types", "epoch", "origin"}`; with
        /// "locked" if namespaces of a moment were left out that cannot be read.
        public func document() -> JSONValue {
            var object: JSONObject = [
                "position": JSONValue(statistics.position),
                "size_bytes": JSONValue(statistics.sizeBytes),
                "memories": JSONValue(statistics.namespaces.reduce(0) { $0 + $1.memories }),
                "quarantined": JSONValue(statistics.namespaces.reduce(0) { $0 + $1.quarantined }),
                "links": JSONValue(statistics.namespaces.reduce(0) { $0 + $1.links }),
                "links_without_target": JSONValue(statistics.namespaces.reduce(0) { $0 + $1.linksWithoutTarget }),
                "namespaces": .array(statistics.namespaces.map(\.json)),
                "projections": .array(statistics.projections.map(\.json)),
                "unknown_types": .array(statistics.unknownTypes.map { .string($0.rawValue) }),
                "epoch": origin.map { JSONValue($0.epoch) } ?? .null,
                "origin": JSONValue(optional: origin?.text),
            ]
            if !statistics.modules.isEmpty { object.append("modules", .object(statistics.modules)) }
            if !statistics.locked.isEmpty {
                object.append("locked", .array(statistics.locked.map { .string($0) }))
            }
            return .object(object)
        }
    }

    public static let name = "ledger.statistics"
    public static let summary = "Say what the ledger holds: memories, links, events, tables."
    public static let parameters = ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [.log(.unknownMoment)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws { moment = try ReadMoment(arguments) }

    public func run(in request: OperationRequest) async throws -> Result {
        let statistics = try await request.reading(moment, of: nil).statistics()
        return Result(statistics: statistics, origin: try Self.origin(of: request.ledger))
    }

    private static func origin(of ledger: MemoryLedger) throws -> LedgerOrigin? {
        do {
            return try LedgerOrigin.current(in: ledger.log.inFile)
        } catch let error as EventLogError where [.noTree, .unsupported].contains(error.code) {
            return nil
        }
    }
}

extension LedgerStatistics.Namespace {
    /// By the names' bytes.
    package var sortedEvents: [(type: String, count: Int)] {
        events.map { ($0.key.rawValue, $0.value) }.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
    }

    fileprivate var json: JSONValue {
        [
            "namespace": .string(namespace),
            "memories": JSONValue(memories),
            "quarantined": JSONValue(quarantined),
            "links": JSONValue(links),
            "links_without_target": JSONValue(linksWithoutTarget),
            "events": .object(
                JSONObject(sortedEvents.map { JSONObject.Member(name: $0.type, value: JSONValue($0.count)) })),
        ]
    }
}

extension LedgerStatistics.Projection {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "version": JSONValue(version), "generation": JSONValue(generation),
            "position": JSONValue(position),
        ]
    }
}
