public import MemoryLedger

/// One thing that can be asked of a ledger: its name, its arguments, its result, its errors, and its JSON. HTTP, MCP
/// and the command translate to it and back, and decide nothing.
///
/// An operation is a value, and its properties are its arguments:
///
///     let add = AddMemory(MemoryKey(key: "tea"), MemoryContent(summary: "Likes green tea"))
///     let added = try await add.run(in: OperationRequest(ledger, by: Attribution(actor: "assistant")))
///     print(added.document())
///
/// The same by name, from JSON:
///
///     let tea: JSONObject = ["key": "tea", "summary": "Likes green tea"]
///     let answer = try await OperationCatalogue.standard.call("memory.add", tea, in: request)
public protocol LedgerOperation: Sendable {
    associatedtype Result: OperationResult

    /// Words of lower-case letters, digits and `_`, two or more, with dots in between: `memory.add`.
    static var name: String { get }
    /// One sentence for a person or a model.
    static var summary: String { get }
    /// All that `init(_:)` reads.
    static var parameters: [any OperationParameter] { get }
    static var access: OperationAccess { get }
    static var scope: OperationScope { get }
    /// It works with files of its machine besides the ledger's own, so that only a command offers it.
    static var isLocal: Bool { get }
    /// Agents may get it as a tool, if a caller may call it.
    static var isTool: Bool { get }
    /// What a caller must be granted, at least. A read that is counted is an event, and needs no more than a read.
    static var requiredScope: AccessGrant.Scope { get }
    /// Under which word the read is written down if reads are events; nil if it is not.
    static var audit: ReadOperation? { get }
    /// What it may fail with, beside `OperationErrorCode.common`.
    static var errors: [OperationErrorCode] { get }

    /// The namespaces whose memories the call reads or changes, to be compared byte by byte; nil: it may be any.
    var namespaces: [String]? { get }

    /// Reads the arguments.
    ///
    /// - Throws: `OperationArgumentError`.
    init(_ arguments: OperationArguments) throws

    /// Does it.
    ///
    /// - Throws: errors with the codes in `errors` and `OperationErrorCode.common`.
    func run(in request: OperationRequest) async throws -> Result
}

extension LedgerOperation {
    public static var audit: ReadOperation? { nil }
    public static var isLocal: Bool { false }
    public static var isTool: Bool { !isLocal }
    public static var requiredScope: AccessGrant.Scope {
        switch scope {
        case .ledger: .admin
        case .namespace: access == .reads ? .read : .write
        }
    }

    /// Reads the arguments from a JSON object. Of a member that is repeated the last one counts.
    ///
    /// - Throws: `OperationArgumentError`, for members of other names too.
    public init(json: JSONObject) throws {
        try self.init(OperationArguments(json, Self.parameters))
    }
}

/// What an operation answers.
public protocol OperationResult: Sendable {
    /// The one JSON document of the answer, names in snake_case.
    ///
    /// - Throws: `EventLogError.damagedPayload` if an event in it cannot be read.
    func document() throws -> JSONValue
}

/// Whether an operation appends events or changes files.
public enum OperationAccess: Hashable, Sendable {
    /// It does with a ledger that was opened for reading only, unless the ledger writes reads down.
    case reads
    case writes
}

/// Whose business an operation is.
public enum OperationScope: Hashable, Sendable {
    /// Of the memories of a namespace, which the argument `namespace` names. If that is optional and missing, of those
    /// of all namespaces.
    case namespace
    /// Of the ledger as a whole: its policy, its keys, its tables.
    case ledger
}
