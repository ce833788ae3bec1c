public import ArgumentParser
import LedgerOperations
public import MemoryLedger

/// Which links count.
struct LinkOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only links of this type; may be repeated.", valueName: "type")) var type: [String] = []
    @Option(help: "A memory's own links (out), those that point at it (in), or both.") var direction: LinkDirection?
    @Option(help: ArgumentHelp("Only links of this weight or more, 0 to 1.", valueName: "weight"))
    var leastWeight: Weight?

    /// - Parameter direction: if none is given.
    func filter(_ direction: LinkDirection) -> LinkFilter {
        LinkFilter(direction: self.direction ?? direction, types: type, leastWeight: leastWeight?.value)
    }
}

extension LinkDirection: ExpressibleByArgument {}
extension WalkOrder: ExpressibleByArgument {}
