import EventLog
public import LedgerOperations
public import MemoryLedger

/// An operation by its name, as a part of a proposal.
public struct RequestedChange: Hashable, Sendable {
    /// `memory.update`.
    public var operation: String
    public var arguments: JSONObject

    public init(_ operation: String, _ arguments: JSONObject) {
        (self.operation, self.arguments) = (operation, arguments)
    }

    /// Those that can be parts of proposals: each comes to one append, of memories, blocks or passages only.
    public static let operations: [any LedgerOperation.Type] = [
        AddMemory.self, PutMemory.self, UpdateMemory.self, DeleteMemory.self, RenameMemory.self, LinkMemory.self,
        UnlinkMemory.self, SetBlock.self, AppendToBlock.self, ReplaceInBlock.self, InsertIntoBlock.self, UndoBlock.self,
        RedoBlock.self, RestoreBlock.self, ConfigureBlock.self, RenameBlock.self, ShareBlock.self, UnshareBlock.self,
        DeleteBlock.self, InsertPassage.self, DeletePassage.self,
    ]

    /// What it comes to for a caller.
    ///
    /// - Parameters:
    ///   - namespace: of the proposal, and of the operation if it names none.
    ///   - user: whose the proposal is, and the operation if it can be of a user and names none.
    /// - Throws: `AgentContextError.notProposable`; `OperationArgumentError`.
    func change(in namespace: String, of user: String?, for request: OperationRequest) throws -> ProposedChange {
        guard let named = Self.named(operation) else {
            let names = Self.operations.map { $0.name }.joined(separator: ", ")
            throw AgentContextError(
                .notProposable, "The operation \"\(operation)\" cannot be a part of a proposal; these can: \(names).",
                ["operation": .string(operation)])
        }
        var arguments = arguments
        if arguments["namespace"]?.isNull ?? true {
            arguments.remove("namespace")
            arguments.append("namespace", .string(namespace))
        }
        if let user, arguments["user"] == nil, named.parameters.contains(where: { $0.name == "user" }) {
            arguments.append("user", .string(user))
        }
        return try Self.change(named, arguments, request)
    }

    private static func named(_ name: String) -> (any LedgerOperation.Type)? {
        // Agents know the tools by names without dots.
        for operation in operations {
            let own = operation.name
            if own == name || own.replacing(".", with: "_") == name { return operation }
        }
        return nil
    }

    private static func change<Operation: LedgerOperation>(
        _ type: Operation.Type, _ arguments: JSONObject, _ request: OperationRequest
    ) throws -> ProposedChange {
        let operation: Operation
        do { operation = try Operation(json: arguments) } catch let error as OperationArgumentError {
            throw AgentContextError(
                .notProposable, "The arguments of \(Operation.name) are wrong: \(error)",
                ["operation": .string(Operation.name)])
        }
        return ProposedChange(Operation.name, arguments) { ledger in
            let inner = OperationRequest(ledger, by: request.attribution, grant: request.grant)
            _ = try await inner.perform(operation)
        }
    }
}

enum ProposalParameters {
    static let proposal = Parameter("proposal", .name, "The proposal's name.")
    static let reads = Parameter(
        "read",
        optional: ArgumentType<String>.name.list("a list of ids", count: 0...ContextLimits.proposalReads),
        "What it was made from: keys of memories, ids of blocks and of passages.")
    static let changes = Parameter(
        "changes",
        optional: ArgumentType<RequestedChange>.change.list(
            "a list of operations", count: 0...ContextLimits.proposalChanges),
        "Operations to be done if it is accepted: memory.update, block.set, archive.insert and others that change.")
    static let base = Parameter(
        "base", optional: .version, "The position at which that was read; if it changed since, there is a conflict.")
    static let description = Parameter("description", .string, default: "", "What it is for.")
    static let session = Parameter(
        "session", optional: ArgumentType<String>.name, "The session that it is made in; its user is whose it is.")
    static let user = Parameter("user", optional: ArgumentType<String>.name, "Whose it is.")

    static let drafting: [any OperationParameter] = [ContextParameters.namespace, proposal, reads, changes, base]
}

extension ArgumentType where Value == RequestedChange {
    fileprivate static var change: Self {
        let type = ParameterType.object([
            .init("operation", .string, isRequired: true), .init("arguments", .object([]), isRequired: true),
        ])
        return Self(type) { value, path in
            guard let object = value.object, let operation = object["operation"]?.string,
                let arguments = object["arguments"]?.object
            else {
                throw OperationArgumentError.wrong(
                    path, expected: "{\"operation\": a name, \"arguments\": an object}", found: value)
            }
            return RequestedChange(operation, arguments)
        }
    }
}

extension OperationErrorCode {
    static let ofDrafts: [Self] =
        [
            .notProposable, .proposalOverlaps, .proposalConflict, .memory(.notFound), .memory(.conflict),
            .memory(.alreadyExists), .memory(.quarantined), .memory(.sameKey), .memory(.linkNotFound), .noPassage,
        ]
        + ofEdits
}
