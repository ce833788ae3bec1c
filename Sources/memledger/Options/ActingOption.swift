import ArgumentParser
import EventLog

/// Who acts: `--as` in every command. `--actor` filters, in the commands that have a filter.
struct ActingOption: ParsableArguments {
    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("Who acts, for the log. (default: MEMLEDGER_ACTOR)", valueName: "name"))
    var actingAs: String?

    /// Nil if neither the command line nor the environment names somebody.
    var name: String? { actingAs ?? System.environment("MEMLEDGER_ACTOR") }

    /// Of a read, which belongs to no request that is named.
    var attribution: Attribution { Attribution(actor: name) }

    func validate() throws {
        if actingAs?.isEmpty == true { throw ValidationError("--as has no name.") }
    }
}

/// Who acts, in a command that selects nothing by actor. `--actor` is refused there: an older version took it for who
/// acts, and taking it silently for anything else would misattribute what is written.
struct ActorOption: ParsableArguments {
    @OptionGroup var acting: ActingOption

    @Option(name: .customLong("actor"), help: .private)
    var refused: String?

    var attribution: Attribution { acting.attribution }

    static let hint =
        "who acts is --as NAME; --actor NAME goes with the commands that filter by it, such as log and undo."

    func validate() throws {
        if refused != nil { throw ValidationError("This command takes no --actor: \(Self.hint)") }
    }
}
