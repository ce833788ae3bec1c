/// Lets the global options stand before the command too.
enum CommandLineArguments {
    private static let flags: Set<String> = ["--json"]
    private static let options: Set<String> = ["--ledger", "--actor"]
    /// Commands with commands of their own.
    private static let groups: Set<String> = ["dictionary"]
    /// Commands whose `--actor` says whose events to show: the one before the command is not meant by it.
    private static let filteringByActor: Set<String> = ["log"]

    /// The arguments with the global options that lead them moved behind the command's name.
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
        guard let command = rest.first else { return Array(rest) }
        // What is no command, `--help` say, is the parser's business, and `help` takes no options.
        guard !command.hasPrefix("-"), command != "help" else { return Array(rest) }
        if filteringByActor.contains(command) { moved.removeAll { $0.name == "--actor" } }
        var path = [rest.removeFirst()]
        if groups.contains(command), let second = rest.first, !second.hasPrefix("-") { path.append(rest.removeFirst()) }
        return path + moved.flatMap(\.words) + rest
    }
}
