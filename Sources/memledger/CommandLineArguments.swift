import ArgumentParser

/// Lets the global options stand before the command too.
enum CommandLineArguments {
    private static let flags: Set<String> = ["--json"]
    private static let options: Set<String> = ["--ledger", "--actor", "--master-key-file"]

    /// The arguments with the global options that lead them moved behind the command's name.
    ///
    /// Where no command follows that takes them, they are left out: what follows is what the parser has to judge.
    static func movingGlobalOptions(_ arguments: some Collection<String>) -> [String] {
        var rest = Array(arguments)[...]
        var moved: [(name: String, words: [String])] = []
        while let word = rest.first {
            let name = String(word.prefix { $0 != "=" })
            if flags.contains(word) || (options.contains(name) && word != name) {
                moved.append((name, [word]))
                rest.removeFirst()
            } else if options.contains(word), rest.count > 1 {
                moved.append((name, Array(rest.prefix(2))))
                rest.removeFirst(2)
            } else {
                break
            }
        }
        guard let (path, command) = takeCommand(&rest) else { return Array(rest) }
        // There, it asks for somebody's events.
        if command == Log.self { moved.removeAll { $0.name == "--actor" } }
        // There, it selects somebody's events, and who acts has another name.
        let selecting: [any ParsableCommand.Type] = [Undo.self, QuarantineCommand.self, Release.self]
        if selecting.contains(where: { $0 == command }) {
            moved = moved.map { name, words in
                guard name == "--actor", let first = words.first else { return (name, words) }
                return ("--by", ["--by" + first.dropFirst("--actor".count)] + words.dropFirst())
            }
        }
        return path + moved.flatMap(\.words) + rest
    }

    /// Takes the names of a command that does something off the front; nil, and nothing is taken, where there is none.
    private static func takeCommand(_ rest: inout ArraySlice<String>) -> (path: [String], any ParsableCommand.Type)? {
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
        return (path, command)
    }
}
