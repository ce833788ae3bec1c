import AgentContext
import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct ProposalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proposal",
        abstract: "Drafts of changes that another one accepts or rejects: create, show, accept, reject.",
        discussion: """
            A proposal has operations on memories, blocks and passages, and names what it was made from. All of it is \
            done at once, on condition that nothing that it reads or changes has changed since; else there is a conflict, \
            which names what has.

              memledger proposal create tidy --read tea --change memory.update '{"key": "tea", "summary": "Sencha"}'
              memledger proposal show tidy
              memledger proposal accept tidy --as ada
              memledger proposal reject tidy --reason "She likes both."
            """,
        subcommands: [
            ProposalCreate.self, ProposalExtend.self, ProposalShow.self, ProposalList.self, ProposalAccept.self,
            ProposalReject.self, ProposalDemandCommand.self, ProposalDemands.self,
        ])

    /// What a proposal's documents have.
    static let document = """
        {"proposal", "namespace", "status" (open, accepted or rejected), "version", "description", "base", "proposer", "user", \
        "session", "created_at", "ruled_by", "ruled_at", "reason", "reads": [{"kind" (memory, block or passage), "id", \
        "version"}], "changes": [{"operation", "arguments", "subjects"}], "differences", "conflicts": [{"kind", "id", \
        "expected", "found", "changed_by", "changed_at", "position"}]}: differences of memories are as of `diff`, others \
        {"stream", "before", "after"}.
        """
}

/// What is put into a proposal.
struct ProposalOptions: ParsableArguments {
    @Option(
        name: .customLong("read"),
        help: ArgumentHelp(
            "What it was made from: a memory's key, a block's or a passage's id; repeatable.", valueName: "id"))
    var reads: [String] = []
    @Option(
        name: .customLong("change"), parsing: .upToNextOption,
        help: ArgumentHelp("An operation and its arguments as JSON; repeatable.", valueName: "operation json"))
    var changes: [String] = []
    @Option(
        help: ArgumentHelp("A JSON list of {\"operation\", \"arguments\"}; - reads standard input.", valueName: "file"))
    var changesFile: String?
    @Option(help: ArgumentHelp("The position at which it was read.", valueName: "position")) var base: Position?

    func validate() throws {
        guard changes.count.isMultiple(of: 2) else {
            throw ValidationError(
                "--change takes an operation and its arguments: --change memory.delete '{\"key\": \"tea\"}'.")
        }
        if let base, base < 0 { throw ValidationError("--base is 0 or more.") }
    }

    func requested() async throws -> [RequestedChange] {
        var requested: [RequestedChange] = []
        for index in stride(from: 0, to: changes.count, by: 2) {
            let arguments = try GivenText.object(changes[index + 1], "--change \(changes[index])") ?? [:]
            requested.append(RequestedChange(changes[index], arguments))
        }
        return requested + (try await changesFile.asyncMap { try await Self.read($0) } ?? [])
    }

    private static func read(_ file: String) async throws -> [RequestedChange] {
        let limit = 2 * ContextLimits.proposalBytes
        let bytes =
            file == "-"
            ? try await FileChunks.readAll(.standardInput, name: "The input", maximumBytes: limit)
            : try await FileChunks.readAll(try InputFile(file), name: file, maximumBytes: limit)
        let list: JSONValue
        do { list = try JSONParser.parse(bytes) } catch { throw ValidationError("--changes-file \(file): \(error)") }
        guard let entries = list.array else {
            throw ValidationError("--changes-file \(file): it is no JSON list of {\"operation\", \"arguments\"}.")
        }
        return try entries.enumerated().map { index, entry in
            guard let operation = entry.object?["operation"]?.string,
                let arguments = entry.object?["arguments"]?.object
            else {
                throw ValidationError(
                    "--changes-file \(file): entry \(index + 1) is not {\"operation\": a name, \"arguments\": an object}."
                )
            }
            return RequestedChange(operation, arguments)
        }
    }
}

extension Optional {
    fileprivate func asyncMap<T>(_ body: (Wrapped) async throws -> T) async throws -> T? {
        guard let self else { return nil }
        return try await body(self)
    }
}

struct ProposalCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Draft changes of memories, blocks and passages.",
        discussion: """
            Operations are those of the tools: memory.add, memory.put, memory.update, memory.delete, memory.rename, \
            memory.link, memory.unlink, block.set, block.append and the others of blocks, archive.insert, archive.delete. \
            Each is decided on now; a proposal changes nothing twice.

            JSON: \(ProposalCommand.document)

              memledger proposal create tidy --read tea --change memory.update '{"key": "tea", "summary": "Sencha"}'
              memledger proposal create night --changes-file changes.json --base 1200 --description "Consolidation"
            """)

    @Argument(help: "The proposal's name.") var proposal: String
    @OptionGroup var parts: ProposalOptions
    @Option(help: "What it is for.") var description = ""
    @Option(help: "The session that it is made in; its user is whose it is.") var session: String?
    @Option(help: "Whose it is.") var user: String?
    @OptionGroup var options: ContextOptions

    func run() async throws {
        var create = CreateProposal(proposal, in: options.namespace)
        (create.description, create.reads, create.base) = (description, parts.reads, parts.base)
        (create.session, create.user) = (session, user)
        create.changes = try await parts.requested()
        let created = try await options.change(create)
        try options.global.show(created.document()) { $0.proposal(created) }
    }
}

struct ProposalExtend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extend",
        abstract: "Add what it reads and changes besides to a proposal that is open.",
        discussion: """
            JSON: \(ProposalCommand.document)

              memledger proposal extend tidy --change memory.delete '{"key": "old-tea"}'
            """)

    @Argument(help: "The proposal's name.") var proposal: String
    @OptionGroup var parts: ProposalOptions
    @OptionGroup var options: ContextOptions

    func run() async throws {
        var extend = ExtendProposal(proposal, in: options.namespace)
        (extend.reads, extend.base) = (parts.reads, parts.base)
        extend.changes = try await parts.requested()
        let extended = try await options.change(extend)
        try options.global.show(extended.document()) { $0.proposal(extended) }
    }
}

struct ProposalShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a proposal as a difference, and what has changed since it was made.",
        discussion: """
            JSON: \(ProposalCommand.document)

              memledger proposal show tidy
            """)

    @Argument(help: "The proposal's name.") var proposal: String
    @OptionGroup var options: ContextReadingOptions

    func run() async throws {
        let shown = try await options.read(ShowProposal(proposal, in: options.namespace, options.asked))
        try options.global.show(shown.document()) { $0.proposal(shown) }
    }
}

struct ProposalList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List proposals, the oldest first.",
        discussion: """
            JSON: {"proposals": [{"proposal", "namespace", "status", "version", "description", "base", "proposer", "user", \
            "session", "created_at", "ruled_by", "ruled_at", "reason", "read_count", "change_count"}], "next"}; "next" is \
            the --after of the next page, or null.

              memledger proposal list --status open
            """)

    @Option(help: "Only these: open, accepted or rejected.", transform: Self.status) var status: Proposal.Status?
    @OptionGroup var page: PositionPageOptions
    @OptionGroup var options: ContextReadingOptions

    private static func status(_ word: String) throws -> Proposal.Status {
        guard let status = Proposal.Status(rawValue: word) else {
            throw ValidationError("\(word) is none of open, accepted and rejected.")
        }
        return status
    }

    func run() async throws {
        let listed = try await options.read(
            ListProposals(in: options.namespace, status, limit: page.limit, after: page.after ?? 0, options.asked))
        try options.global.show(listed.document()) { output in
            var table = Table([
                .init("PROPOSAL", paint: .bold), .init("STATUS", paint: .cyan), .init("BY"),
                .init("CHANGES", right: true), .init("READS", right: true), .init("CREATED", paint: .dim),
                .init("DESCRIPTION"),
            ])
            for proposal in listed.entries.proposals {
                table.add([
                    proposal.name, proposal.status.rawValue, proposal.proposer ?? "", String(proposal.changes),
                    String(proposal.reads), proposal.createdAt.rfc3339, proposal.description,
                ])
            }
            output.list(table, "No proposals.", next: listed.entries.next.map(String.init))
        }
    }
}

struct ProposalAccept: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept",
        abstract: "Do all that was proposed at once, if nothing has changed that it was made from.",
        discussion: """
            The events have the proposer for their actor, and for their cause the acceptance, whose actor accepts.

            JSON: {"proposal", "namespace", "status", "proposer", "ruled_by", "ruled_at", "positions"}.

              memledger proposal accept tidy --as ada --expected-version 1
            """)

    @Argument(help: "The proposal's name.") var proposal: String
    @Option(help: "Only if the proposal is at this version, as it was shown.") var expectedVersion: Int?
    @OptionGroup var options: ContextOptions

    func run() async throws {
        let done = try await options.change(
            AcceptProposal(proposal, in: options.namespace, expecting: expectedVersion))
        try options.global.show(done.document()) { page in
            let events = Figures.count(done.accepted.positions.count, "event", "events")
            let first = done.accepted.positions.first.map { " from position \($0) on" } ?? ""
            page.line("Accepted \(proposal): \(events)\(first).", .green)
        }
    }
}

struct ProposalReject: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reject",
        abstract: "Reject a proposal; it is kept with the reason.",
        discussion: """
            JSON: \(ProposalCommand.document)

              memledger proposal reject tidy --reason "She likes both."
            """)

    @Argument(help: "The proposal's name.") var proposal: String
    @Option(help: "Why.") var reason: String
    @OptionGroup var options: ContextOptions

    func run() async throws {
        let rejected = try await options.change(RejectProposal(proposal, reason: reason, in: options.namespace))
        try options.global.show(rejected.document()) { $0.line("Rejected \(proposal).", .green) }
    }
}

struct ProposalDemandCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demand",
        abstract: "Demand that an actor's changes are proposals, which another one accepts.",
        discussion: """
            It holds for memories, blocks and passages of the namespace, from the next append on, in every process; an \
            undo is a change, too. Messages, summaries, imports and erasures are not.

            JSON: {"namespace", "actor", "added", "removed"}.

              memledger proposal demand dreamer
              memledger proposal demand dreamer --no-longer
            """)

    @Argument(help: "The actor's name.") var name: String
    @Flag(help: "Take the demand back.") var noLonger = false
    @OptionGroup var options: ContextOptions

    func run() async throws {
        let done = try await options.write(DemandProposals(of: name, !noLonger, in: options.namespace))
        try options.global.show(done.document()) { page in
            let isNew = noLonger ? done.isRemoved : done.isNew
            let words = noLonger ? "\(name) may change things without proposals" : "\(name) may only propose changes"
            page.line("\(words)\(isNew ? "." : ", as before.")", .green)
        }
    }
}

struct ProposalDemands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demands",
        abstract: "List the actors of whom proposals are demanded.",
        discussion: """
            JSON: {"demands": [{"actor", "demanded_by", "since"}], "next"}; "next" is the --after of the next page, or null.

              memledger proposal demands
            """)

    @OptionGroup var page: NamePageOptions
    @OptionGroup var options: ContextReadingOptions

    func run() async throws {
        let listed = try await options.read(
            ListProposalDemands(in: options.namespace, from: page.after, limit: page.limit, options.asked))
        try options.global.show(listed.document()) { output in
            var table = Table([.init("ACTOR", paint: .bold), .init("DEMANDED BY"), .init("SINCE", paint: .dim)])
            for demand in listed.entries.entries {
                table.add([demand.actor, demand.by ?? "", demand.since.rfc3339])
            }
            output.list(table, "No demands.", next: listed.entries.next)
        }
    }
}
