import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import SQLiteEventLog

struct Token: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The tokens by which others ask the service: make, list, revoke.",
        discussion: """
            A token says what its holder may do, in which namespaces, and whose name lands on the events. The ledger \
            keeps a hash of its secret, which is shown once. Making one and revoking it are events; exports, checkouts \
            and views of the past have none of it, backups have.

              memledger token create --namespace research --scope write --expires 30d
              memledger token list
              memledger token revoke 5c1e0b7a9d3f2468 --reason "laptop stolen"
            """,
        subcommands: [TokenCreate.self, TokenList.self, TokenRevoke.self])
}

struct TokenCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a token, and print it once.",
        discussion: """
            The token alone is printed on standard output, what it is on standard error. Who has it may do what it \
            says: give it to its holder, and keep it out of files that others read.

            --scope read reads memories of the namespaces; write changes them, too. admin may also do what concerns \
            the ledger as a whole (its policy, keys, tables, log, backups, and other tokens), whatever the namespaces: \
            these only say whose memories it may read and change by the calls for memories. Without --expires it holds \
            until it is revoked. Without --name the actor is token- and the token's id.

            JSON: {"token", "id", "actor", "scope", "namespaces" (null: all), "state", "expires_at", "created_at", \
            "created_by", "position", "revoked_at", "revoked_by", "reason"}.

              memledger token create --namespace research --scope write --expires 30d
              memledger token create --name ci --all-namespaces --scope admin --expires 2027-01-01
              MEMLEDGER_TOKEN=$(memledger token create --namespace research --name writer)
            """)

    @Option(
        name: .customLong("name"),
        help: ArgumentHelp("The actor of what is done with it. (default: token- and its id)", valueName: "name"))
    var holder: String?
    @Option(
        name: .customLong("namespace"),
        help: ArgumentHelp("A namespace whose memories it is for; may be repeated.", valueName: "namespace"))
    var namespaces: [String] = []
    @Flag(help: "All namespaces, those that come later too.") var allNamespaces = false
    @Option(help: "How much its holder may do.") var scope = AccessScope.read
    @Option(help: ArgumentHelp("Until when: \(AccessTokenExpiry.words).", valueName: "time"))
    var expires: AccessTokenExpiry?
    @OptionGroup var actor: ActorOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if holder?.isEmpty == true { throw ValidationError("--name has no name.") }
        guard namespaces.isEmpty == allNamespaces else {
            throw ValidationError(
                allNamespaces
                    ? "--all-namespaces excludes --namespace."
                    : "Say for which memories the token is: --namespace NAME, or --all-namespaces.")
        }
    }

    func run() async throws {
        let request = AccessTokenRequest(
            scope, namespaces: allNamespaces ? nil : namespaces, actor: holder, expiry: expires)
        let made = try await global.write(CreateToken(request), by: writing.attribution(actor))
        try global.show(made.document()) { $0.line(made.text.revealed) }
        if !global.json { StandardError.say(Self.words(made.token)) }
    }

    private static func words(_ token: AccessToken) -> String {
        let places =
            token.namespaces.map { $0.count == 1 ? "the namespace \($0[0])" : "\($0.count) namespaces" }
            ?? "all namespaces"
        let end = token.expiresAt.map { "it expires at \($0.rfc3339)" } ?? "it does not expire"
        return "made the token \(token.id) for \(token.actor): \(token.scope.rawValue) in \(places); \(end). It is not "
            + "shown again."
    }
}

struct TokenList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the tokens that hold.",
        discussion: """
            Neither secrets nor their hashes are shown.

            JSON: {"tokens": [{"id", "actor", "scope", "namespaces" (null: all), "state" (in_force, expired or \
            revoked), "expires_at", "created_at", "created_by", "position", "revoked_at", "revoked_by", "reason"}], \
            "next"}; next is null if these are all, else what --after takes for the ones that follow.

              memledger token list
              memledger token list --all --limit 20
            """)

    @Flag(help: "Those too that have expired or were revoked.") var all = false
    @Option(help: ArgumentHelp("How many at most.", valueName: "count")) var limit = ListTokens.standardLimit
    @Option(help: ArgumentHelp("Go on after this position.", valueName: "position")) var after: Position = 0
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (1...AccessToken.maximumListed).contains(limit) else {
            throw ValidationError("--limit is 1 to \(AccessToken.maximumListed).")
        }
        guard after >= 0 else { throw ValidationError("--after is a position: 0 or more.") }
    }

    func run() async throws {
        let operation = ListTokens(all: all, limit: limit, after: after)
        let listed = try await global.withLedger(.readOnly) { try await $0.run(operation, by: actor.attribution) }
        try global.show(listed.document()) { page in
            var table = Table([
                .init("ID", paint: .bold), .init("ACTOR", paint: .cyan), .init("SCOPE"), .init("STATE"),
                .init("EXPIRES", paint: .dim), .init("CREATED", paint: .dim), .init("BY"), .init("NAMESPACES"),
            ])
            for token in listed.tokens {
                let state = token.state(at: listed.now)
                table.add([
                    token.id, token.actor, token.scope.rawValue, state == .inForce ? "holds" : state.rawValue,
                    token.expiresAt?.rfc3339 ?? "never", token.createdAt.rfc3339, token.createdBy ?? "",
                    token.namespaces?.joined(separator: ", ") ?? "all",
                ])
            }
            page.table(table)
            if listed.tokens.isEmpty { page.line(all ? "No tokens." : "No tokens that hold.", .dim) }
            if let next = listed.next { page.line("There are more: --after \(next)", .dim) }
        }
    }
}

struct TokenRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "End a token for good.",
        discussion: """
            It is refused from now on, in every process that has the ledger open. Give the token's id, as `token list` \
            shows it, and not the token: others see the arguments of a command. A backup from before does not bring it \
            back, if it is restored over this ledger.

            JSON: as of a token in `token list`.

              memledger token revoke 5c1e0b7a9d3f2468
              memledger token revoke 5c1e0b7a9d3f2468 --reason "laptop stolen" --as admin
            """)

    @Argument(help: "The token's id.") var id: String
    @Option(help: ArgumentHelp("Why, for the log.", valueName: "text")) var reason: String?
    @OptionGroup var actor: ActorOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let operation = RevokeToken(id, reason: reason)
        let revoked = try await global.withLedger(.readWrite) {
            try await $0.run(operation, by: writing.attribution(actor))
        }
        try global.show(revoked.document()) { page in
            page.line("Revoked the token \(revoked.token.id) of \(revoked.token.actor).", .green)
        }
    }
}
