public import LedgerOperations
public import MemoryLedger

/// What keeps a command on sessions, blocks and archives from being carried out. Compare `code`; show `message`, which
/// says what to do. Arguments that can never hold are `MemoryLedgerError.invalidArgument`.
public struct AgentContextError: OperationError {
    public var code: OperationErrorCode
    public var message: String
    /// What a program needs to go on, by names in snake_case: of a conflict `expected`, `found`, `value` (what the
    /// block says) and `given` (what it was to say).
    public var details: JSONObject

    public init(_ code: OperationErrorCode, _ message: String, _ details: JSONObject = [:]) {
        (self.code, self.message, self.details) = (code, message, details)
    }

    public var description: String { message }

    static func noSession(_ id: String, _ namespace: String) -> Self {
        Self(
            .noSession,
            "There is no session \(id) in namespace \(namespace); `session list` shows those that there are.")
    }

    static func noAgent(_ name: String, _ namespace: String) -> Self {
        Self(.noAgent, "There is no agent \(name) in namespace \(namespace).")
    }

    static func noArchive(_ name: String, _ namespace: String) -> Self {
        Self(
            .noArchive,
            "There is no archive \(name) in namespace \(namespace); `archive list` shows those that there are.")
    }

    static func noUser(_ name: String, _ namespace: String) -> Self {
        Self(.noUser, "There is no user \(name) in namespace \(namespace).")
    }

    static func noBlock(_ label: String, _ holder: BlockHolder) -> Self {
        Self(.noBlock, "There is no block \(label) in the context of \(holder.words); `block list` shows its blocks.")
    }
}

extension OperationErrorCode {
    /// There is no session of the id in the namespace.
    public static let noSession = Self(rawValue: "session_not_found")
    /// The session was closed, or has expired.
    public static let sessionEnded = Self(rawValue: "session_ended")
    /// Nothing in the queue can leave it.
    public static let nothingToEvict = Self(rawValue: "nothing_to_evict")
    /// What stands before the messages has no room in the budget.
    public static let noRoom = Self(rawValue: "no_room")
    public static let noMessage = Self(rawValue: "message_not_found")
    public static let noRole = Self(rawValue: "role_not_found")
    public static let noUser = Self(rawValue: "user_not_found")
    public static let noAgent = Self(rawValue: "agent_not_found")
    public static let noBlock = Self(rawValue: "block_not_found")
    public static let blockExists = Self(rawValue: "block_exists")
    public static let blockIsReadOnly = Self(rawValue: "block_read_only")
    /// The new value has more characters than the block may have.
    public static let blockIsFull = Self(rawValue: "block_full")
    /// The block is not at the expected version.
    public static let blockConflict = Self(rawValue: "block_conflict")
    /// The text that is to be replaced is not in the block.
    public static let textNotFound = Self(rawValue: "text_not_found")
    /// It is there more than once.
    public static let textAmbiguous = Self(rawValue: "text_ambiguous")
    public static let nothingToUndo = Self(rawValue: "nothing_to_undo")
    public static let nothingToRedo = Self(rawValue: "nothing_to_redo")
    public static let noVersion = Self(rawValue: "version_not_found")
    public static let noPassage = Self(rawValue: "passage_not_found")
    public static let noProposal = Self(rawValue: "proposal_not_found")
    public static let proposalExists = Self(rawValue: "proposal_exists")
    /// It was accepted or rejected.
    public static let proposalIsRuled = Self(rawValue: "proposal_ruled")
    /// What it was made from has changed since.
    public static let proposalConflict = Self(rawValue: "proposal_conflict")
    /// One subject would be changed by two operations.
    public static let proposalOverlaps = Self(rawValue: "proposal_overlaps")
    /// An operation cannot be a part of a proposal, or would change nothing.
    public static let notProposable = Self(rawValue: "not_proposable")
    /// Only who made a proposal extends it.
    public static let proposalOfAnother = Self(rawValue: "proposal_of_another")
    /// The actor's changes must be proposals that another one accepts.
    public static let proposalDemanded = Self(rawValue: "proposal_demanded")
    public static let noArchive = Self(rawValue: "archive_not_found")
    /// What was to be an agent's file is none; `details` has the `path` of what is wrong.
    public static let invalidAgentFile = Self(rawValue: "agent_file_invalid")
    /// A newer program wrote the agent's file.
    public static let newerAgentFile = Self(rawValue: "agent_file_newer")
    /// The ledger has an agent, a session, a role or a block that the file would bring.
    public static let agentExists = Self(rawValue: "agent_exists")
}
