import EventLog
public import MemoryLedger

/// Hashes each table of the projections: equal digests, equal contents.
///
///     let digest = try await ComputeDigest(ReadMoment(at: .position(1_000))).run(in: request)
public struct ComputeDigest: LedgerOperation, Hashable {
    public var moment: ReadMoment

    public init(_ moment: ReadMoment = .now) { self.moment = moment }

    public static let name = "ledger.digest"
    public static let summary = "Hash each table of the projections; equal digests, equal contents."
    public static let parameters = ReadMoment.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [.log(.unknownMoment)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws { moment = try ReadMoment(arguments) }

    public func run(in request: OperationRequest) async throws -> LedgerDigest {
        try await request.reading(moment, of: nil).digest()
    }
}

extension LedgerDigest: DescribedResult {
    package static let members: [DocumentMember] = [.init("position", .integer), .init("tables", .object)]

    /// In the order of the tables' names.
    package var sortedTables: [(String, String)] {
        tables.map { ($0.key, $0.value) }.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
    }

    /// `{"position", "tables": {TABLE: SHA256}}`.
    public func document() -> JSONValue {
        let tables = sortedTables.map { JSONObject.Member(name: $0.0, value: .string($0.1)) }
        return ["position": JSONValue(position), "tables": .object(JSONObject(tables))]
    }
}
