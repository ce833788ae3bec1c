import AgentContext
import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct BlockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "block",
        abstract: "Working context that agents edit: set, append, replace, insert, undo, redo, history.",
        discussion: """
            A block is a text with a label in the context of a session. If the session has an agent, a new block is the \
            agent's, and so in all of its sessions; `block share` puts it into another agent's, too. --agent NAME in the \
            place of a session names an agent's blocks without a session.

            In a protected namespace what a session's user says is encrypted with data keys of that user, and so is what \
            --user NAME says, with or without a session: `erase --user` takes it, and what was made of it. An edit of \
            no user's is said to be so.

            Nothing that a block said is lost: `undo` and `redo` go along its edits, `history` shows every branch, and \
            `restore` brings back any version.

              memledger block set SESSION human "Ann likes green tea."
              memledger block append SESSION human "She lives in Bonn."
              memledger block replace SESSION human "green tea" "black tea"
              memledger block undo SESSION human
              memledger block history SESSION human
            """,
        subcommands: [
            BlockSet.self, BlockAppend.self, BlockReplace.self, BlockInsert.self, BlockUndo.self, BlockRedo.self,
            BlockRestore.self, BlockShow.self, BlockList.self, BlockHistory.self, BlockConfigure.self,
            BlockRename.self, BlockShare.self, BlockUnshare.self, BlockDelete.self,
        ])

    /// What a block's documents have.
    static let document = """
        {"block" (its id), "label", "value", "tokens", "version", "limit", "description", "read_only", "holders": \
        [{"holder", "name"}], \
        "protected_for" (users: an erasure of any of them takes what it says), "created_at", "updated_at"}; after an \
        edit, if the ledger protects anything, also "protected": whether the edit is for a user.
        """

    /// A session, or an agent, and what follows it.
    static func parts(
        _ words: [String], agent: String?, _ names: [String], optional: Int = 0
    ) throws -> (holder: BlockHolder, rest: [String]) {
        let all = (agent == nil ? ["SESSION"] : []) + names
        guard (all.count - optional...all.count).contains(words.count) else {
            throw ValidationError("Give \(all.joined(separator: " ")), or --agent NAME in the place of SESSION.")
        }
        guard let agent else { return (.session(words[0]), Array(words.dropFirst())) }
        return (.agent(agent), words)
    }
}

/// Which block, and what the command does with it.
struct BlockOptions: ParsableArguments {
    @Option(help: "An agent in the place of the session.") var agent: String?
    @OptionGroup var options: ContextOptions

    /// Shows what an edit made of a block.
    func show(_ changed: BlockDocument) throws {
        try options.global.show(changed.document()) { $0.block(changed.state) }
        options.sayUnlessProtected(changed.isProtected)
    }

    func block(
        _ words: [String], _ names: [String] = []
    ) throws -> (block: BlockReference, rest: [String]) {
        let (holder, rest) = try BlockCommand.parts(words, agent: agent, ["LABEL"] + names)
        return (BlockReference(rest[0], of: holder, in: options.namespace), Array(rest.dropFirst()))
    }
}

/// Whose an edit is.
struct BlockUserOption: ParsableArguments {
    @Option(help: ArgumentHelp("Whose edit it is, besides the session's user.", valueName: "name")) var user: String?
}

/// What a change goes by.
struct BlockChangeOptions: ParsableArguments {
    @Option(
        name: .customLong("expected-version"),
        help: ArgumentHelp("Only if the block is at this version.", valueName: "version"))
    var expected: Int64?
    @OptionGroup var user: BlockUserOption
    @OptionGroup var block: BlockOptions

    func run<Way: BlockChangeWay>(
        _ way: Way.Type, _ words: [String], _ names: [String], tokens: Int? = nil,
        _ change: ([String]) async throws -> BlockChange
    ) async throws {
        let (reference, rest) = try block.block(words, names)
        let operation = ChangeBlock<Way>(
            reference, try await change(rest), tokens: tokens, expecting: expected, user: user.user)
        try block.show(try await block.options.change(operation))
    }
}

/// What an edit goes by.
struct BlockEditOptions: ParsableArguments {
    @Option(help: "Tokens of the whole block afterwards, as the model counts them; else estimated.") var tokens: Int?
    @OptionGroup var change: BlockChangeOptions

    func run<Way: BlockChangeWay>(
        _ way: Way.Type, _ words: [String], _ names: [String], _ change: ([String]) async throws -> BlockChange
    ) async throws {
        try await self.change.run(way, words, names, tokens: tokens, change)
    }
}

struct BlockSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Say something else in a block; it is made if there is none.",
        discussion: """
            VALUE - reads standard input. JSON: \(BlockCommand.document)

              memledger block set SESSION human "Ann likes green tea."
              memledger block set --agent tea persona - < persona.txt
            """)
    @Argument(help: ArgumentHelp("The session's id, the label, the text.", valueName: "session label value"))
    var words: [String]
    @OptionGroup var edit: BlockEditOptions

    func run() async throws {
        try await edit.run(BlockWays.Set.self, words, ["VALUE"]) { .set(try await GivenText.read($0[0])) }
    }
}

struct BlockAppend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "append",
        abstract: "Add lines to the end of a block.",
        discussion: """
            VALUE - reads standard input. JSON: \(BlockCommand.document)

              memledger block append SESSION human "She lives in Bonn."
            """)
    @Argument(help: ArgumentHelp("The session's id, the label, the lines.", valueName: "session label value"))
    var words: [String]
    @OptionGroup var edit: BlockEditOptions

    func run() async throws {
        try await edit.run(BlockWays.Append.self, words, ["VALUE"]) { .append(try await GivenText.read($0[0])) }
    }
}

struct BlockReplace: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replace",
        abstract: "Replace a piece of a block, which must be there exactly once.",
        discussion: """
            JSON: \(BlockCommand.document)

              memledger block replace SESSION human "green tea" "black tea"
            """)
    @Argument(
        help: ArgumentHelp("The session's id, the label, the piece, the new one.", valueName: "session label old new"))
    var words: [String]
    @OptionGroup var edit: BlockEditOptions

    func run() async throws {
        try await edit.run(BlockWays.Replace.self, words, ["OLD", "NEW"]) { .replace($0[0], with: $0[1]) }
    }
}

struct BlockInsert: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "insert",
        abstract: "Put lines before a line of a block.",
        discussion: """
            VALUE - reads standard input. JSON: \(BlockCommand.document)

              memledger block insert SESSION human "Her name is Ann." --line 1
            """)
    @Argument(help: ArgumentHelp("The session's id, the label, the lines.", valueName: "session label value"))
    var words: [String]
    @Option(help: "Before which line, from 1; one behind the last: at the end.") var line: Int
    @OptionGroup var edit: BlockEditOptions

    func run() async throws {
        try await edit.run(BlockWays.Insert.self, words, ["VALUE"]) {
            .insert(try await GivenText.read($0[0]), line: line)
        }
    }
}

struct BlockUndo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo",
        abstract: "Let a block say what it said before its last edit.",
        discussion: """
            JSON: \(BlockCommand.document)

              memledger block undo SESSION human
            """)
    @Argument(help: ArgumentHelp("The session's id, the label.", valueName: "session label")) var words: [String]
    @OptionGroup var change: BlockChangeOptions

    func run() async throws { try await change.run(BlockWays.Undo.self, words, []) { _ in .undo } }
}

struct BlockRedo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redo",
        abstract: "Let a block say what was undone last.",
        discussion: """
            JSON: \(BlockCommand.document)

              memledger block redo SESSION human
            """)
    @Argument(help: ArgumentHelp("The session's id, the label.", valueName: "session label")) var words: [String]
    @OptionGroup var change: BlockChangeOptions

    func run() async throws { try await change.run(BlockWays.Redo.self, words, []) { _ in .redo } }
}

struct BlockRestore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Let a block say what it said at a version.",
        discussion: """
            JSON: \(BlockCommand.document)

              memledger block restore SESSION human 3
            """)
    @Argument(help: ArgumentHelp("The session's id, the label, the version.", valueName: "session label version"))
    var words: [String]
    @OptionGroup var change: BlockChangeOptions

    func run() async throws {
        try await change.run(BlockWays.Restore.self, words, ["VERSION"]) { rest in
            guard let version = Int64(rest[0]), version >= 1 else {
                throw ValidationError("A version is 1 or more, not \"\(rest[0])\".")
            }
            return .restore(version: version)
        }
    }
}

struct BlockConfigure: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "configure",
        abstract: "Set a block's limit, its description, and whether it may be changed.",
        discussion: """
            JSON: \(BlockCommand.document)

              memledger block configure SESSION human --limit 2000 --description "What is known of the user"
              memledger block configure SESSION persona --read-only
            """)
    @Argument(help: ArgumentHelp("The session's id, the label.", valueName: "session label")) var words: [String]
    @Option(help: "Characters that it may have.") var limit: Int?
    @Option(help: "What it is for, for a model.") var description: String?
    @Flag(help: "No edit changes it until --writable.") var readOnly = false
    @Flag(help: "Edits change it again.") var writable = false
    @OptionGroup var user: BlockUserOption
    @OptionGroup var block: BlockOptions

    func validate() throws {
        if readOnly, writable { throw ValidationError("--read-only excludes --writable.") }
    }

    func run() async throws {
        var operation = ConfigureBlock(try block.block(words).block)
        (operation.limit, operation.description) = (limit, description)
        if readOnly || writable { operation.isReadOnly = readOnly }
        operation.user = user.user
        try block.show(try await block.options.change(operation))
    }
}

struct BlockRename: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename",
        abstract: "Call a block otherwise, in all contexts that have it.",
        discussion: """
            JSON: \(BlockCommand.document)

              memledger block rename SESSION human user
            """)
    @Argument(help: ArgumentHelp("The session's id, the label, the new one.", valueName: "session label new-label"))
    var words: [String]
    @OptionGroup var user: BlockUserOption
    @OptionGroup var block: BlockOptions

    func run() async throws {
        let (reference, rest) = try block.block(words, ["NEW-LABEL"])
        var operation = RenameBlock(reference, to: rest[0])
        operation.user = user.user
        try block.show(try await block.options.change(operation))
    }
}

struct BlockShare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "share",
        abstract: "Put a block into the context of another agent, too; both edit the same one.",
        discussion: """
            JSON: \(BlockCommand.document)

              memledger block share --agent tea human --with coffee
            """)
    @Argument(help: ArgumentHelp("The session's id, the label.", valueName: "session label")) var words: [String]
    @Option(help: "The agent that gets it, in all of its sessions.") var with: String
    @OptionGroup var block: BlockOptions

    func run() async throws {
        let changed = try await block.options.change(ShareBlock(try block.block(words).block, with: with))
        try block.options.global.show(changed.document()) { $0.block(changed.state) }
    }
}

struct BlockUnshare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unshare",
        abstract: "Take a block out of one context; it stays in the others that have it.",
        discussion: """
            JSON: {"namespace", "label", "added", "removed"}.

              memledger block unshare --agent coffee human
            """)
    @Argument(help: ArgumentHelp("The session's id, the label.", valueName: "session label")) var words: [String]
    @OptionGroup var block: BlockOptions

    func run() async throws {
        let done = try await block.options.change(UnshareBlock(try block.block(words).block))
        try block.options.global.show(done.document()) { $0.line("Took block \(done.name) out.", .green) }
    }
}

struct BlockDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete a block from all contexts that have it; `undo` brings it back.",
        discussion: """
            JSON: {"namespace", "label", "added", "removed"}.

              memledger block delete SESSION human
            """)
    @Argument(help: ArgumentHelp("The session's id, the label.", valueName: "session label")) var words: [String]
    @OptionGroup var block: BlockOptions

    func run() async throws {
        let done = try await block.options.change(DeleteBlock(try block.block(words).block))
        try block.options.global.show(done.document()) { $0.line("Deleted block \(done.name).", .green) }
    }
}
