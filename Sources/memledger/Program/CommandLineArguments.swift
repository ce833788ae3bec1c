import ArgumentParser

/// Lets the global options stand before the command too.
enum CommandLineArguments {
    private static let flags: Set<String> = ["--json"]
    private static let options: Set<String> = ["--ledger", "--as", "--master-key-file"]

    /// The command that the arguments ask for, with its options.
    ///
    /// A command that is named is parsed by itself, in a third of the time: the parser takes stock of every command
    /// that it may come to. What it refuses so, or answers with help, is parsed from the root, which says it all.
    ///
    /// - Throws: what the parser does; as `movingGlobalOptions`.
    static func parse(_ arguments: some Collection<String>) throws -> any ParsableCommand {
        let parted = try part(arguments)
        if let command = parted.command, let parsed = try? command.parseAsRoot(parted.moved + parted.rest) {
            return parsed
        }
        return try Memledger.parseAsRoot(parted.all)
    }

    /// The arguments with the global options that lead them moved behind the command's name.
    ///
    /// Where no command follows that takes them, they are left out: what follows is what the parser has to judge.
    ///
    /// - Throws: `ValidationError` for `--actor` before the command, which once said who acts.
    static func movingGlobalOptions(_ arguments: some Collection<String>) throws -> [String] {
        try part(arguments).all
    }

    private struct Parted {
        /// One that does something; nil: none is named.
        var command: (any ParsableCommand.Type)?
        /// The names that lead to it.
        var path: [String] = []
        var moved: [String] = []
        var rest: ArraySlice<String>

        var all: [String] { command == nil ? Array(rest) : path + moved + rest }
    }

    private static func part(_ arguments: some Collection<String>) throws -> Parted {
        var rest = Array(arguments)[...]
        var moved: [String] = []
        while let word = rest.first {
            let name = String(word.prefix { $0 != "=" })
            if name == "--actor" {
                throw ValidationError("--actor does not go before the command: \(ActorOption.hint)")
            } else if flags.contains(word) || (options.contains(name) && word != name) {
                moved.append(word)
                rest.removeFirst()
            } else if options.contains(word), rest.count > 1 {
                moved += rest.prefix(2)
                rest.removeFirst(2)
            } else {
                break
            }
        }
        var parted = Parted(moved: moved, rest: rest)
        var command: any ParsableCommand.Type = Memledger.self
        while !command.configuration.subcommands.isEmpty {
            guard let name = rest.popFirst(),
                let found = command.configuration.subcommands.first(where: { Self.name(of: $0) == name })
            else { return parted }
            command = found
            parted.path.append(name)
        }
        (parted.command, parted.rest) = (command, rest)
        return parted
    }

    /// As the parser has it (`_commandName`), which asks the runtime for more than the type's name: that takes a
    /// millisecond for a few commands.
    static func name(of command: any ParsableCommand.Type) -> String {
        command.configuration.commandName ?? _typeName(command, qualified: false).lowercased()
    }
}
