public import EventLog

/// What went wrong in a ledger of memories. Compare `code`; show `message`, one sentence that says what to do.
///
///     do {
///         try await ledger.rename(tea, to: "coffee")
///     } catch let error as MemoryLedgerError where error.code == .alreadyExists {
///         print(error)
///     }
///
/// Limits are `MemoryLimitError`; what the log itself refuses is `EventLogError`.
public struct MemoryLedgerError: Error, Sendable, CustomStringConvertible {
    /// An open list: later versions add codes, so switch over it with a default.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String

        init(_ description: String) { self.description = description }

        /// There is no memory under the key.
        public static let notFound = Code("not_found")
        /// The key holds a memory already.
        public static let alreadyExists = Code("already_exists")
        /// The memory is not at the expected version: `expected`, `found`.
        public static let conflict = Code("conflict")
        /// A rename to the same key.
        public static let sameKey = Code("same_key")
        /// No link matches.
        public static let linkNotFound = Code("link_not_found")
        /// A number that is not finite, a change that changes nothing, a cursor that is none.
        public static let invalidArgument = Code("invalid_argument")
        /// What is looked for cannot be read as a query; the message says where.
        public static let invalidQuery = Code("invalid_query")
        /// Others changed the memory each time it was tried.
        public static let contention = Code("contention")
        /// An event that cannot be undone, or a plan with conflicts.
        public static let cannotUndo = Code("cannot_undo")
        /// What a plan would do is not what it says any more: others wrote since it was made.
        public static let planOutdated = Code("plan_outdated")
        /// The memory is quarantined, and cannot be changed until it is released.
        public static let quarantined = Code("quarantined")
        /// There is such a quarantine already.
        public static let alreadyQuarantined = Code("already_quarantined")
        /// There is no such quarantine.
        public static let notQuarantined = Code("not_quarantined")
        /// There is no access token of the id.
        public static let unknownToken = Code("unknown_token")
        /// The access token was revoked already.
        public static let tokenRevoked = Code("token_revoked")
        /// It cannot be a draft: it writes otherwise than by a command that decides on events.
        public static let notDraftable = Code("not_draftable")
    }

    public var code: Code
    public var message: String
    public var memory: MemoryKey?
    public var expected: StreamVersion?
    public var found: StreamVersion?

    public init(_ code: Code, _ message: String, memory: MemoryKey? = nil) {
        self.code = code
        self.message = message
        self.memory = memory
    }

    public var description: String { message }

    package static func notFound(_ memory: MemoryKey) -> Self {
        Self(
            .notFound, "There is no memory \(memory.key) in namespace \(memory.namespace); list them, or add it.",
            memory: memory)
    }

    package static func quarantined(_ memory: MemoryKey) -> Self {
        Self(
            .quarantined,
            "Memory \(memory.key) in namespace \(memory.namespace) is quarantined; look at it with "
                + "`get --include-quarantined`, and `release` what holds it before you change it.", memory: memory)
    }

    static func alreadyExists(_ memory: MemoryKey) -> Self {
        Self(
            .alreadyExists,
            "There is a memory \(memory.key) in namespace \(memory.namespace) already; update it, or choose another key.",
            memory: memory)
    }

    static func conflict(_ memory: MemoryKey, expected: StreamVersion, found: StreamVersion) -> Self {
        var error = Self(
            .conflict,
            "Memory \(memory.key) in namespace \(memory.namespace) is at version \(found), not \(expected); "
                + "read it again and retry.", memory: memory)
        error.expected = expected
        error.found = found
        return error
    }
}
