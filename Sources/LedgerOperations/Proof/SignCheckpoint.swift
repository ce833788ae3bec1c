import EventLog
public import LedgerCapabilities
public import MemoryLedger
import SQLiteEventLog

/// Signs what the ledger holds now, and keeps the checkpoint.
///
///     let signed = try await SignCheckpoint().run(in: request).signed
public struct SignCheckpoint: LedgerOperation, Hashable {
    /// Nil: the file that the ledger remembers, or else the one beside it.
    public var keyFile: SigningKeyFile?

    public init(with keyFile: SigningKeyFile? = nil) { self.keyFile = keyFile }

    public static let name = "checkpoint.sign"
    public static let summary = "Sign what the ledger holds now, and keep the checkpoint."
    public static let parameters: [any OperationParameter] = []
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let errors = OperationErrorCode.ofSigning

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) { keyFile = nil }

    public func run(in request: OperationRequest) async throws -> StoredCheckpoint {
        try await request.ledger.signCheckpoint(with: keyFile)
    }
}

extension StoredCheckpoint: DescribedResult {
    package static let members: [DocumentMember] = [
        .init("number", .integer), .init("origin", .string), .init("size", .integer), .init("root", .string),
        .init("made_at", .string), .init("signers", .objects), .init("note", .string),
    ]

    /// `{"number", "origin", "size", "root", "made_at", "signers", "note", "file"}`; the last is null, for who writes
    /// the note into a file.
    public func document() -> JSONValue { .object(JSONObject(members + [.init(name: "file", value: .null)])) }
}
