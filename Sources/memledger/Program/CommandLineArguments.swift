import ArgumentParser

/// Lets the global options stand before the command too.
enum CommandLineArguments {
    private static let flags: Set<String> = ["--json"]
    private static let options: Set<String> = ["--ledger", "--as", "--master-key-file"]

    /// The arguments with the global options that lead them moved behind the command's name.
    ///
    /// Where no command follows that takes them, they are left out: what follows is what the parser has to judge.
    ///
    /// - Throws: `ValidationError` for `--actor` before the command, which once said who acts.
    static func movingGlobalOptions(_ arguments: some Collection<String>) throws -> [String] {
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
        guard let path = takeCommand(&rest) else { return Array(rest) }
        return path + moved + rest
    }

    /// Takes the names of a command that does something off the front; nil, and nothing is taken, where there is none.
    private static func takeCommand(_ rest: inout ArraySlice<String>) -> [String]? {
        var command: any ParsableCommand.Type = Memledger.self
        var words = rest
        var path: [String] = []
        while !command.configuration.subcommands.isEmpty {
            guard let name = words.popFirst(),
                let found = command.configuration.subcommands.first(where: { $0._commandName == name })
            else { return nil }
            command = found
            path.append(name)
        }
        rest = words
        return path
    }
}
