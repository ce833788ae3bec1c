import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct Link: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Link a memory to a key.",
        discussion: """
            If the memory has a link of the same type to the same key, its term and weight are set. The key need \
            not hold a memory.

            JSON: {"namespace", "from", "to", "type", "term", "weight"}.

              memledger link tea coffee --type design --term taste --weight 0.8
            """)

    @Argument(help: "The memory that gets the link.") var from: String
    @Argument(help: "The key that it points at.") var to: String
    @Option(help: "What the link says: decision, constrained, bug, design, assumption, experiment.") var type: String
    @Option(help: "In which word or phrase.") var term = ""
    @Option(help: "How strong it is, 0 to 1.") var weight = Weight(MemoryLink.defaultWeight)
    @OptionGroup var place: NamespaceOption
    @OptionGroup var actor: ActorOption
    @OptionGroup var writing: WritingOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let link = MemoryLink(type: type, key: to, term: term, weight: weight.value)
        let linked = try await global.write(LinkMemory(place.key(from), link), by: writing.attribution(actor))
        try global.show(linked.document()) { page in
            page.line("Linked \(linked.memory.namespace)/\(linked.memory.key) to \(to).", .green)
        }
    }
}
