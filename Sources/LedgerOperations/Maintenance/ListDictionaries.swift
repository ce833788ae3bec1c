import EmbeddedLedger
public import EventLog
public import MemoryLedger
import SQLiteEventLog

/// The dictionaries that events are compressed with; the last one is in use.
///
///     let last = try await ListDictionaries().run(in: request).dictionaries.last
public struct ListDictionaries: LedgerOperation, Hashable {
    public init() {}

    /// The dictionaries that the log has.
    public struct Result: Hashable, Sendable, DescribedResult {
        package static let members: [DocumentMember] = [.init("dictionaries", .objects)]

        public var dictionaries: [DictionaryInfo]

        /// `{"dictionaries": [{"number", "size_bytes", "sha256", "added_at", "added_at_position"}]}`.
        public func document() -> JSONValue { ["dictionaries": .array(dictionaries.map(\.json))] }
    }

    public static let name = "dictionary.list"
    public static let summary = "List the dictionaries that events are compressed with; the last one is in use."
    public static let parameters: [any OperationParameter] = []
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [.log(.unsupported)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) {}

    public func run(in request: OperationRequest) async throws -> Result {
        Result(dictionaries: try await request.ledger.log.inFile.dictionaryInfos())
    }
}
