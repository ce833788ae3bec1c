public import EventLog
import LedgerStorage
public import MemoryLedger

/// The memory of an agent as MemGPT has it: sessions with a main context of a bounded number of tokens, and all that
/// ever was in it, on a ledger that was opened with `AgentContext.modules`.
///
///     var options = MemoryLedgerOptions()
///     options.modules = AgentContext.modules
///     let ledger = try await MemoryLedger.inMemory(options: options)
///     let context = AgentContext(ledger, by: Attribution(actor: "assistant"))
///     let session = try await context.open(SessionRequest(user: "ann", role: "helper"))
///     let appended = try await context.append(SessionMessage(.user, "Hello"), to: session.key)
///     print(appended.number, appended.state.pressure)
public struct AgentContext: Sendable {
    public let ledger: MemoryLedger
    /// Counts tokens that callers do not give.
    public var counter: any TokenCounter
    /// Lands on the events.
    public var attribution: Attribution

    public init(
        _ ledger: MemoryLedger, by attribution: Attribution = Attribution(),
        counter: any TokenCounter = EstimatingTokenCounter()
    ) {
        (self.ledger, self.attribution, self.counter) = (ledger, attribution, counter)
    }

    /// What a ledger is opened with.
    public static let modules: [any LedgerModule] = [
        UsersModule(), RolesModule(), AgentsModule(), ConfigurationModule(), SessionsModule(), BlocksModule(),
        PassagesModule(), ProposalsModule(), ProposalDemandsModule(),
    ]

    var now: Timestamp { ledger.options.clock.now() }

    /// A text with its tokens: as the caller counts them, or estimated.
    func counted(_ text: String, _ tokens: Int?) -> CountedText {
        CountedText(text, tokens: tokens ?? counter.count(text), isEstimated: tokens == nil)
    }

    /// - Throws: `MemoryLedgerError.invalidArgument` for a text that is too long, or tokens that cannot be.
    func check(_ text: String, _ what: String, bytes: Int, tokens: Int? = nil) throws {
        guard text.utf8.count <= bytes else {
            throw MemoryLedgerError(
                .invalidArgument, "\(what) has at most \(bytes) bytes, not \(text.utf8.count); shorten it.")
        }
        guard let tokens, !(0...ContextLimits.tokens).contains(tokens) else { return }
        throw MemoryLedgerError(.invalidArgument, "Tokens are 0 to \(ContextLimits.tokens), not \(tokens).")
    }

    /// - Throws: `MemoryLedgerError.invalidArgument` for a name that is empty or too long.
    func check(name: String, _ what: String) throws {
        guard !name.isEmpty else { throw MemoryLedgerError(.invalidArgument, "\(what) has no name; give one.") }
        try check(name, "The name of \(what.lowercased())", bytes: ContextLimits.nameBytes)
        guard !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            throw MemoryLedgerError(
                .invalidArgument, "The name of \(what.lowercased()) has a control character; give it without.")
        }
    }
}

extension MemoryReading {
    /// Reads the tables of a context, in one snapshot.
    ///
    /// - Throws: `EventLogError` with `masterKeyMissing` or `masterKeyWrong` for a namespace that cannot be read.
    func readContext<T>(_ namespace: String, _ body: (SQLiteConnection) throws -> T) async throws -> T {
        try await readTables(of: namespace, body)
    }
}
