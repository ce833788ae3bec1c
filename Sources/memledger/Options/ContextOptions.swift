import AgentContext
import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger

/// What every command on contexts takes.
struct ContextOptions: ParsableArguments {
    @OptionGroup var place: NamespaceOption
    @OptionGroup var actor: ActorOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    var namespace: String { place.namespace }
    func key(_ session: String) -> MemoryKey { MemoryKey(namespace: place.namespace, key: session) }

    /// Runs an operation that writes.
    func write<Operation: LedgerOperation>(_ operation: Operation) async throws -> Operation.Result {
        try await global.write(operation, by: writing.attribution(actor))
    }

    /// Runs an operation that writes to something that must be there, and so must the ledger.
    func change<Operation: LedgerOperation>(_ operation: Operation) async throws -> Operation.Result {
        try await global.withLedger(.readWrite) { try await $0.run(operation, by: writing.attribution(actor)) }
    }
}

extension ContextOptions {
    /// Says that something is no user's, although the ledger protects what is.
    func sayUnlessProtected(_ isProtected: Bool?) {
        guard isProtected == false, !global.json else { return }
        StandardError.say(
            "It is not protected: `erase --user` leaves it. Name its user, in a protected namespace "
                + "(`protect --sessions`).")
    }
}

/// What every command takes that reads contexts.
struct ContextReadingOptions: ParsableArguments {
    @OptionGroup var place: NamespaceOption
    @OptionGroup var moment: MomentOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    var namespace: String { place.namespace }
    var asked: ReadMoment { moment.asked }
    func key(_ session: String) -> MemoryKey { MemoryKey(namespace: place.namespace, key: session) }

    func read<Operation: LedgerOperation>(_ operation: Operation) async throws -> Operation.Result {
        try await global.read(operation, by: actor.attribution)
    }

    /// Runs an operation that searches: its index is brought up to date if the ledger may be written.
    func search<Operation: LedgerOperation>(_ operation: Operation) async throws -> Operation.Result {
        let bar = ProgressBar("Indexing", unit: "events")
        return try await global.withLedgerToIndex { ledger in
            defer { bar.finish() }
            return try await ledger.run(operation, by: actor.attribution, bar)
        }
    }
}

/// A page of a list in the order of positions.
struct PositionPageOptions: ParsableArguments {
    @Option(help: "Entries of a page, 1 to \(ContextLimits.pageEntries).") var limit = 20
    @Option(help: ArgumentHelp("The former page's \"next\".", valueName: "position")) var after: Position?

    func validate() throws {
        guard (1...ContextLimits.pageEntries).contains(limit) else {
            throw ValidationError("--limit is 1 to \(ContextLimits.pageEntries), not \(limit).")
        }
        if let after, after < 0 { throw ValidationError("--after is 0 or more.") }
    }
}

/// A page of a list in the order of names.
struct NamePageOptions: ParsableArguments {
    @Option(help: "Entries of a page, 1 to \(ContextLimits.pageEntries).") var limit = 100
    @Option(help: ArgumentHelp("The former page's \"next\".", valueName: "name")) var after = ""

    func validate() throws {
        guard (1...ContextLimits.pageEntries).contains(limit) else {
            throw ValidationError("--limit is 1 to \(ContextLimits.pageEntries), not \(limit).")
        }
    }
}

/// When something was said or inserted.
struct SpanOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Not before then: RFC 3339, or a date.", valueName: "time")) var from: TimeReference?
    @Option(help: ArgumentHelp("Not after then: RFC 3339, or a date.", valueName: "time")) var to: TimeReference?
}

/// Texts that are given, or read from standard input.
enum GivenText {
    /// `-` reads standard input.
    static func read(_ given: String) async throws -> String {
        guard given == "-" else { return given }
        let bytes = try await FileChunks.readAll(
            .standardInput, name: "The input", maximumBytes: ContextLimits.contentBytes)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ValidationError("The input is not UTF-8 text.")
        }
        // A line break that a shell adds is none of the text.
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    /// - Throws: `ValidationError` for what is no JSON.
    static func json(_ text: String, _ option: String) throws -> JSONValue {
        do { return try JSONParser.parse(Array(text.utf8)) } catch {
            throw ValidationError("\(option): \(error)")
        }
    }

    /// - Throws: `ValidationError` for what is no JSON object.
    static func object(_ text: String?, _ option: String) throws -> JSONObject? {
        guard let text else { return nil }
        guard let object = try json(text, option).object else {
            throw ValidationError("\(option) is a JSON object.")
        }
        return object
    }
}
